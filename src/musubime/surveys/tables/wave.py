"""One wave of a survey made ready to count: who was asked, who answered, in which class and prefecture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from musubime.language import Text, text, verbatim
from musubime.region.codes import PREFECTURES

from ..model import Returns
from ..questionnaires import Question, Questionnaire, Roster, questionnaire
from .build import Standing
from .model import Row

_SPECIAL_WARD = r"131(0[1-9]|1\d|2[0-3])"
"""Codes 13101 to 13123."""

DEPOPULATED = ("full", "part", "deemed")

CLASS_ROWS = (
    Row("depopulated", text("Depopulated municipalities (過疎)")),
    Row("other", text("Other municipalities")),
)
UNKNOWN_CLASS = Row("unknown_class", text("Designation not known"))


@dataclass(frozen=True)
class Wave:
    """Returns with their questionnaire."""

    returns: Returns
    form: Questionnaire
    strangers: tuple[str, ...] = ()  # codes that answered and were not asked: in no table
    wards: int = 0  # special wards listed among those asked by a survey that does not ask them: in no base

    @classmethod
    def of(cls, returns: Returns, form: Questionnaire | None = None) -> Wave:
        form = form or questionnaire(f"{returns.survey}-{returns.version}")
        is_ward = returns.asked.index.astype(str).str.fullmatch(_SPECIAL_WARD)
        wards = int(is_ward.sum()) if form.asks == "municipalities-without-wards" else 0
        if wards:
            returns = replace(returns, asked=returns.asked[~is_ward])
        asked = returns.answers.index.isin(returns.asked.index)
        strangers = tuple(str(code) for code in returns.answers.index[~asked])
        if strangers:
            returns = replace(returns, answers=returns.answers[asked])
        return cls(returns, form, strangers, wards)

    @cached_property
    def classes(self) -> pd.Series[str]:
        """Of everybody asked: depopulated (wholly, partly, deemed), other, or unknown_class."""
        designation = self.returns.asked["designation"].fillna("").astype(str)
        found = pd.Series("unknown_class", index=designation.index, dtype=object)
        found[designation.isin(DEPOPULATED)] = "depopulated"
        found[designation == "none"] = "other"
        return found

    @cached_property
    def prefectures(self) -> pd.Series[str]:
        return self.returns.asked["prefecture"].astype(str).str.zfill(2)

    @cached_property
    def class_rows(self) -> tuple[Row, ...]:
        return (*CLASS_ROWS, UNKNOWN_CLASS) if (self.classes == "unknown_class").any() else CLASS_ROWS

    @cached_property
    def prefecture_rows(self) -> tuple[Row, ...]:
        """The prefectures in which somebody was asked, from north to south."""
        return tuple(Row(code, _prefecture(code)) for code in sorted(self.prefectures.unique()))

    @property
    def answers(self) -> pd.DataFrame:
        return self.returns.answers

    @property
    def codes(self) -> pd.Index[str]:
        return self.returns.answers.index

    def roster(self, name: str) -> pd.DataFrame:
        """The rows of those who answered; an empty table where the roster was not returned at all."""
        rows = self.returns.rosters.get(name)
        if rows is None or rows.empty:
            form = self.form.roster(name)
            return pd.DataFrame(columns=["code", "number", *(q.id for q in form.questions)] if form else ["code"])
        return rows[rows["code"].isin(self.codes)]

    def number(self, id: str) -> pd.Series[float] | None:
        """A municipal number by code, missing where not answered; None where the questionnaire does not ask it."""
        if id not in self.answers.columns:
            return None
        return pd.to_numeric(self.answers[id], errors="coerce").astype("float64")

    @cached_property
    def unit(self) -> Text:
        return text("local governments") if self.form.asks == "governments" else text("municipalities")

    @cached_property
    def asked_of(self) -> Text:
        """Whom the survey asks, with those whom it does not ask named."""
        number = len(self.returns.asked)
        if self.form.asks == "municipalities-without-wards":
            return text("{number:,} municipalities asked; the 23 special wards of Tokyo are not asked", number=number)
        if self.form.asks == "governments":
            return text("{number:,} prefectures and municipalities asked, special wards included", number=number)
        return text("{number:,} municipalities asked, special wards included where they lie in the area",
                    number=number)

    @cached_property
    def standing(self) -> Standing:
        """What every table of this wave says; its base is those who returned the questionnaire."""
        notes = []
        status = self.returns.asked["status"]
        if queried := int((status == "queried").sum()):
            notes.append(text("Returns of {number:,} municipalities are being queried; what they sent is counted.",
                              number=queried))
        if self.wards:
            notes.append(text("{wards} special wards stand in the list of those asked; the survey does not ask them, "
                              "and they are in no base.", wards=self.wards))
        if self.strangers:
            notes.append(text("Answers of codes that were not asked are in no table: {codes}",
                              codes="、".join(self.strangers[:10])))
        month_day = self.form.reference
        year = self.returns.fiscal_year + (1 if int(month_day[:2]) < 4 else 0)
        return Standing(
            text("{asked}; of these {answered:,} returned the questionnaire", asked=self.asked_of,
                 answered=len(self.codes)),
            text("{publisher}: {title}, FY{year}, questionnaire of {version}", publisher=self.form.publisher,
                 title=self.form.title, year=self.returns.fiscal_year, version=self.form.version),
            f"{year}-{month_day}", self.form.version, len(self.returns.asked), len(self.codes), len(self.codes),
            tuple(notes), len(self.codes),
        )

    def by(self, groups: pd.Series[str], values: pd.Series[float] | pd.Series[bool]) -> Mapping[str, int]:
        """Sums of whole numbers by group, of the units that `values` has; groups without any are 0."""
        sums = values.groupby(groups.reindex(values.index)).sum()
        return {str(group): round(float(value)) for group, value in sums.items()}

    def everywhere(self, rows: tuple[Row, ...], found: Mapping[str, int]) -> dict[str, int]:
        return {row.id: found.get(row.id, 0) for row in rows}


def said(values: pd.Series[Any], option: str = "yes") -> pd.Series[bool]:
    """Who gave one answer; who gave none is False. A yes or no may be kept as words or as true and false."""
    same = {"yes": ["yes", True], "no": ["no", False]}.get(option, [option])
    return values.astype(object).isin(same)


def answered(values: pd.Series[Any]) -> pd.Series[bool]:
    return values.notna() & (values.astype(object) != "")


def _prefecture(code: str) -> Text:
    number = int(code) if code.isdigit() else 0
    if not 1 <= number <= len(PREFECTURES):
        return verbatim(code)
    return verbatim({"ja": PREFECTURES[number - 1], "en": _ROMAN[number - 1]})


_ROMAN = (
    "Hokkaido Aomori Iwate Miyagi Akita Yamagata Fukushima Ibaraki Tochigi Gunma Saitama Chiba Tokyo Kanagawa Niigata "
    "Toyama Ishikawa Fukui Yamanashi Nagano Gifu Shizuoka Aichi Mie Shiga Kyoto Osaka Hyogo Nara Wakayama Tottori "
    "Shimane Okayama Hiroshima Yamaguchi Tokushima Kagawa Ehime Kochi Fukuoka Saga Nagasaki Kumamoto Oita Miyazaki "
    "Kagoshima Okinawa"
).split()


def question(wave: Wave, roster: str, id: str) -> Question | None:
    """A question of this version by roster ("" for the return itself) and id."""
    if not roster:
        return wave.form.question(id)
    rows: Roster | None = wave.form.roster(roster)
    return None if rows is None else rows.question(id)
