"""Opening a wave, and putting its returns together for the library to count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd
from django.db import transaction

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region.codes import PREFECTURES, check_digit
from musubime.surveys.model import Returns
from musubime.surveys.questionnaires import Questionnaire
from musubime.surveys.returns import Answers, Municipalities, tabulate
from musubime.web.accounts.models import User
from musubime.web.places.models import Designation, Municipality, Succession

from .checking import questionnaire_of
from .models import IN, Content, Return, State, Wave

A_BATCH = 200


def reference_day(about: Questionnaire, fiscal_year: int) -> dt.date:
    """The day that answers of a fiscal year describe."""
    month, day = (int(part) for part in about.reference.split("-"))
    return dt.date(fiscal_year + (month < 4), month, day)


def has_directory() -> bool:
    return Municipality.objects.filter(former=False).exists()


def directory(on: dt.date) -> Municipalities:
    """The municipalities of the site's directory, with the 過疎 list in force on a day, and the prefectures.

    No designation is known where the directory holds no list of that day or before.
    """
    known = dict(Municipality.objects.filter(former=False).values_list("code", "name"))
    names = {code[:5]: name for code, name in known.items()}
    if names:
        names |= {f"{number:02}000": name for number, name in enumerate(PREFECTURES, 1)}
    held = Designation.objects.filter(on__lte=on).order_by("-on").values_list("on", "source").first()
    marked = {} if held is None else {
        code[:5]: kind for code, kind in Designation.objects.filter(on=held[0]).values_list("municipality", "kind")}
    successors = {former[:5]: after[:5] for former, after in
                  Succession.objects.values_list("former", "successor") if former not in known}
    sources = Municipality.objects.filter(former=False).order_by("source").values_list("source", flat=True).distinct()
    return Municipalities(names, marked, successors, vintage="、".join(sources[:5]),
                          designation_vintage="" if held is None else f"{held[1]} ({held[0].isoformat()})")


@dataclass(frozen=True)
class NewWave:
    """All that opens a wave. words: the questionnaire's YAML. codes: of those asked, five digits; () all it asks."""

    questionnaire: Questionnaire
    words: str
    fiscal_year: int
    due: dt.date
    places: Municipalities
    send_to: str = ""
    codes: tuple[str, ...] = field(default=())


def open_wave(new: NewWave, user: User | None) -> Wave:
    """A new wave with one empty return for everybody asked. Raises InputError with all faults; then nothing is made."""
    about = new.questionnaire
    key = f"{about.survey}-{new.fiscal_year}"
    everybody = new.places.asked(about.asks)
    asked = tuple(code for code in everybody if not new.codes or code in new.codes)
    faults = [Fault(text("This municipality is not asked by this survey, or is not in the list."),
                    text("Take it out of the list of codes."), value=code)
              for code in new.codes if code not in everybody]
    if not asked:
        faults.append(Fault(text("Nobody is asked: the list holds no municipality that this survey asks."),
                            text("Give a list of municipality codes and names.")))
    if len(key) > 80:
        faults.append(Fault(text("The name of the survey is too long."), text("Shorten it in the questionnaire.")))
    if Wave.objects.filter(pk=key).exists():
        faults.append(Fault(text("This wave is there already."),
                            text("Open it from the list, or choose another fiscal year."), value=key))
    if faults:
        raise InputError(faults)
    before = Wave.objects.filter(survey=about.survey, fiscal_year__lt=new.fiscal_year).order_by("-fiscal_year").first()
    with transaction.atomic():
        wave = Wave.objects.create(
            key=key, survey=about.survey, version=about.version, fiscal_year=new.fiscal_year, questionnaire=new.words,
            title=about.title.as_json(), publisher=about.publisher.as_json(), due=new.due, send_to=new.send_to,
            previous=before, vintage=new.places.vintage[:200],
            designation_vintage=new.places.designation_vintage[:200], opened_by=user)
        Return.objects.bulk_create([Return(
            wave=wave, code=code + check_digit(code), prefecture=code[:2], name=new.places.name(code) or code,
            designation=new.places.designation.get(code, "none") if new.places.designation_vintage else "",
        ) for code in asked], batch_size=500)
    return wave


@dataclass(frozen=True)
class Counted:
    """What went into tables: how many were asked, are in, were left out because they are not accepted, are missing."""

    asked: int
    counted: int
    left: int
    missing: int

    def as_json(self) -> dict[str, int]:
        return {"asked": self.asked, "counted": self.counted, "left": self.left, "missing": self.missing}


def compile_returns(
    wave: Wave, area: str = "", *, accepted_only: bool = True,
    progress: Callable[[float], None] = lambda _: None,
) -> tuple[Returns, Counted]:
    """The exchange tables of a wave or of one prefecture's part, as `musubime survey compile` gives them.

    A return that is submitted and not accepted counts as missing where only accepted ones are wanted.
    """
    wanted = (State.ACCEPTED,) if accepted_only else tuple(IN)
    rows = Return.objects.filter(wave=wave)
    if area:
        rows = rows.filter(prefecture=area)
    known = list(rows.order_by("code").values_list("pk", "code", "name", "prefecture", "designation", "state"))
    pks = {pk: code[:5] for pk, code, _, _, _, state in known if state in wanted}
    returned: dict[str, Answers] = {}
    for given in _answers(list(pks)):
        returned |= {pks[pk]: Answers.from_json(answers) for pk, answers in given.items()}
        progress(len(returned) / max(1, len(pks)))
    status = {code[:5]: str(state) if code[:5] in returned else "missing"
              for _, code, _, _, _, state in known}
    asked = pd.DataFrame(
        {"name": pd.array([row[2] for row in known], dtype="string"),
         "prefecture": pd.array([row[3] for row in known], dtype="string"),
         "designation": pd.array([row[4] or None for row in known], dtype="string"),
         "status": pd.array([status[row[1][:5]] for row in known], dtype="string")},
        index=pd.Index([row[1][:5] for row in known], name="code", dtype="string"))
    left = sum(row[5] in IN for row in known) - len(returned)
    counted = Counted(len(known), len(returned), left, len(known) - len(returned) - left)
    return tabulate(questionnaire_of(wave), wave.fiscal_year, asked, returned), counted


def _answers(pks: list[int]) -> Iterable[Mapping[int, Mapping[str, object]]]:
    for start in range(0, len(pks), A_BATCH):
        yield {pk: answers for pk, answers in Content.objects.filter(
            pk__in=pks[start:start + A_BATCH]).values_list("pk", "answers") if answers}
