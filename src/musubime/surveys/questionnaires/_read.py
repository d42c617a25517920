"""A questionnaire file read and checked: every fault at once, so that a ministry can write its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from musubime.errors import Fault, InputError
from musubime.language import LANGUAGES, Text, text, verbatim

from . import expressions
from .expressions import Expression
from .labels import same
from .model import (
    ASKS,
    KINDS,
    Check,
    Option,
    Question,
    Questionnaire,
    Removed,
    Roster,
    Section,
    Was,
)

_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")
_SURVEY = re.compile(r"[a-z][a-z0-9-]{0,59}")
_MOST_BYTES = 2_000_000
_KEYS = {
    "questionnaire": {"survey", "version", "fiscal_years", "title", "about", "publisher", "source", "asks", "reference",
                      "sections", "rosters", "checks", "removed", "lists"},
    "section": {"id", "title", "questions"},
    "question": {"id", "text", "type", "unit", "help", "options", "required", "min", "max", "when", "was"},
    "roster": {"id", "title", "one", "key", "questions", "rows", "most", "help", "was"},
    "check": {"id", "that", "tell", "grade", "each"},
    "was": {"version", "id", "comparable", "why"},
    "removed": {"version", "id", "why"},
}


def read(path: Path) -> Questionnaire:
    """A questionnaire from a YAML file. Raises InputError with all its faults."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(Fault(text("This file is too large to be a questionnaire."),
                                   text("Give the YAML file that describes the questions."), file=path.name))
        content = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Fault(
            text("The questionnaire cannot be read ({reason}).", reason=type(error).__name__),
            text("Give a YAML file in UTF-8, or the name of a shipped questionnaire such as small-hubs-2022."),
            file=path.name,
        )) from error
    return parse(content, path.name)


def parse(content: str, file: str) -> Questionnaire:
    """A questionnaire from the text of its YAML. Raises InputError with all its faults."""
    try:
        document = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(Fault(
            text("This is not YAML ({reason}).", reason=str(getattr(error, "problem", error))[:120]),
            text("Mend the line; indentation is part of the meaning."), file=file,
            row=None if mark is None else mark.line + 1,
        )) from error
    reader = _Reader(file)
    questionnaire = reader.questionnaire(document)
    if reader.faults or questionnaire is None:
        raise InputError(reader.faults)
    return questionnaire


