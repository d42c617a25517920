"""The questionnaires that come with Musubime, and finding one by name or file."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from musubime.errors import Fault, InputError
from musubime.language import text

from ._read import parse, read
from .model import Questionnaire


@cache
def shipped() -> tuple[Questionnaire, ...]:
    """All questionnaires that are shipped, by survey and version."""
    files = sorted(
        (e for e in resources.files(__package__).iterdir() if e.name.endswith(".yaml")), key=lambda e: e.name
    )
    return tuple(parse(file.read_text("utf-8"), file.name) for file in files)


def questionnaire_text(name: str | Path) -> str:
    """The YAML of a questionnaire, word for word, to be kept beside its answers."""
    found = questionnaire(name)
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return path.read_text("utf-8-sig")
    return resources.files(__package__).joinpath(f"{found.survey}-{found.version}.yaml").read_text("utf-8")


def questionnaire(name: str | Path) -> Questionnaire:
    """A questionnaire by its file, by `survey-version`, or by the name of a survey (then its newest version).

    >>> questionnaire("small-hubs-2018").version, questionnaire("small-hubs").version
    ('2018', '2022')
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return read(path)
    found = [q for q in shipped() if str(name) in (q.survey, f"{q.survey}-{q.version}")]
    if not found:
        raise InputError(Fault(
            text("There is no questionnaire of this name."),
            text("Give a YAML file, or one of {names}.", names=", ".join(f"{q.survey}-{q.version}" for q in shipped())),
            value=str(name),
        ))
    return max(found, key=lambda q: q.fiscal_years)
