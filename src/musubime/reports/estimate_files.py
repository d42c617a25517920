"""estimate.xlsx for whoever reports the figure, estimate.json with all of it, weights for whoever recomputes it."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from musubime.language import Text, current_language, text, verbatim
from musubime.provenance import Ledger
from musubime.region.files import staged
from musubime.surveys.estimates import RELATED, UNCLASSIFIED, Estimate, Total, in_words

from .access_files import plain
from .sheet import PEOPLE, SHARE, Column, Sheet
from .workbook import write_sheets

FILES = ("estimate.xlsx", "estimate.json", "weights.csv")
REPLICATES = "replicates.parquet"


def conditional(result: Estimate) -> Text:
    """What every estimate must say of itself."""
    return text(
        "Conditional on the post-strata: an internet panel is not a probability sample. The intervals hold chance "
        "only: what panel members differ in from others of their area, sex and age is in no figure here. Estimated "
        "from {respondents:,} respondents for {people:,.0f} people by {method}.",
        respondents=len(result.weights), people=result.people, method=method_words(result))


def percent(level: float) -> str:
    """0.95 as 95, 0.999 as 99.9."""
    return f"{100 * level:.6g}"


def method_words(result: Estimate) -> Text:
    return text("post-stratification") if result.method == "post-stratification" else text("raking")


def name_of(result: Estimate, total_id: str) -> Text:
    rules = result.classification
    if total_id == RELATED:
        return text("Related population, all")
    if total_id == UNCLASSIFIED:
        return text("Not classified: a question was not answered")
    return rules.groups[total_id] if total_id in rules.groups else rules.classes[total_id].words


def shown(result: Estimate) -> list[Total]:
    """The whole first, then groups of several classes, then classes; classes of which nobody is are left out."""
    rules = result.classification
    single = [g for g in rules.groups
              if g not in rules.classes and sum(c.group == g for c in rules.classes.values()) < 2]
    order = {name: at for at, name in enumerate((RELATED, *rules.groups))}
    return sorted((t for t in result.totals if t.id == RELATED or (t.respondents and t.id not in single)),
                  key=lambda total: order.get(total.id, len(order)))


def as_data(result: Estimate, ledger: Ledger) -> dict[str, Any]:
    """The whole result for JSON; what does not exist is null."""
    return {
        "schema": "musubime-estimate/1", "classification": result.classification.id, "method": result.method,
        "conditional": conditional(result).as_json(), "people": result.people, "respondents": len(result.weights),
        "replicates": result.replicates, "level": result.level, "seed": result.seed,
        "design_effect": result.design_effect,
        "totals": [_total(result, total) for total in result.totals],
        "pairs": [{"area": pair.area, "destination": pair.destination} | _figures(pair.total) for pair in result.pairs],
        "cells": [{"table": cell.margin + 1, "parts": list(cell.parts), "respondents": cell.respondents,
                   "people": cell.people, "weight": cell.people / cell.respondents if cell.respondents else None}
                  for cell in result.cells],
        "rules": [{"rule": number, "class": class_id, "condition": words.as_json(), "rows": rows}
                  for number, (class_id, words, rows) in enumerate(_rules(result), start=1)],
        "notes": [note.as_json() for note in ledger.notes],
    }


def publish_estimate(result: Estimate, ledger: Ledger, out: Path) -> list[Path]:
    """Write the files; all appear together, or none. Raises OutputError when the folder cannot be written to."""
    names = list(FILES)
    with staged(out) as new:
        write_sheets([_totals(result), _pairs(result), _cells(result), _rule_table(result), _notes(ledger)],
                     result.classification.title.to(current_language()), new / FILES[0], current_language())
        (new / FILES[1]).write_text(json.dumps(as_data(result, ledger), ensure_ascii=False, allow_nan=False, indent=1)
                                    + "\n", "utf-8", newline="\n")
        with (new / FILES[2]).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["respondent", "class", "weight"])
            people = result.respondents
            writer.writerows([plain(name), people.class_ids[c], f"{w:.6f}"] for name, c, w in
                             zip(people.ids, people.class_of, result.weights, strict=True))
        if result.replicate_weights is not None:
            import polars as pl

            pl.DataFrame({"respondent": list(result.respondents.ids), "weight": result.weights} | {
                f"replicate_{r + 1}": row for r, row in enumerate(result.replicate_weights)
            }).write_parquet(new / REPLICATES)
            names.append(REPLICATES)
    return [out / name for name in names]


def _total(result: Estimate, total: Total) -> dict[str, Any]:
    rules = result.classification
    counted = total.id in rules.groups or total.id == RELATED or (
        total.id in rules.classes and rules.classes[total.id].counted)
    return {"id": total.id, "name": name_of(result, total.id).as_json(), "counted": counted} | _figures(total)


def _figures(total: Total) -> dict[str, Any]:
    names = ("respondents", "people", "share", "se", "low", "high", "bootstrap_se", "bootstrap_low", "bootstrap_high")
    return {name: None if isinstance(value := getattr(total, name), float) and math.isnan(value) else value
            for name in names}


def _counts() -> list[Column]:
    return [Column(text("Respondents"), PEOPLE, 11), Column(text("People"), PEOPLE, 14),
            Column(text("Share"), SHARE, 9)]


def _bootstrap() -> list[Column]:
    return [Column(text("Standard error (bootstrap)"), PEOPLE, 18), Column(text("Bootstrap: from"), PEOPLE, 18),
            Column(text("Bootstrap: to"), PEOPLE, 18)]


def _numbers(result: Estimate) -> list[Column]:
    level = text("{level}% interval", level=percent(result.level))
    linearised = [Column(text("Standard error"), PEOPLE, 12), Column(text("{level}: from", level=level), PEOPLE, 18),
                  Column(text("{level}: to", level=level), PEOPLE, 18)]
    return [*_counts(), *linearised, *_bootstrap()]


def _row(total: Total) -> list[Any]:
    return [total.respondents, total.people, total.share, total.se, total.low, total.high, total.bootstrap_se,
            total.bootstrap_low, total.bootstrap_high]


def _totals(result: Estimate) -> Sheet:
    return Sheet(text("Estimate"), result.classification.title, conditional(result),
                 [Column(text("Class"), width=34), *_numbers(result)],
                 [[name_of(result, total.id), *_row(total)] for total in shown(result)])


def _pairs(result: Estimate) -> Sheet:
    return Sheet(
        text("From where to where"), text("People with a counted tie, by home and destination"),
        text("A person tied to several places stands in several rows: the rows do not add up to persons."),
        [Column(text("Home"), width=16), Column(text("Destination"), width=16), *_counts(), *_bootstrap()],
        [[pair.area or text("(all)"), pair.destination, *_row(pair.total)[:3], *_row(pair.total)[6:]]
         for pair in result.pairs], 2)


def _cells(result: Estimate) -> Sheet:
    return Sheet(
        text("Post-strata"), text("What the respondents were weighted to"),
        text("Cells of the population table that had too few respondents stand together in one row."),
        [Column(text("Table"), PEOPLE, 7), Column(text("Cells"), width=60), Column(text("Respondents"), PEOPLE, 11),
         Column(text("People"), PEOPLE, 14), Column(text("People per respondent"), "#,##0.0", 12)],
        [[cell.margin + 1, in_words(" + ".join(cell.parts)), cell.respondents, cell.people,
          cell.people / cell.respondents if cell.respondents else None] for cell in result.cells], 2)


def _rules(result: Estimate) -> Sequence[tuple[str, Text, int]]:
    rules, rows = result.classification, result.respondents.stopped
    told = []
    for rule, count in zip(rules.rules, rows, strict=False):
        parts = [text("“{question}”: {answer}", question=rules.columns[name].words,
                      answer=text("yes") if value else text("no")) for name, value in rule.when.items()]
        if rule.any_of:
            parts.append(text("one of: {options}", options=_joined([rules.columns[n].words for n in rule.any_of])))
        told.append((rule.class_id, _joined(parts) if parts else text("everybody else"), count))
    return [*told, (UNCLASSIFIED, text("a question on the way was not answered"), rows[-1])]


def _joined(parts: Sequence[Text]) -> Text:
    return verbatim({"ja": "、".join(p.to("ja") for p in parts), "en": "; ".join(p.to("en") for p in parts)})


def _rule_table(result: Estimate) -> Sheet:
    return Sheet(
        text("Rules"), text("Who was put into which class"), result.classification.source,
        [Column(text("Order"), PEOPLE, 7), Column(text("Condition: the first that holds decides"), width=80),
         Column(text("Class"), width=34), Column(text("Rows decided"), PEOPLE, 11)],
        [[number, words, name_of(result, class_id), rows]
         for number, (class_id, words, rows) in enumerate(_rules(result), start=1)])


def _notes(ledger: Ledger) -> Sheet:
    return Sheet(
        text("Notes"), text("What was left out, put together or assumed"), text("Counts are of rows or people."),
        [Column(text("What"), width=70), Column(text("Count"), PEOPLE, 10), Column(text("File"), width=24),
         Column(text("Examples"), width=50)],
        [[note.what, note.count, note.source, in_words(", ".join(note.examples))] for note in ledger.notes])
