"""What people decide about a wave: a query is settled, one of two returns counts, a prefecture signs off.

Each decision is one line of an append-only log, with who and when in plain words, and carries the hash of the line
before it. A sign-off names the hash of every return it covers: a return that changes afterwards is no longer signed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from musubime.errors import Fault, InputError
from musubime.language import text

from .receipts import append
from .wave import Standing, Wave

LOG = "decisions.jsonl"


@dataclass(frozen=True)
class SignOff:
    """What was signed. hash: of all returns' hashes together. left: queried or missing, and so not signed."""

    by: str
    at: str
    hash: str
    signed: tuple[str, ...]
    left: tuple[str, ...]


def _who(by: str) -> str:
    if not by.strip():
        raise InputError(
            Fault(text("Nobody is named."), text('Say who decides with --by, for example --by "Name, office".'))
        )
    return by.strip()


def settle(wave: Wave, code: str, finding: str, by: str, note: str, now: str) -> None:
    """A query is answered: the municipality says that it is right. Faults are not settled but corrected.

    Raises InputError when there is no such open query.
    """
    standing = _standing(wave, code)
    match = next((f for f in standing.open if f["id"] == finding), None)
    if match is None or standing.current is None or match["kind"] != "query" or finding == "two_returns":
        ids = [f["id"] for f in standing.open if f["kind"] == "query" and f["id"] != "two_returns"]
        raise InputError(
            Fault(
                text("There is no open query of this id."),
                text(
                    "Open queries: {ids}. A fault is corrected in the workbook and sent again.",
                    ids=", ".join(ids) or "–",
                ),
                value=finding,
            )
        )
    append(
        wave.folder / LOG,
        [
            {
                "kind": "settle",
                "code": code,
                "version": standing.current.id,
                "finding": finding,
                "by": _who(by),
                "note": note,
                "at": now,
            }
        ],
    )


def use(wave: Wave, code: str, version: str, by: str, note: str, now: str) -> None:
    """Of several returns of one municipality, this one counts. `version`: its id, or the beginning of it."""
    usable = [v for v in wave.versions if v.code == code and v.usable]
    match = [v for v in usable if len(version) >= 6 and v.id.startswith(version)]
    if len(match) != 1:
        raise InputError(
            Fault(
                text("There is no return of this id."),
                text("Give one of: {ids}.", ids=", ".join(v.id[:12] for v in usable) or "–"),
                value=version,
            )
        )
    append(wave.folder / LOG, [{
        "kind": "use", "code": code, "version": match[0].id, "by": _who(by), "note": note, "at": now,
    }])


def sign_off(
    wave: Wave, by: str, now: str, *, prefecture: str = "", code: str = "", partly: bool = False, note: str = ""
) -> SignOff:
    """Sign all returns of a wave, a prefecture or one municipality that nothing is open about.

    Raises InputError naming everything that is still open or missing, unless `partly`.
    """
    inside = {
        c: s for c, s in wave.standings().items() if (not prefecture or c[:2] == prefecture) and (not code or c == code)
    }
    clean = {c: s for c, s in inside.items() if s.state in ("submitted", "accepted") and s.current is not None}
    left = [c for c in inside if c not in clean]
    if not inside or not clean:
        raise InputError(
            Fault(
                text("There is nothing to sign off."),
                text("Check returns first, and settle what is open."),
                value=code or prefecture,
            )
        )
    if left and not partly:
        raise InputError(
            [
                Fault(
                    text("{name} is not ready to be signed off.", name=wave.places.name(c) or c),
                    text("Ask for its return.")
                    if inside[c].state == "missing"
                    else text(
                        "Settle its {count} open points, or sign the others with --partly.", count=len(inside[c].open)
                    ),
                    value=c,
                )
                for c in left
            ]
        )
    returns = {c: s.current.hash for c, s in sorted(clean.items()) if s.current is not None}
    total = hashlib.sha256(json.dumps(returns, sort_keys=True).encode()).hexdigest()
    append(wave.folder / LOG, [{
        "kind": "sign-off", "by": _who(by), "note": note, "at": now, "hash": total, "returns": returns, "left": left,
    }])
    return SignOff(by.strip(), now, total, tuple(returns), tuple(left))


def _standing(wave: Wave, code: str) -> Standing:
    standing = wave.standings().get(code)
    if standing is None:
        raise InputError(Fault(text("No municipality of this wave has this code."),
                               text("Give five digits, or six with the check digit."), value=code))
    return standing
