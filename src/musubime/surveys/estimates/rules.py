"""Who belongs to the related population: rules that an official can read, over what a person answered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from musubime.errors import Fault, InputError
from musubime.language import Text, text, verbatim

from .model import RELATED, UNCLASSIFIED, Classification, ClassOf, Column, Ints, Rule

Answers = Mapping[str, NDArray[np.int8]]
"""For each column an answer a row: 1 yes, 0 no, -1 not answered."""


def load_rules(path: Path | None = None) -> Classification:
    """The classification of a file, or MLIT's of 2020. Raises InputError with every fault of the file."""
    file = path or Path(__file__).with_name("mlit-2020.yaml")
    try:
        data = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(Fault(
            text("The rules cannot be read ({reason}).", reason=str(error).split("\n", 1)[0]),
            text("Give a YAML file in UTF-8, made as docs/methods/estimate.md shows."), file=file.name,
        )) from error
    return _classification(data, file.name)


def _classification(data: Any, file: str) -> Classification:
    faults: list[Fault] = []

    def fault(what: Text, remedy: Text, field: str, value: object = "") -> None:
        faults.append(Fault(what, remedy, file=file, field=field, value=str(value)))

    parts: dict[str, Any] = {}
    for name, kind in (("columns", dict), ("classes", dict), ("groups", dict), ("rules", list)):
        part = data.get(name) if isinstance(data, dict) else None
        if not isinstance(part, kind):
            fault(text("The part {part} is missing.", part=name), text("Add it as docs/methods/estimate.md shows."),
                  name)
            part = kind()
        parts[name] = part
    columns = {}
    for name, entry in parts["columns"].items():
        if not isinstance(entry, dict) or entry.get("kind") not in ("question", "tick"):
            fault(text("A column is a question or a tick."), text("Write kind: question or kind: tick."),
                  f"columns.{name}", entry)
            continue
        headings = entry.get("headings") or []
        if not isinstance(headings, list):
            fault(text("A list is expected here."), text("Write [a, b]."), f"columns.{name}.headings", headings)
            continue
        columns[str(name)] = Column(entry["kind"], tuple(map(str, headings)), _words(entry, name))
    classes = {
        str(name): ClassOf(_words(entry, name), bool(entry.get("counted")), str(entry.get("group") or ""))
        for name, entry in parts["classes"].items() if isinstance(entry, dict)
    }
    for name in classes:
        alone = [c for c, found in classes.items() if found.group == name] == [name]
        if name in (RELATED, UNCLASSIFIED) or (name in parts["groups"] and not alone):
            fault(text("A class has the name of a group of others, or one that is used for the whole."),
                  text("Name it otherwise."), f"classes.{name}", name)
    for name, found in classes.items():
        if found.group and found.group not in parts["groups"]:
            fault(text("No group has this name."), text("Name one of groups, or add it there."), f"classes.{name}",
                  found.group)
    rules = []
    for number, entry in enumerate(parts["rules"], start=1):
        where = f"rules[{number}]"
        if not isinstance(entry, dict) or str(entry.get("class")) not in classes:
            fault(text("A rule names no class."), text("Name one of classes."), where, entry)
            continue
        when, among = entry.get("when") or {}, entry.get("any") or []
        if not isinstance(among, list):
            fault(text("A list is expected here."), text("Write [a, b]."), f"{where}.any", among)
            continue
        if not isinstance(when, dict):
            fault(text("A question is answered with true or false."), text("Write true or false."), where, when)
            continue
        any_of = tuple(map(str, among))
        for name in [*when, *any_of]:
            if str(name) not in columns:
                fault(text("A rule asks for a column that is not defined."), text("Name one of columns, or add it."),
                      where, name)
        if not all(isinstance(value, bool) for value in when.values()):
            fault(text("A question is answered with true or false."), text("Write true or false."), where, when)
            continue
        rules.append(Rule(str(entry["class"]), {str(k): v for k, v in when.items()}, any_of))
    if not parts["rules"]:
        fault(text("There is no rule."), text("Add a rule with a class only."), "rules")
    if rules and (rules[-1].when or rules[-1].any_of):
        fault(text("The last rule must hold for everybody who is left."), text("Add a rule with a class only."),
              f"rules[{len(parts['rules'])}]", rules[-1].class_id)
    if faults:
        raise InputError(faults)
    return Classification(
        str(data.get("id", file)), _words({"text": data.get("title")}, file), _words({"text": data.get("source")}, ""),
        columns, classes, {str(k): _words({"text": v}, k) for k, v in parts["groups"].items()}, tuple(rules),
    )


def _words(entry: Mapping[str, Any], name: object) -> Text:
    words = entry.get("text")
    return verbatim({str(k): str(v) for k, v in words.items()} if isinstance(words, dict) else str(words or name))


def classify(rules: Classification, answers: Answers, rows: int) -> tuple[Ints, tuple[str, ...], tuple[int, ...]]:
    """The class of each row: position in the ids returned, and how many rows each rule decided.

    A rule applies, does not, or cannot be told from what was answered. Where the first rule that does not clearly
    fail cannot be told, the row is not classified: a guess would move people between classes.
    """
    ids = (*rules.classes, UNCLASSIFIED)
    found = np.full(rows, len(ids) - 1, dtype=np.int64)
    left = np.ones(rows, dtype=bool)
    stopped = []
    unasked = np.full(rows, -1, dtype=np.int8)
    for rule in rules.rules:
        holds = np.ones(rows, dtype=np.int8)  # 1 yes, 0 no, -1 cannot be told
        for name, wanted in rule.when.items():
            answer = answers.get(name, unasked)
            holds = _both(holds, np.where(answer < 0, -1, answer == int(wanted)).astype(np.int8))
        if rule.any_of:
            ticked = np.zeros(rows, dtype=bool)
            for name in rule.any_of:
                if name in answers:
                    ticked |= answers[name] == 1
            holds = _both(holds, ticked.astype(np.int8))
        decided = left & (holds == 1)
        found[decided] = ids.index(rule.class_id)
        stopped.append(int(decided.sum()))
        left &= holds == 0
    stopped.append(int((found == len(ids) - 1).sum()))
    return found, ids, tuple(stopped)


def _both(a: NDArray[np.int8], b: NDArray[np.int8]) -> NDArray[np.int8]:
    return np.where((a == 0) | (b == 0), 0, np.minimum(a, b)).astype(np.int8)


def depth(rules: Classification, ids: tuple[str, ...]) -> Ints:
    """Rank of each class, 0 the deepest: the counted in the order of the rules, the unclassified, then the others.

    Somebody with ties to several places is what the deepest of them makes of him; among the others, whoever got
    further through the rules is nearer to being counted.
    """
    asked = list(dict.fromkeys(rule.class_id for rule in rules.rules))
    counted = [c for c in asked if rules.classes[c].counted]
    order = [*counted, UNCLASSIFIED, *reversed([c for c in asked if c not in counted])]
    order += [c for c in ids if c not in order]
    return np.array([order.index(c) for c in ids], dtype=np.int64)