class _Reader:
    """Collects faults while it builds; what is wrong is left out and the rest still looked at."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def blame(self, what: Text, remedy: Text, field: str, value: object = "") -> None:
        self.faults.append(Fault(what, remedy, file=self.file, field=field, value=str(value)[:120]))

    # -- pieces --------------------------------------------------------------------------------------------------

    def words(self, given: object, field: str) -> Text:
        """A {ja, en} pair."""
        if isinstance(given, Mapping) and set(given) == set(LANGUAGES):
            pair = {str(key): str(value).strip() for key, value in given.items() if value is not None}
            if len(pair) == len(LANGUAGES) and all(pair.values()):
                return verbatim(pair)
        self.blame(text("The words are needed in both languages."), text("Write {example}.", example="{ja: …, en: …}"),
                   field, given)
        return verbatim({"ja": "?", "en": "?"})

    def mapping(self, given: object, kind: str, field: str) -> dict[str, Any] | None:
        if not isinstance(given, Mapping):
            self.blame(text("Here a block of names and values is needed."),
                       text("Use these names: {names}.", names=", ".join(sorted(_KEYS[kind]))), field, given)
            return None
        for key in given:
            if key not in _KEYS[kind]:
                self.blame(text("No part of a questionnaire has this name."),
                           text("Use these names: {names}.", names=", ".join(sorted(_KEYS[kind]))), field, key)
        return {str(key): value for key, value in given.items()}

    def id(self, given: object, field: str, form: re.Pattern[str] = _ID) -> str:
        if isinstance(given, bool):  # YAML reads yes and no so
            given = "yes" if given else "no"
        if isinstance(given, str) and form.fullmatch(given):
            return given
        self.blame(text("An id is small letters, digits and _ (a survey's: -), and begins with a letter."),
                   text("Give one that never changes: answers are kept under it."), field, given)
        return "?"

    def several(self, given: object, field: str) -> list[Any]:
        if given is None:
            return []
        if isinstance(given, list):
            return given
        self.blame(text("Here a list is needed."), text("Begin each of its lines with a dash."), field, given)
        return []

    def whole(self, given: object, field: str, low: int, high: int, default: int) -> int:
        if given is None:
            return default
        if isinstance(given, int) and not isinstance(given, bool) and low <= given <= high:
            return given
        self.blame(text("Here a whole number from {low} to {high} is needed.", low=low, high=high),
                   text("Correct it."), field, given)
        return default

    def was(self, given: object, field: str) -> Was | None:
        if given is None or (document := self.mapping(given, "was", field)) is None:
            return None
        comparable = document.get("comparable")
        if comparable not in (True, False, None):
            self.blame(text("comparable is true or false."), text("Say whether old and new answers may be compared."),
                       f"{field}.comparable", comparable)
            comparable = None
        why = self.words(document["why"], f"{field}.why") if "why" in document else None
        if comparable is False and why is None:
            self.blame(text("A series that breaks needs a reason that can be printed."),
                       text("Add why: {example}.", example="{ja: …, en: …}"), f"{field}.why")
        return Was(str(document.get("version", "?")), self.id(document.get("id"), f"{field}.id"), comparable, why)

    def options(self, given: object, field: str) -> tuple[Option, ...]:
        if not isinstance(given, Mapping) or len(given) < 2:
            self.blame(text("A choice needs at least two answers."),
                       text("List them under options, each as {example}.", example="id: {ja: …, en: …}"), field)
            return ()
        options = []
        for key, value in given.items():
            name = self.id(key, f"{field}.{key}")
            words = dict(value) if isinstance(value, Mapping) else {}
            alone = words.pop("alone", False)
            options.append(Option(name, self.words(words, f"{field}.{name}"), alone is True))
        for language in LANGUAGES:
            labels = [same(option.label.to(language)) for option in options]
            for label in sorted({label for label in labels if labels.count(label) > 1}):
                self.blame(text("Two answers of one question read the same."), text("Word them differently."), field,
                           label)
        return tuple(options)

    def question(self, given: object, field: str, lists: Mapping[str, Any]) -> Question | None:
        document = self.mapping(given, "question", field)
        if document is None:
            return None
        name = self.id(document.get("id"), f"{field}.id")
        field = f"{field}.{name}"
        kind: Any = document.get("type")
        if kind not in KINDS:
            self.blame(text("This is no type of question."), text("Use one of {names}.", names=", ".join(KINDS)),
                       f"{field}.type", kind)
            kind = "text"
        options: tuple[Option, ...] = ()
        choosing, counting = kind in ("choice", "choices"), kind in ("integer", "number")
        if choosing:
            listed = document.get("options")
            if isinstance(listed, str) and listed not in lists:
                self.blame(text("There is no list of this name."), text("Add it under lists."), f"{field}.options",
                           listed)
            else:
                options = self.options(lists[listed] if isinstance(listed, str) else listed, f"{field}.options")
        elif "options" in document:
            self.blame(text("Only a choice has options."), text("Make the type choice or choices."), f"{field}.options")
        bounds: dict[str, float | None] = {}
        for bound in ("min", "max"):
            number = document.get(bound)
            right = isinstance(number, int | float) and not isinstance(number, bool)
            bounds[bound] = float(number) if right and number is not None else None
            if number is not None and not (right and counting):
                self.blame(text("Only integer and number take a least and a greatest value, and both are numbers."),
                           text("Correct or remove it."), f"{field}.{bound}", number)
        low, high = bounds["min"], bounds["max"]
        if low is not None and high is not None and low > high:
            self.blame(text("The least value is above the greatest."), text("Exchange them."), field, f"{low} > {high}")
        if not isinstance(document.get("required", False), bool):
            self.blame(text("required is true or false."), text("Correct it."), f"{field}.required",
                       document["required"])
        return Question(
            id=name, text=self.words(document.get("text"), f"{field}.text"), kind=kind,
            unit=self.words(document["unit"], f"{field}.unit") if "unit" in document else None,
            help=self.words(document["help"], f"{field}.help") if "help" in document else None,
            options=options, required=document.get("required") is True, low=low, high=high,
            when=self.expression(document["when"], f"{field}.when", condition=True) if "when" in document else None,
            was=self.was(document.get("was"), f"{field}.was"),
        )

    def expression(self, given: object, field: str, *, condition: bool) -> Expression | None:
        try:
            found = expressions.parse(given)
            if condition and found.op not in expressions.CONDITIONS:
                raise ValueError(str(given))
            return found
        except (ValueError, RecursionError) as error:
            self.blame(text("This condition cannot be understood."),
                       text("See docs/methods/surveys.md for the words that conditions are made of."), field, error)
            return None

    # -- the whole -----------------------------------------------------------------------------------------------

    def questionnaire(self, document: object) -> Questionnaire | None:
        top = self.mapping(document, "questionnaire", "")
        if top is None:
            return None
        lists = top.get("lists") or {}
        if not isinstance(lists, Mapping):
            self.blame(text("Here a block of names and values is needed."), text("Correct it."), "lists", lists)
            lists = {}
        sections = []
        for number, given in enumerate(self.several(top.get("sections"), "sections"), 1):
            part = self.mapping(given, "section", f"sections[{number}]")
            if part is not None:
                name = self.id(part.get("id"), f"sections[{number}].id")
                questions = [self.question(one, name, lists) for one in self.several(part.get("questions"), name)]
                sections.append(Section(name, self.words(part.get("title"), f"{name}.title"),
                                        tuple(q for q in questions if q is not None)))
        rosters = []
        for number, given in enumerate(self.several(top.get("rosters"), "rosters"), 1):
            part = self.mapping(given, "roster", f"rosters[{number}]")
            if part is not None:
                rosters.append(self.roster(part, number, lists))
        checks = [check for number, given in enumerate(self.several(top.get("checks"), "checks"), 1)
                  if (check := self.check(given, number)) is not None]
        removed = []
        for number, given in enumerate(self.several(top.get("removed"), "removed"), 1):
            field = f"removed[{number}]"
            part = self.mapping(given, "removed", field)
            if part is not None:
                removed.append(Removed(str(part.get("version", "?")), str(part.get("id", "?")),
                                       self.words(part.get("why"), f"{field}.why")))
        asks = top.get("asks")
        if asks not in ASKS:
            self.blame(text("Nobody knows whom this survey asks."), text("Use one of {names}.", names=", ".join(ASKS)),
                       "asks", asks)
            asks = ASKS[0]
        years = [year for year in self.several(top.get("fiscal_years"), "fiscal_years")
                 if self.whole(year, "fiscal_years", 1950, 2200, 0)]
        if not years:
            self.blame(text("No fiscal year is named."), text("List the years this version is for."), "fiscal_years")
        reference = str(top.get("reference", ""))
        if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", reference):
            self.blame(
                text("The day that answers describe is missing."),
                text('Write month-day, for example "05-31".'),
                "reference",
                reference,
            )
        found = Questionnaire(
            survey=self.id(top.get("survey"), "survey", _SURVEY), version=str(top.get("version", "")).strip(),
            fiscal_years=tuple(years), title=self.words(top.get("title"), "title"),
            about=self.words(top.get("about"), "about"), publisher=self.words(top.get("publisher"), "publisher"),
            source=str(top.get("source", "")).strip(), asks=asks, reference=reference, sections=tuple(sections),
            rosters=tuple(rosters), checks=tuple(checks), removed=tuple(removed),
        )
        for field in ("version", "source"):
            if not getattr(found, field):
                self.blame(text("This is missing."), text("Say it."), field)
        self.names(found)
        return found

    def roster(self, part: dict[str, Any], number: int, lists: Mapping[str, Any]) -> Roster:
        name = self.id(part.get("id"), f"rosters[{number}].id")
        questions = [self.question(one, name, lists) for one in self.several(part.get("questions"), name)]
        most = self.whole(part.get("most"), f"{name}.most", 1, 20_000, 2000)
        roster = Roster(
            name,
            self.words(part.get("title"), f"{name}.title"),
            self.words(part.get("one"), f"{name}.one"),
            str(part.get("key", "")),
            tuple(q for q in questions if q is not None),
            self.whole(part.get("rows"), f"{name}.rows", 1, most, min(30, most)),
            most,
            self.words(part["help"], f"{name}.help") if "help" in part else None,
            self.was(part.get("was"), f"{name}.was"),
        )
        if (key := roster.question(roster.key)) is None or key.kind != "text":
            self.blame(text("key names no question in words of this roster."),
                       text("Name the question by which a row is known again next year."), f"{name}.key", roster.key)
        return roster

    def check(self, given: object, number: int) -> Check | None:
        field = f"checks[{number}]"
        part = self.mapping(given, "check", field)
        if part is None:
            return None
        name = self.id(part.get("id"), f"{field}.id")
        grade = part.get("grade", "fault")
        if grade not in ("fault", "query"):
            self.blame(text("A check is a fault (cannot be true) or a query (is unlikely)."), text("Correct it."),
                       f"{name}.grade", grade)
            grade = "fault"
        that = self.expression(part.get("that"), f"{name}.that", condition=True)
        tell = self.words(part.get("tell"), f"{name}.tell")
        return None if that is None else Check(name, that, tell, grade, str(part.get("each", "")))

    def names(self, found: Questionnaire) -> None:
        """Ids and words occur once, and every condition speaks of questions that exist."""
        self.once([section.id for section in found.sections], "sections")
        self.once([roster.id for roster in found.rosters], "rosters")
        self.once([check.id for check in found.checks], "checks")
        groups = [("", found.questions), *((roster.id, roster.questions) for roster in found.rosters)]
        if not any(questions for _, questions in groups):
            self.blame(text("It asks nothing."), text("Add questions under sections or rosters."), "sections")
        for name, questions in groups:
            self.once([question.id for question in questions], name or "questions")
            for language in LANGUAGES:
                self.once([same(question.text.to(language)) for question in questions], name or "questions")
            for question in questions:
                if question.when is not None:
                    self.known(question.when, found, name, f"{question.id}.when")
        for check in found.checks:
            if check.roster and found.roster(check.roster) is None:
                self.blame(
                    text("There is no roster of this name."), text("Correct it."), f"{check.id}.each", check.roster
                )
            else:
                self.known(check.that, found, check.roster, f"{check.id}.that")

    def once(self, names: list[str], field: str) -> None:
        for name in sorted({name for name in names if names.count(name) > 1 and name != "?"}):
            self.blame(text("This occurs twice."), text("Ids and the words of questions must differ."), field, name)

    def known(self, expression: Expression, found: Questionnaire, roster: str, field: str) -> None:
        rows = found.roster(roster) if roster else None
        op, parts = expression.op, expression.parts
        if op == "rows":
            if found.roster(parts[0]) is None:
                self.blame(text("There is no roster of this name."), text("Correct it."), field, parts[0])
            elif len(parts) > 1:
                self.known(parts[1], found, parts[0], field)
            return
        if op in ("answer", "answered", "is", "last", "total"):
            name = str(parts[0])
            if op == "total":
                inner = found.roster(name.partition(".")[0])
                question = None if inner is None else inner.question(name.partition(".")[2])
            else:
                question = (rows.question(name) if rows else None) or found.question(name)
            if question is None:
                self.blame(
                    text("The condition speaks of a question that does not exist."),
                    text("Correct its id."),
                    field,
                    name,
                )
            elif op == "is":
                allowed = ["yes", "no"] if question.kind == "yesno" else [option.id for option in question.options]
                for option in parts[1:]:
                    if option not in allowed:
                        self.blame(text("The question has no such answer."),
                                   text("Use one of {names}.", names=", ".join(allowed)), field, f"{name}: {option}")
            elif op in ("answer", "last", "total") and question.kind not in ("integer", "number"):
                self.blame(text("Only a number can be computed with."), text("Use is or answered for other answers."),
                           field, name)
            return
        for part in parts:
            if isinstance(part, Expression):
                self.known(part, found, roster, field)
