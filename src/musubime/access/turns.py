"""Turn rules: only the junctions that have any are taken apart, so that the roads stay a graph of nodes and arcs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.language import text
from musubime.provenance import Ledger
from musubime.region import Floats, Ints, TurnRule

_SAME_DEGREES = 1e-7  # about a centimetre: the junction of a rule, and a vertex of its roads
_U_TURN = "no_u_turn"

End = tuple[int, int]  # piece, and 0 its start or 1 its end


@dataclass(frozen=True)
class Ends:
    """Where pieces begin and end for one profile. lon, lat: (pieces, 2) of the first and last vertex; node: (pieces,
    2) junctions; line: (pieces,) position in Roads."""

    lon: Floats
    lat: Floats
    node: Ints
    line: Ints


@dataclass(frozen=True)
class Split:
    """Junctions taken apart. exits: (pieces, 2) the node one comes to by the start and by the end of a piece;
    entries: (pieces, 2) the node from which one enters it there; both are the junction where every turn is allowed.
    extra: (new nodes,) the junction at which each stands; they are numbered after the junctions. tail, head: (turns,)
    the allowed turns, which take no time. banned: (turns, 4) piece and end one comes by, piece and end one may not
    go on by.
    """

    exits: Ints
    entries: Ints
    extra: Ints
    tail: Ints
    head: Ints
    banned: Ints


def split_junctions(rules: Sequence[TurnRule], ends: Ends, nodes: int, ledger: Ledger | None = None) -> Split:
    """Take apart the junctions at which some turn is forbidden: each end of a piece there gets a node to come by and
    one to leave by, joined where one may turn. A turn back is allowed unless a rule forbids it, as everywhere else.
    """
    banned = _banned(rules, ends, ledger)
    exits, entries = ends.node.copy(), ends.node.copy()
    flat = ends.node.reshape(-1)
    apart = np.unique([ends.node[piece, side] for piece, side, *_ in banned]).astype(np.int64)
    if not len(apart):
        none = np.zeros(0, dtype=np.int64)
        return Split(exits, entries, none, none, none, np.zeros((0, 4), dtype=np.int64))
    here = np.flatnonzero(np.isin(flat, apart))
    here = here[np.argsort(flat[here], kind="stable")]
    extra = np.repeat(flat[here], 2)
    exits.reshape(-1)[here] = nodes + 2 * np.arange(len(here))
    entries.reshape(-1)[here] = nodes + 2 * np.arange(len(here)) + 1
    # Every way in to every way out of the same junction, but for the forbidden ones.
    count = np.bincount(np.searchsorted(apart, flat[here]))
    first = np.cumsum(count) - count
    come = np.repeat(np.arange(len(here)), np.repeat(count, count))
    go = np.concatenate([np.tile(np.arange(f, f + c), c) for f, c in zip(first, count, strict=True)])
    forbidden = {((p, s), (q, t)) for p, s, q, t in banned}
    at = [(int(end) // 2, int(end) % 2) for end in here]
    allowed = np.array([(at[a], at[b]) not in forbidden for a, b in zip(come, go, strict=True)], dtype=bool)
    return Split(
        exits, entries, extra, exits.reshape(-1)[here[come[allowed]]], entries.reshape(-1)[here[go[allowed]]],
        np.array(sorted(banned), dtype=np.int64).reshape(-1, 4),
    )


def _banned(rules: Sequence[TurnRule], ends: Ends, ledger: Ledger | None) -> set[tuple[int, int, int, int]]:
    """Every forbidden turn as (piece, end, piece, end). Rules that do not say which end they mean are noted."""
    if not len(rules):
        return set()
    of_line: dict[int, list[int]] = {}
    wanted = {rule.from_line for rule in rules} | {rule.to_line for rule in rules}
    for piece in np.flatnonzero(np.isin(ends.line, sorted(wanted))):
        of_line.setdefault(int(ends.line[piece]), []).append(int(piece))
    at_node: dict[int, list[End]] = {}
    order = np.argsort(ends.node.reshape(-1), kind="stable")
    for end in order:
        at_node.setdefault(int(ends.node.reshape(-1)[end]), []).append((int(end) // 2, int(end) % 2))

    def near(line: int, rule: TurnRule) -> list[End]:
        pieces = np.array(of_line.get(line, ()), dtype=np.int64)
        close: NDArray[np.bool_] = (np.abs(ends.lon[pieces] - rule.lon) < _SAME_DEGREES) & (
            np.abs(ends.lat[pieces] - rule.lat) < _SAME_DEGREES)
        return [(int(pieces[k]), int(side)) for k, side in np.argwhere(close)]

    no: set[tuple[End, End]] = set()
    only: dict[End, set[End]] = {}
    unclear: list[str] = []
    for rule in rules:
        come, go = near(rule.from_line, rule), near(rule.to_line, rule)
        if not come or not go:
            if rule.from_line in of_line and rule.to_line in of_line:
                unclear.append(rule.kind)
            continue  # one of the roads carries nobody in this profile
        if rule.kind == _U_TURN and rule.from_line == rule.to_line:
            no |= {(end, end) for end in come}
        elif len(come) > 1 or len(go) > 1:
            unclear.append(rule.kind)  # inside a line: which way is meant cannot be told
        elif rule.kind.startswith("only_"):
            only.setdefault(come[0], set()).add(go[0])
        else:
            no.add((come[0], go[0]))
    for end, allowed in only.items():
        no |= {(end, other) for other in at_node[int(ends.node[end])] if other not in allowed}
    if ledger is not None:
        ledger.note("dropped", text("Turn rules whose roads do not both end at their junction are not obeyed."),
                    count=len(unclear), examples=sorted(set(unclear)))
    return {(*a, *b) for a, b in no}
