"""What local governments do for related population."""

from __future__ import annotations

from musubime.language import text

from .frequency import frequency, sums
from .model import Table
from .regional import units_tables
from .wave import Wave, answered, question, said


def related_tables(wave: Wave) -> list[Table]:
    """All tables of the survey of initiatives for related population."""
    tables: list[Table | None] = []
    everybody = text("local governments that returned the questionnaire")
    answers = wave.answers
    did = answers[said(answers["did"])] if "did" in answers.columns else answers.iloc[:0]
    doers = text("local governments that carried out initiatives")
    for asked in wave.form.questions:
        if asked.kind not in ("choice", "yesno", "choices"):
            continue
        of, whose = answers, everybody
        if asked.id == "measures":
            of, whose = did, doers
        elif asked.id == "plans":
            of, whose = answers.drop(did.index), text("local governments that carried out none")
        tables.append(frequency(wave, f"related_{asked.id}", text("Related population: {question}",
                                                                  question=asked.text), asked, of, wave.unit, whose))
    numbers = [q for name in ("number", "target_number", "registered", "budget")
               if (q := question(wave, "", name)) is not None]
    tables.append(sums(wave, "related_numbers", text("Related population: numbers told"), numbers, answers, wave.unit,
                       everybody, (text("Numbers rest on each government's own definition; persons tied to several "
                                        "places are in them several times."),)))
    if "did" in answers.columns:
        values = said(answers["did"]).astype("float64").where(answered(answers["did"]))
        tables += units_tables(
            wave, "related_did", values, wave.unit, text("Carried out initiatives"), text("Carried out initiatives"),
            (text("Initiatives for related population, by class"),
             text("Initiatives for related population, by prefecture")))
    return [table for table in tables if table is not None]
