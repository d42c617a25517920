"""What one answer cell says: an answer, a repair that is certain, or something only its writer can decide.

Never a guess: "２０", "20人" and "1,234" have one reading; "約20", "-" and "２万" have not, and are asked back.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from musubime.language import Text, text
from musubime.surveys.questionnaires import Answer, Question, same

from . import words
from .model import Raw
from .workbook import is_date

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?")
_WITH_UNIT = re.compile(r"([+-]?[\d,]*\.?\d+)\s*([^\d\s.,~～%％()?？+\-]+)")
_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)", re.IGNORECASE)
_LIVE = re.compile(r"^=|^[+\-@]+\s*[A-Za-z_.]+\s*[(|!]|^[+\-]\s*@")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2028\u2029\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]")
_URL = re.compile(r"https?://[^\s/?#]+\.[^\s]+|https?://[^\s/?#]+\.[a-z]{2,}", re.IGNORECASE)
_ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925}
_DATE = re.compile(
    r"(?:(\d{4})|(令和|平成|昭和|[rhs])\.?(元|\d{1,2}))[年./\-](\d{1,2})[月./\-](\d{1,2})日?", re.IGNORECASE
)
_WIDEST, _LONGEST = 1e15, 4000

Grade = Literal["fault", "query", "repair"]


@dataclass(frozen=True)
class Reading:
    """What a cell came to. answer None with no grade: it is empty."""

    answer: Answer | None
    grade: Grade | None = None
    what: Text | None = None
    remedy: Text | None = None


EMPTY = Reading(None)
_WRITE_NUMBER = text("Write a plain number, for example 20; leave the cell empty if it is not known.")


def _bad(grade: Grade, what: Text, remedy: Text) -> Reading:
    return Reading(None, grade, what, remedy)


def _mended(answer: Answer, how: Text) -> Reading:
    return Reading(answer, "repair", how, text("Nothing needs to be done if this is right."))


def plain(raw: Raw) -> str:
    """The words of a cell, half-width, without invisible characters and blanks at its ends."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", str(raw))).strip()


def read_cell(raw: Raw, question: Question, formula: str | None = None) -> Reading:
    """The answer in one cell to a question that is answered in one cell."""
    if formula is not None:
        return _of_formula(raw, question, formula)
    if isinstance(raw, str) and not raw.strip():
        return EMPTY
    if isinstance(raw, str):
        if _ERROR.fullmatch(raw.strip()):
            return _bad("fault", text("Excel shows an error here, no answer."), text("Write the answer itself."))
        if _LIVE.match(plain(raw)):
            return _bad(
                "fault",
                text("This looks like a formula or a command to Excel, not an answer; it was not run."),
                text("Write the answer itself, not beginning with =, + or @."),
            )
    if question.kind in ("integer", "number"):
        return _number(raw, question)
    if question.kind == "yesno":
        return _yesno(raw)
    if question.kind == "choice":
        return _choice(raw, question)
    if question.kind == "date":
        return _date(raw)
    return _url(raw) if question.kind == "url" else _text(raw)


def _of_formula(raw: Raw, question: Question, formula: str) -> Reading:
    """A formula's stored value is what its writer saw; whether it was meant is asked. A link elsewhere gives none."""
    lowered = formula.lower()
    if any(
        sign in lowered for sign in ("cmd", "|", "hyperlink(", "webservice(", "dde(", "call(", "exec(", "importxml(")
    ):
        return _bad("fault", text("This looks like a formula or a command to Excel, not an answer; it was not run."),
                    text("Write the answer itself, not beginning with =, + or @."))
    if "[" in formula:
        return _bad("fault", text("A formula takes this answer from another file."),
                    text("Copy it and paste it as a value (paste special: values)."))
    inner = read_cell(raw, question)
    if inner.answer is None:
        return _bad("fault", text("A formula stands here and gives no usable answer."),
                    text("Write the answer itself."))
    return Reading(
        inner.answer,
        "query",
        text("A formula stands here instead of an answer; its value {value} was read.", value=str(inner.answer)),
        text("Paste it as a value (paste special: values), and confirm that it is right."),
    )


# -- numbers ---------------------------------------------------------------------------------------------------------


