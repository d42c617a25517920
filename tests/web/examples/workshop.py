"""One plan of 岩国市 with a variant and a comment, for the test that opens every address as everybody."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workshop"))

import trial_workshop

from musubime.web.workshop import asks as a
from musubime.web.workshop.models import Comment, Variant


def addresses() -> dict[str, dict[str, object]]:
    plan = trial_workshop.published_plan("roleplan")
    trial_workshop.opened(plan)
    asks = (a.Hubs(most=3),)
    variant = Variant.objects.create(
        key=a.key_of(plan.key, asks), plan=plan, asks=a.kept_of(asks), name="Three at most")
    comment = Comment.objects.create(variant=variant, voice="a voice", words="Too far for my mother.")
    of_plan = ("board", "view", "ground", "variants", "compare", "desk", "hold", "export_json", "export_csv")
    of_variant = ("variant", "ask", "state", "share", "paper", "name", "vote", "comment", "decide_name")
    return (
        {"workshop:list": {}} | {f"workshop:{name}": {"plan": plan.key} for name in of_plan}
        | {f"workshop:{name}": {"plan": plan.key, "key": variant.key} for name in of_variant}
        | {"workshop:decide": {"plan": plan.key, "number": comment.pk}}
    )
