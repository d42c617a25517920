"""What is asked when a plan is made, brought in or renamed."""

from __future__ import annotations

from typing import Any

from django import forms

from musubime.language import Text, text

MOST_YEARS = 8


def said(words: Text) -> Any:
    """Words that are put into the reader's language when the form is shown; Django's types know only its own kind."""
    return words


class NewPlan(forms.Form):
    """The options of `musubime plan`."""

    name = forms.CharField(label=said(text("Name of the plan")), max_length=120)
    hubs = forms.IntegerField(
        label=said(text("Number of hubs")), required=False, min_value=1, max_value=500,
        help_text=said(text("Leave it empty to get the number that serves best.")))
    budget = forms.IntegerField(
        label=said(text("Most that town and RMO can pay (10,000 JPY a year)")), required=False, min_value=0,
        max_value=100_000_000, help_text=said(text("Leave it empty for no limit.")))
    years = forms.CharField(
        label=said(text("Years to look at")), initial="2030,2040,2050", max_length=80,
        help_text=said(text("With commas. Buildings and users are judged for the middle one.")))
    seed = forms.IntegerField(
        label=said(text("Seed of every random choice")), initial=1, min_value=0, max_value=2**31 - 1,
        help_text=said(text("The same seed gives the same plan again.")))

    def clean_years(self) -> list[int]:
        parts = [part.strip() for part in str(self.cleaned_data["years"]).replace("、", ",").split(",") if part.strip()]
        if not parts or len(parts) > MOST_YEARS or not all(
                part.isascii() and part.isdigit() and 1900 <= int(part) <= 2200 for part in parts):
            raise forms.ValidationError(str(text("Write years with commas, for example 2030,2040,2050.")))
        return sorted({int(part) for part in parts})

    def options(self) -> dict[str, Any]:
        """As `plans.make` takes them."""
        told = self.cleaned_data
        return {"hubs": told["hubs"], "years": told["years"], "seed": told["seed"],
                "budget_jpy": None if told["budget"] is None else told["budget"] * 10_000.0}


class BroughtPlan(forms.Form):
    name = forms.CharField(label=said(text("Name of the plan")), max_length=120)
    file = forms.FileField(
        label=said(text("plan.json, or a zip file of the plan's folder")),
        help_text=said(text("As `musubime plan` wrote it. Its other files are made anew here.")))


class Rename(forms.Form):
    name = forms.CharField(label=said(text("Name of the plan")), max_length=120)