def _number(raw: Raw, question: Question) -> Reading:
    if isinstance(raw, bool):
        return _bad("fault", text("TRUE or FALSE stands where a number is needed."), _WRITE_NUMBER)
    if is_date(raw):
        return _bad("fault", text("Excel holds a date here, not a number."),
                    text("Set the cell's format to number, and write the number again."))
    if isinstance(raw, int | float):
        return _fitting(float(raw), question, None)
    typed = _INVISIBLE.sub("", raw).strip()
    said = plain(raw)
    folded = said.replace("−", "-").replace("‐", "-").replace("–", "-").replace("―", "-").replace("ー", "-")
    if not folded:
        return EMPTY
    if folded in ("-", "--") or said in words.DASHES:
        return _bad("query", text("A dash stands where a number is needed: none, or not known?"),
                    text("Write 0 if there is none; leave the cell empty if it is not known."))
    if same(said) in words.NONE:
        return _bad("query", text("Words say that there is none: is the number 0, or does it not apply?"),
                    text("Write 0 if there is none; leave the cell empty if it is not known."))
    if any(unicodedata.category(sign) == "No" for sign in typed):  # ① or 20²: half-width forms would change the number
        return _bad("query", text("This can be read as more than one number, or is not exact."), _WRITE_NUMBER)
    if same(said) in words.UNKNOWN:
        return _bad("query", text("Words say that the number is not known."),
                    text("Leave the cell empty if it is not known, and say why under your notes."))
    if said in ("△", "▲"):
        return _bad("query", text("The sign for a minus stands here without a number."), _WRITE_NUMBER)
    minus = ""
    if said[0] in "△▲":
        minus, folded = "-", folded[1:].strip()
    if _NUMBER.fullmatch(folded):
        how = None if typed == minus + folded or typed == "+" + folded else text(
            "Full-width figures or a sign were read as {number}.", number=minus + folded)
        return _fitting(float(minus + folded), question, how)
    if _GROUPED.fullmatch(folded):
        number = minus + folded.replace(",", "").replace(" ", "")
        return _fitting(
            float(number), question, text("The thousands separator was taken out: {number}.", number=number)
        )
    match = _WITH_UNIT.fullmatch(re.sub(r"\(([^()\d]+)\)$", r"\1", folded))
    if match is not None:
        figures = match[1]
        grouped = "," in figures
        if (not grouped or _GROUPED.fullmatch(figures)) and _same_unit(match[2], question):
            number = minus + figures.replace(",", "")
            return _fitting(float(number), question, text("The unit was taken off: {number}.", number=number))
    if any(sign.isdigit() for sign in folded):
        return _bad("query", text("This can be read as more than one number, or is not exact."), _WRITE_NUMBER)
    if re.search(r"[一二三四五六七八九十百千〇零]", folded) and re.fullmatch(
        r"[一二三四五六七八九十百千万〇零人]+", folded
    ):
        return _bad("query", text("The number is written in words."), _WRITE_NUMBER)
    return _bad("fault", text("Words stand where a number is needed."), _WRITE_NUMBER)


def _same_unit(written: str, question: Question) -> bool:
    """Whether a unit typed behind a number is the one that the question asks for."""
    if question.unit is None:
        return same(written) in {same(word) for word in ("年", "年度")}
    asked = {same(question.unit.to("ja")), same(question.unit.to("en"))}
    for group in words.UNIT_WORDS:
        names = {same(word) for word in group}
        if names & asked:
            asked |= names
    return same(written) in asked


def _fitting(number: float, question: Question, how: Text | None) -> Reading:
    """Within the range, whole where it must be."""
    if not math.isfinite(number) or abs(number) >= _WIDEST:
        return _bad("fault", text("The number is too large."), _WRITE_NUMBER)
    answer: Answer = number
    if question.kind == "integer":
        if abs(number - round(number)) > 1e-9:
            return _bad("fault", text("A whole number is needed."), text("Round it, or write what was counted."))
        answer = round(number)
    low, high = question.low, question.high
    if low is not None and number < low:
        return _bad("fault", text("The number is below the least that is possible ({low:,g}).", low=low),
                    text("Correct it, or tell us if it is right."))
    if high is not None and number > high:
        return _bad("fault", text("The number is above the greatest that is possible ({high:,g}).", high=high),
                    text("Correct it, or tell us if it is right; mind the unit."))
    return Reading(answer) if how is None else _mended(answer, how)


# -- choices ---------------------------------------------------------------------------------------------------------


