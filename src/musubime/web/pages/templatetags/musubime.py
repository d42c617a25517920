"""Tags that every template has without loading them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe

from musubime.language import Text, current_language, translate

register = template.Library()


@register.simple_tag
def t(template: str, **values: Any) -> SafeString:
    """A sentence in the reader's language: `{% t "{count:,} people" count=n %}`. Values are escaped; numbers keep
    their type, so that {count:,} prints separators."""
    shown = {name: value if isinstance(value, int | float) else conditional_escape(value)
             for name, value in values.items()}
    sentence = escape(translate(template))
    return mark_safe(sentence.format(**shown) if shown else sentence)  # every part is escaped


@register.filter
def words(value: object) -> str:
    """A {ja, en} pair, a sentence, or a name, in the reader's language."""
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, Mapping):
        return str(value.get(current_language()) or value.get("en") or next(iter(value.values()), ""))
    return "" if value is None else str(value)


@register.filter
def number(value: float | None, digits: int = 0) -> str:
    """1,234 or 1,234.5; an en dash where nothing is known."""
    return "–" if value is None else f"{value:,.{digits}f}"


@register.filter
def percent(value: float | None, digits: int = 0) -> str:
    """0.123 as 12 %; an en dash where nothing is known."""
    return "–" if value is None else f"{value:.{digits}%}"


@register.filter
def item(values: Mapping[Any, Any] | None, key: object) -> Any:
    """values[key] for a key that is only known when the page is made; None where it is missing."""
    return None if values is None else values.get(key)
