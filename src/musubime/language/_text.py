"""Sentences kept as (English template, values) so that one result can be printed in both languages.

The English template is the gettext msgid; Japanese stands in `ja/*.po`, one file per part of the house.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from babel.messages.pofile import read_po

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")


def _language_of_environment() -> Language:
    for name in ("MUSUBIME_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "").lower()
        if value:
            return "ja" if value.startswith("ja") else "en"
    return "ja"


_language: ContextVar[Language | None] = ContextVar("language", default=None)


def current_language() -> Language:
    """The language chosen with `use_language`, else the one of the environment (MUSUBIME_LANG, LANG)."""
    return _language.get() or _language_of_environment()


def use_language(language: Language) -> None:
    _language.set(language)


@cache
def _catalog(language: Language) -> Mapping[str, str]:
    if language == "en":
        return {}
    entries: dict[str, str] = {}
    for entry in resources.files(__package__).joinpath(language).iterdir():
        if entry.name.endswith(".po"):
            with entry.open("rb") as file:
                for message in read_po(file, locale=language):
                    if isinstance(message.id, str) and message.id and isinstance(message.string, str):
                        entries[message.id] = message.string or message.id
    return entries


def translate(template: str, language: Language | None = None) -> str:
    """The template in a language; the English itself where no translation is kept."""
    return _catalog(language or current_language()).get(template, template)


@dataclass(frozen=True)
class Text:
    """A sentence with its values. `str()` gives it in the current language.

    >>> text("{people:,} people", people=1200).to("en")
    '1,200 people'
    """

    template: str
    values: tuple[tuple[str, Any], ...] = ()

    def to(self, language: Language) -> str:
        values = {k: v.to(language) if isinstance(v, Text) else v for k, v in self.values}
        template = translate(self.template, language)
        return template.format(**values) if values else template

    def __str__(self) -> str:
        return self.to(current_language())

    def as_json(self) -> dict[str, str]:
        return {language: self.to(language) for language in LANGUAGES}


def text(template: str, /, **values: Any) -> Text:
    """Mark a sentence for translation. `template` is an English format string and must be a literal."""
    return Text(template, tuple(values.items()))


def verbatim(words: str | Mapping[str, str]) -> Text:
    """Words that come from outside (names in files, or a {ja, en} pair kept as data) and are not translated."""
    if isinstance(words, str):
        return Text("{words}", (("words", words),))
    return _Pair("", tuple(words.items()))


class _Pair(Text):
    def to(self, language: Language) -> str:
        pair = dict(self.values)
        return str(pair.get(language) or pair.get("en") or next(iter(pair.values()), ""))
