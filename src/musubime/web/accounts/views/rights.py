"""The table of rights, for everybody to read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from musubime.language import Text, text, verbatim

from ..models import Kind, Role
from ..rights import ADMINISTRATOR, ANYONE, PERSONAL, RIGHTS, SIGNED_IN, may
from ..words import EVERYONE, KINDS, RIGHT_WORDS, SHORT_ROLES


def cell(allowed: frozenset[str], kind: Kind) -> Text | None:
    """Which roles of a kind of organisation a right names; None for none of them."""
    if allowed & {ANYONE, SIGNED_IN}:
        return text("All")
    named = [role for role in Role if f"{kind}.{role}" in allowed]
    if not named:
        return None
    if len(named) == len(Role):
        return text("All")
    if len(named) == 1:
        return SHORT_ROLES[named[0]]
    return text("{first}, {second}", first=SHORT_ROLES[named[0]], second=SHORT_ROLES[named[1]])


@may("accounts.rights")
def table(request: HttpRequest) -> HttpResponse:
    rows = [{
        "words": RIGHT_WORDS.get(right, verbatim(right)), "personal": right in PERSONAL,
        "anyone": ANYONE in allowed, "signed_in": bool(allowed & {ANYONE, SIGNED_IN}),
        "administrator": bool(allowed & {ANYONE, SIGNED_IN, ADMINISTRATOR}),
        "cells": [cell(allowed, kind) for kind in Kind],
    } for right, allowed in RIGHTS.items()]
    heads = [EVERYONE[ANYONE], EVERYONE[SIGNED_IN], EVERYONE[ADMINISTRATOR], *(KINDS[kind] for kind in Kind)]
    return render(request, "accounts/rights.html", {"rows": rows, "heads": heads})
