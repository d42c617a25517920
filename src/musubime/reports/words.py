"""Numbers and sentences as a report prints them: separators, units, both languages, a dash for what is not known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from markupsafe import Markup, escape

from musubime.language import LANGUAGES, Language, Text, text, verbatim
from musubime.studies.document import Words

DASH = "–"
_STRONG, _END = "\ue000", "\ue001"  # private-use marks: they pass through templates and escaping, then become tags

Sayable = Text | Words | str


def number(value: float | int | None, digits: int = 0) -> str:
    """
    >>> number(1234.5), number(12.25, 1), number(None), number(-0.2)
    ('1,234', '12.2', '–', '0')
    """
    if value is None or not math.isfinite(value):
        return DASH
    return f"{round(value, digits) + 0.0:,.{digits}f}"


def percent(part: float | None, whole: float | None = 1.0) -> str:
    """
    >>> percent(0.1234), percent(3, 12), percent(1, 0)
    ('12.3%', '25.0%', '–')
    """
    if part is None or not whole or not math.isfinite(100 * (part / whole)):
        return DASH
    return f"{100 * (part / whole) + 0.0:.1f}%"


def gap_percent(gap: float | None) -> str:
    """A proven gap, rounded up: "no better than by this" stays true.

    >>> gap_percent(0.0), gap_percent(0.0000001), gap_percent(0.00022), gap_percent(0.0121)
    ('0%', '0.001%', '0.022%', '1.3%')
    """
    if gap is None or not math.isfinite(100 * gap):
        return DASH
    share = 100 * max(gap, 0.0)
    if share < 1e-7:
        return "0%"
    digits = 3 if share < 0.1 else 1
    return f"{math.ceil(share * 10**digits - 1e-6) / 10**digits:.{digits}f}%"


def money(jpy: float | None) -> Text:
    """Yen as a town hall says them: 億円 and 万円, million JPY.

    >>> money(123_456_789).to("ja"), money(123_456_789).to("en"), money(4000).to("ja"), money(4000).to("en")
    ('1億2,346万円', '123.5 million JPY', '4,000円', '4,000 JPY')
    """
    if jpy is None or not math.isfinite(jpy):
        return verbatim(DASH)
    return verbatim({"ja": _yen_ja(jpy), "en": _yen_en(jpy)})


def money_cell(jpy: float | None) -> Text:
    """The same without its unit, for columns headed 万円 / million JPY."""
    if jpy is None or not math.isfinite(jpy):
        return verbatim(DASH)
    return verbatim({"ja": number(jpy / 1e4), "en": number(jpy / 1e6, 2)})


def _yen_ja(jpy: float) -> str:
    sign, value = ("−" if jpy < 0 else ""), abs(jpy)
    if round(value) < 10_000:
        return f"{sign}{value:,.0f}円"
    units = round(value / 1e4)
    oku, man = divmod(units, 10_000)
    if not oku:
        return f"{sign}{man:,}万円"
    return f"{sign}{oku:,}億{man:,}万円" if man else f"{sign}{oku:,}億円"


def _yen_en(jpy: float) -> str:
    sign, value = ("−" if jpy < 0 else ""), abs(jpy)
    return f"{sign}{value:,.0f} JPY" if value < 1e5 else f"{sign}{value / 1e6:,.1f} million JPY"


def strong(value: Any) -> Text:
    """A value that stands out in its sentence."""
    inner = value if isinstance(value, Text) else verbatim(str(value))
    return verbatim({key: f"{_STRONG}{inner.to(key)}{_END}" for key in LANGUAGES})


def listed(names: Iterable[str], most: int = 99) -> Text:
    """Names side by side; those beyond `most` are counted."""
    names = list(names)
    shown, rest = names[:most], len(names) - most
    pair = verbatim({"ja": "、".join(shown), "en": ", ".join(shown)})
    return text("{names} and {rest} more", names=pair, rest=rest) if rest > 0 else pair


def weekdays(days: Iterable[int] | None) -> Text:
    """0 = Monday.

    >>> weekdays([0, 1, 2, 3, 4]).to("en"), weekdays([1, 4]).to("ja"), weekdays([]).to("en")
    ('Mon–Fri', '火金', 'none')
    """
    if days is None:
        return verbatim(DASH)
    chosen = sorted(set(days))
    if not chosen:
        return text("none")
    if chosen == [0, 1, 2, 3, 4]:
        return text("Mon–Fri")
    if chosen == list(range(7)):
        return text("daily")
    return verbatim({
        "ja": "".join("月火水木金土日"[day] for day in chosen),
        "en": " ".join(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day] for day in chosen),
    })


def say(words: Sayable, language: Language) -> str:
    """Plain words in one language."""
    if isinstance(words, Text):
        return words.to(language).replace(_STRONG, "").replace(_END, "")
    return words if isinstance(words, str) else str(getattr(words, language))


def spans(words: Sayable) -> Markup:
    """Words in both languages for the page, one of which is shown: see templates/style.css."""
    if isinstance(words, str):
        return Markup(escape(words))
    both = {key: words.to(key) if isinstance(words, Text) else getattr(words, key) for key in LANGUAGES}
    marked = {key: str(escape(value)).replace(_STRONG, "<strong>").replace(_END, "</strong>")
              for key, value in both.items()}
    if marked["ja"] == marked["en"]:
        return Markup(marked["en"])
    return Markup("".join(f'<span lang="{key}">{marked[key]}</span>' for key in LANGUAGES))


def as_text(words: Words) -> Text:
    """Words of the document as a Text, to stand inside another sentence."""
    return verbatim({"ja": words.ja, "en": words.en})


# The sentence is a literal where a template calls `t`; here it is only passed on.
_passed_on: Callable[..., Text] = text


def t(template: str, /, **values: Any) -> Markup:
    """`text` for templates: the sentence in both languages, values escaped."""
    return spans(_passed_on(template, **{k: as_text(v) if isinstance(v, Words) else v for k, v in values.items()}))