def _yesno(raw: Raw) -> Reading:
    if isinstance(raw, bool):
        return Reading(raw)
    said = same(plain(raw)) or plain(raw)
    exact = {same(words.YES.to(lang)) for lang in ("ja", "en")}, {same(words.NO.to(lang)) for lang in ("ja", "en")}
    for answer, own, more in ((True, exact[0], words.YES_WORDS), (False, exact[1], words.NO_WORDS)):
        if said in own:
            return Reading(answer)
        if said in more:
            return _mended(answer, text("\"{said}\" was read as {answer}.", said=plain(raw),
                                        answer=words.YES if answer else words.NO))
    return _bad("query", text("This is neither yes nor no."),
                text("Choose {yes} or {no} from the list.", yes=words.YES, no=words.NO))


def _choice(raw: Raw, question: Question) -> Reading:
    said = same(plain(_figure(raw)))
    labels = {same(option.label.to(language)): option for option in question.options for language in ("ja", "en")}
    labels |= {same(option.id): option for option in question.options if same(option.id) not in labels}
    if said in labels:
        return Reading(labels[said].id)
    before_bracket = same(
        re.split(r"[(:]", plain(raw))[0]
    )  # "その他（町営バス）" is その他; "良好ではない" is not 良好
    close = {option.id: option for label, option in labels.items()
             if (len(said) >= 2 and label.startswith(said)) or (before_bracket and label == before_bracket)}
    if len(close) == 1:
        option = next(iter(close.values()))
        return _mended(option.id, text("\"{said}\" was read as \"{label}\".", said=plain(raw), label=option.label))
    if not said or said in words.UNKNOWN:
        return _bad("query", text("This says that the answer is not known."),
                    text("Choose one answer from the list, or leave the cell empty."))
    return _bad("query", text("This is none of the answers to choose from."), text("Choose one answer from the list."))


def read_tick(raw: Raw, formula: str | None = None) -> Reading:
    """One of several answers to tick: answer True, False, or None when the cell is empty."""
    if formula is not None:
        return _bad("fault", text("A formula stands here instead of a mark."),
                    text("Write {tick} if it applies, and nothing otherwise.", tick=words.TICK))
    if isinstance(raw, bool):
        return Reading(raw)
    said = plain(_figure(raw))
    if not said:
        return EMPTY
    key = same(said) or said
    if said in (words.TICK, "◯", "〇") or raw in (words.TICK, "◯", "〇"):
        return Reading(True)
    if key in words.TICKS:
        return _mended(True, text("\"{said}\" was read as a mark.", said=said))
    if key in words.UNTICKED or said in words.DASHES or said == "-":
        return _mended(False, text("\"{said}\" was read as no mark.", said=said))
    return _bad("query", text("It is not clear whether this is a mark."),
                text("Write {tick} if it applies, and nothing otherwise.", tick=words.TICK))


# -- words -----------------------------------------------------------------------------------------------------------


def _figure(raw: Raw) -> Raw:
    return int(raw) if isinstance(raw, float) and raw.is_integer() and abs(raw) < _WIDEST else raw


def _text(raw: Raw) -> Reading:
    said = _INVISIBLE.sub("", str(_figure(raw))).strip()
    if not said:
        return EMPTY
    if len(said) > _LONGEST:
        return _bad("fault", text("The text has more than {most:,} characters.", most=_LONGEST), text("Shorten it."))
    if said in words.DASHES or said == "-":
        return Reading(
            None, "repair", text("A dash was read as no answer."), text("Nothing needs to be done if this is right.")
        )
    return Reading(said)


def _url(raw: Raw) -> Reading:
    reading = _text(raw)
    if not isinstance(reading.answer, str):
        return reading
    said = plain(reading.answer)
    if _URL.fullmatch(said):
        return Reading(said)
    if re.fullmatch(r"(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:jp|com|net|org|info)(?:/\S*)?", said, re.IGNORECASE):
        return _mended("https://" + said, text("https:// was put in front."))
    return _bad("query", text("This is no address of a web page."), text("Copy the address from the browser, with https://."))


def _date(raw: Raw) -> Reading:
    if is_date(raw):
        return Reading(str(raw))
    match = _DATE.fullmatch(re.sub(r"\s", "", plain(raw)))
    if match is not None:
        year = int(match[1]) if match[1] else _ERAS[match[2].lower()] + (1 if match[3] == "元" else int(match[3]))
        try:
            return Reading(dt.date(year, int(match[4]), int(match[5])).isoformat())
        except ValueError:
            pass
    return _bad("query", text("This is no date."), text("Write year, month and day, for example 2022/5/31."))
