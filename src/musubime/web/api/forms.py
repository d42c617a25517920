"""The form of a new token."""

from __future__ import annotations

from django import forms
from django.utils.functional import lazystr

from musubime.language import text

from .models import Scope

SCOPES = (
    (Scope.PLACES.value, text("Regions of our area that are not public")),
    (Scope.PLANS.value, text("Plans of our area that are not published")),
    (Scope.SURVEYS.value, text("Survey returns and tables of our area that are not published")),
)
DAYS = ((30, text("30 days")), (365, text("One year")), (1095, text("Three years")))


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, label=lazystr(text("What it is for")))
    scopes = forms.MultipleChoiceField(
        choices=SCOPES, required=False, widget=forms.CheckboxSelectMultiple,
        label=lazystr(text("What it opens beyond what is public")),
    )
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=365, label=lazystr(text("Valid for")))
