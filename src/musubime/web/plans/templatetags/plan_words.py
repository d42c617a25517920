"""How plans print money and gaps: as plan.html does."""

from __future__ import annotations

from django import template

from musubime.reports.words import gap_percent, money

register = template.Library()


@register.filter
def yen(value: float | None) -> str:
    """1億2,346万円, 123.5 million JPY; a dash where it is not known."""
    return str(money(value))


@register.filter
def gap(value: float | None) -> str:
    return gap_percent(value)
