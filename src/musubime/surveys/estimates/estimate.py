"""How many people a sample stands for: weights that meet the population, totals, and how sure they are.

Model-assisted and conditional on the post-strata: an internet panel is not a probability sample, and no interval
holds what its members differ in from others of their area, sex and age.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger

from .cells import collapse, describe, match
from .model import RELATED, Cell, Classification, Estimate, Floats, Ints, Margin, Pair, Respondents, Total, in_words
from .replicates import bootstrap_totals, bootstrap_weights

SWEEPS = 500
TOLERANCE = 1e-10
MOST_EXAMPLES = 5
MOST_NUMBERS = 250_000_000
"""Figures or weights of all replicates together: 1 to 2 GB."""


def estimate(
    respondents: Respondents, margins: Sequence[Margin], rules: Classification, ledger: Ledger, *,
    min_cell: int = 30, replicates: int = 500, level: float = 0.95, seed: int = 1, keep_replicates: bool = False,
) -> Estimate:
    """Expand a sample to the population: post-stratified to one table, raked to several.

    min_cell: a post-stratum with fewer respondents is put together with the nearest. Respondents whose cell the
    population does not have are left out, with a note. Totals and linearised errors are svy's (equal to R's survey);
    the bootstrap resamples respondents (or psu within strata) and weights each replicate anew, which also serves
    domains of ties. Raises InputError when nobody matches, or the tables are of different populations.
    """
    margins = _alike(margins, ledger)
    if margins[0].people.sum() < len(respondents.ids):
        raise InputError(Fault(
            text("The population ({people:,.0f}) is smaller than the number of respondents ({respondents:,}).",
                 people=margins[0].people.sum(), respondents=len(respondents.ids)),
            text("Give the population that was sampled; if it is in thousands, write （千人） behind its heading."),
            file=margins[0].source))
    cell_of = np.array([match(respondents, margin) for margin in margins])
    people = _leave_out(respondents, cell_of, margins, ledger)
    cell_of = cell_of[:, (cell_of >= 0).all(axis=0)]
    groups: list[Ints] = []
    cells: list[Cell] = []
    for number, (margin, at) in enumerate(zip(margins, cell_of, strict=True)):
        counts = np.bincount(at, minlength=len(margin.people))
        group = collapse(margin, counts, max(min_cell, 2))
        groups.append(group)
        cells += describe(number, margin, group, counts)
        _note_empty_areas(margin, counts, ledger)
    group_of = np.array([group[at] for group, at in zip(groups, cell_of, strict=True)])
    targets = [np.bincount(group, weights=margin.people).astype(np.float64)
               for group, margin in zip(groups, margins, strict=True)]
    _note_collapsed(cells, ledger)

    counted = [rules.classes[c].counted if c in rules.classes else False for c in people.class_ids]
    names, member = _domains(people, rules, counted)
    weights, taylor = _linearised(people, group_of, targets, member, level, margins)
    if not np.isfinite(taylor).all():
        ledger.note("missing", text("There is no standard error: it takes two respondents, or two units (psu) in one "
                                    "stratum, at least."), count=len(people.ids))
    total_people = float(targets[0].sum())
    pair_names, pair_rows, pair_values = _pairs(people, counted)
    _check_size(replicates, len(people.ids) if keep_replicates else len(names) + len(pair_names))
    boot = bootstrap_totals(people, group_of, targets, member, (pair_rows, pair_values + len(names)),
                            len(names) + len(pair_names), replicates, seed) if replicates else None

    def total(name: str, at: int, mask: Any, linear: tuple[float, float, float] | None) -> Total:
        value, nothing = float(weights[mask].sum()), (np.nan, np.nan, np.nan)
        if not 0 < mask.sum() < len(mask):  # nobody, or everybody: the sample does not show how it varies
            return Total(name, int(mask.sum()), value, value / total_people, *nothing, *nothing)
        drawn = nothing
        if boot is not None:
            low, high = np.quantile(boot[:, at], [(1 - level) / 2, (1 + level) / 2])
            drawn = (float(np.sqrt(((boot[:, at] - value) ** 2).mean())), float(low), float(high))
        se, low, high = linear or nothing
        low, high = (float(np.clip(end, 0, total_people)) for end in (low, high))
        return Total(name, int(mask.sum()), value, value / total_people, se, low, high, *drawn)

    totals = tuple(total(name, at, member[:, at], taylor[at]) for at, name in enumerate(names))
    pairs = []
    for at, (area, destination) in enumerate(pair_names):
        mask = np.zeros(len(weights), dtype=bool)
        mask[pair_rows[pair_values == at]] = True
        pairs.append(Pair(area, destination, total(f"{area} > {destination}", len(names) + at, mask, None)))
    return Estimate(
        rules, "post-stratification" if len(margins) == 1 else "raking", people, total_people, totals, tuple(pairs),
        tuple(cells), weights, float(1 + np.var(weights) / np.mean(weights) ** 2), replicates, level, seed,
        bootstrap_weights(people, group_of, targets, replicates, seed) if keep_replicates and replicates else None,
    )


def _alike(margins: Sequence[Margin], ledger: Ledger) -> list[Margin]:
    """Tables of one population must have its total; small differences of rounding are scaled to the first."""
    total = margins[0].people.sum()
    out = [margins[0]]
    for margin in margins[1:]:
        own = margin.people.sum()
        if abs(own / total - 1) > 0.01:
            raise InputError(Fault(
                text("The tables are of different populations: {first:,.0f} and {second:,.0f} people.", first=total,
                     second=own),
                text("Give tables of one date, area and range of ages."), file=margin.source,
            ))
        if own != total:
            ledger.note("assumption", text("A table's people were scaled to those of the first ({first:,.0f}).",
                                           first=total), count=round(abs(own - total)), source=margin.source)
        out.append(replace(margin, people=margin.people * (total / own)))
    return out


def _leave_out(people: Respondents, cell_of: Ints, margins: Sequence[Margin], ledger: Ledger) -> Respondents:
    for margin, at in zip(margins, cell_of, strict=True):
        lost = np.flatnonzero(at < 0)
        if not len(lost):
            continue
        examples = sorted({
            " ".join(filter(None, (people.area[i], people.sex[i], f"{people.age_from[i]:g}"))) for i in lost[:200]
        })[:MOST_EXAMPLES]
        if "area" in margin.variables and not any(people.area):
            raise InputError(Fault(
                text("The population is by area, and the answers name none."),
                text("Add the column 居住地 (area) to the answers, or give a population that is not by area."),
                file=margin.source))
        if len(lost) == len(at):
            raise InputError(Fault(
                text("No respondent stands in a cell of the population ({examples}).",
                     examples=in_words("; ".join(examples))),
                text("Write areas alike in both files, and give age classes that lie within the table's."),
                file=margin.source,
            ))
        ledger.note("dropped", text("Respondents whose cell the population table does not have were left out."),
                    count=len(lost), source=margin.source, examples=examples)
    kept = np.asarray((cell_of >= 0).all(axis=0))
    if kept.all():
        return people
    if not kept.any():
        raise InputError(Fault(text("No respondent is left to estimate from."),
                               text("Give answers with sex and age.")))
    new, ties = np.cumsum(kept) - 1, kept[people.tie_person]

    def some(words: tuple[str, ...], mask: Any) -> tuple[str, ...]:
        return tuple(word for word, keep in zip(words, mask, strict=True) if keep)

    return Respondents(
        some(people.ids, kept), some(people.sex, kept), people.age_from[kept], people.age_to[kept],
        some(people.area, kept), people.weight[kept], people.stratum[kept], people.psu[kept], people.class_ids,
        people.class_of[kept], new[people.tie_person[ties]], people.tie_class[ties], some(people.destination, ties),
        people.stopped,
    )


def _check_size(replicates: int, each: int) -> None:
    if replicates * each > MOST_NUMBERS:
        raise InputError(Fault(
            text("{replicates:,} replicates of {each:,} numbers each do not fit into memory.", replicates=replicates,
                 each=each),
            text("Ask for {most:,} replicates at most.", most=MOST_NUMBERS // each), field="--replicates",
            value=str(replicates)))


def _note_collapsed(cells: Sequence[Cell], ledger: Ledger) -> None:
    joined = [cell for cell in cells if len(cell.parts) > 1]
    ledger.note("assumption", text("Post-strata with too few respondents were put together."), count=len(joined),
                examples=[" + ".join(cell.parts) for cell in joined[:MOST_EXAMPLES]])


def _note_empty_areas(margin: Margin, counts: Ints, ledger: Ledger) -> None:
    """Areas that no respondent lives in: their people take the answers of others."""
    if "area" not in margin.variables:
        return
    people: dict[str, float] = {}
    answered = {area for area, n in zip(margin.area, counts, strict=True) if n}
    for area, n in zip(margin.area, margin.people, strict=True):
        if area not in answered:
            people[area] = people.get(area, 0.0) + float(n)
    ledger.note("assumption", text("Areas in which nobody answered were estimated from the answers of other areas."),
                count=len(people), source=margin.source,
                examples=[f"{area} {n:,.0f}" for area, n in list(people.items())[:MOST_EXAMPLES]])


def _domains(people: Respondents, rules: Classification, counted: Sequence[bool]) -> tuple[list[str], Any]:
    """Classes, then groups, then everybody counted: names, and (persons, domains) who belongs to which."""
    class_group = [rules.classes[c].group if c in rules.classes else "" for c in people.class_ids]
    names, columns = list(people.class_ids), [people.class_of == i for i in range(len(people.class_ids))]
    for group in rules.groups:
        if group in people.class_ids:
            continue  # the one class of this group, by the same name
        names.append(group)
        columns.append(np.array([g == group for g in class_group])[people.class_of])
    names.append(RELATED)
    columns.append(np.array(counted)[people.class_of])
    return names, np.column_stack(columns)


def _pairs(people: Respondents, counted: Sequence[bool]) -> tuple[list[tuple[str, str]], Ints, Ints]:
    """Home and destination of counted ties: names, person and pair of each; a person once in each pair."""
    ties = np.flatnonzero(np.array(counted)[people.tie_class] & np.array([d != "" for d in people.destination]))
    keys = [(people.area[people.tie_person[t]], people.destination[t]) for t in ties]
    names = sorted(set(keys))
    at = {name: i for i, name in enumerate(names)}
    both = np.unique(np.array([(people.tie_person[t], at[key]) for t, key in zip(ties, keys, strict=True)],
                              dtype=np.int64).reshape(-1, 2), axis=0)
    return names, both[:, 0], both[:, 1]


def _linearised(
    people: Respondents, group_of: Ints, targets: Sequence[Floats], member: Any, level: float,
    margins: Sequence[Margin],
) -> tuple[Floats, list[tuple[float, float, float]]]:
    """Weights, and standard error and interval of each domain, by svy."""
    import polars as pl
    import svy

    ones = np.unique(people.stratum, return_counts=True)[1]
    frame: dict[str, Any] = {"w": people.weight, "psu": people.psu, "stratum": people.stratum}
    frame |= {f"g{m}": at for m, at in enumerate(group_of)}
    frame |= {f"y{d}": member[:, d].astype(np.float64) for d in range(member.shape[1])}
    clustered = len(np.unique(people.psu)) < len(people.ids)
    design: dict[str, Any] = {"wgt": "w"}
    if clustered:
        design["psu"] = "psu"
    if len(ones) > 1:
        design |= {"stratum": "stratum", "singleton": "center"}
    sample: Any = svy.Sample(pl.DataFrame(frame), svy.Design(**design))
    controls = [{g: float(n) for g, n in enumerate(target)} for target in targets]
    if len(targets) == 1:
        sample = sample.weighting.poststratify(controls=controls[0], cells="g0", wgt_name="final")
    else:
        try:
            sample = sample.weighting.rake(controls={f"g{m}": c for m, c in enumerate(controls)}, wgt_name="final",
                                           tol=TOLERANCE, max_iter=SWEEPS)
        except svy.errors.WeightingError as error:
            raise _not_met(group_of, margins) from error
    weights = sample.data["final"].to_numpy()
    # one by one: given a list, svy 0.35 leaves the calibration out of the variance
    found = [sample.estimation.total(f"y{d}", alpha=1 - level) for d in range(member.shape[1])]
    rows = [one.to_polars().row(0, named=True) for one in found]
    return np.asarray(weights), [(float(r["se"]), float(r["lci"]), float(r["uci"])) for r in rows]


def _not_met(group_of: Ints, margins: Sequence[Margin]) -> InputError:
    """Tables that cannot be met at once: some of their combinations have people, as it seems, and no respondent."""
    several = [len(np.unique(at)) for at in group_of]
    met = len(np.unique(group_of, axis=1).T)
    return InputError(Fault(
        text("No weights meet all tables at once: of {all:,} combinations of their cells, {met:,} have respondents.",
             all=int(np.prod(several)), met=met),
        text("Give one table by all of them, or raise --min-cell so that small cells are put together, or leave a "
             "table out."), file=", ".join(dict.fromkeys(margin.source for margin in margins))))
