"""Words for states and actions."""

from __future__ import annotations

from collections.abc import Mapping

from musubime.language import Text, text

from .models import Action, State

STATES: Mapping[str, Text] = {
    State.MISSING: text("Not begun"), State.DRAFT: text("Being filled in"), State.SUBMITTED: text("Submitted"),
    State.RETURNED: text("Sent back"), State.ACCEPTED: text("Accepted"),
}
GOOD = frozenset((State.SUBMITTED, State.ACCEPTED))
ACTIONS: Mapping[str, Text] = {
    Action.TYPED: text("Typed into the form"), Action.UPLOADED: text("Workbook read"),
    Action.CARRIED: text("Last answers carried over"), Action.CHOSEN: text("Chosen between two values"),
    Action.SUBMITTED: text("Submitted"), Action.WITHDRAWN: text("Taken back to change it"),
    Action.RETURNED: text("Sent back"), Action.ACCEPTED: text("Accepted"),
}
