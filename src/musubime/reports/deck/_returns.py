"""Slides from returns of surveys: of the nation or a prefecture counted, of one municipality as it answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from musubime.language import Text, text, verbatim
from musubime.studies.deck_facts import DeckFacts, Listing, SurveyFacts
from musubime.surveys import tables

from . import _say as say
from ._layout import LEAST_PT
from ._measure import width_pt
from ._shared import described
from .model import Block, Cell, Chart, Evidence, Series, Slide, Table, Tone

_MOST_BARS = 12  # in half a slide's height; more take a slide of their own
_MOST_COLUMNS = 48
_MOST_NAME_PT = 190.0


def returns_slides(facts: DeckFacts) -> Iterator[Slide]:
    """Every slide that the returns give."""
    by_name = {one.survey: one for one in facts.surveys}
    if facts.area.kind == "municipality":
        for name in _SUBJECTS:
            if name in by_name:
                yield from _own(facts, by_name[name])
        if (settlements := by_name.get("settlements")) is not None:
            yield from _settlements(facts, settlements)
        return
    if (hubs := by_name.get("small-hubs")) is not None:
        yield from _formation(facts, hubs)
    for name, make in (("small-hubs", _hubs), ("rmo", _rmos), ("settlements", _settlements),
                       ("related-population", _related)):
        if (one := by_name.get(name)) is not None:
            yield from make(facts, one)
    for one in facts.surveys:
        if one.survey not in ("small-hubs", "rmo", "settlements", "related-population"):
            yield from _any(facts, one)
        yield from _changes(facts, one)


def _slide(
    facts: DeckFacts, one: SurveyFacts, key: str, origin: int, title: Text, rows: Sequence[Sequence[Block]],
    shown: Sequence[tables.Table], *, lead: Sequence[Text] = (), also: tuple[int, ...] = (),
) -> Slide:
    evidences = [say.evidence(t) for t in shown]
    named = text("{title} ({area}, FY{year})", title=title, area=facts.area.name, year=one.fiscal_year)
    said = lead if facts.area.kind == "municipality" else (*lead, _answered(one))
    return Slide(key, origin, named, tuple(said), tuple(tuple(row) for row in rows if row),
                 say.source_line(evidences), tuple(evidences), (), (), also)


def _answered(one: SurveyFacts) -> Text:
    return text("{answered} of {asked} asked returned the questionnaire.", answered=f"{one.answered:,}",
                asked=f"{one.asked:,}")


def bars(table: tables.Table, count: str = "count", share: str = "share", tone: Tone = "blue", weight: float = 1.0,
         title: Text | None = None) -> Chart:
    """How often each answer was given, its printed share beside its name; nothing that nobody was asked."""
    rows = [r for r in say.parts(table) if table.value(r, count) is not None]
    names = tuple(text("{name} ({share})", name=table.row(r).head, share=table.printed(r, share) or say.DASH)
                  for r in rows)
    of = table.column(count)
    series = (Series(of.head, say.column(table, count, rows), tone),)
    named = text("{title}, N = {n}", title=title or table.title, n=f"{table.n:,}") if table.n is not None else (
        title or table.title)
    return Chart("bars", named, described("bars", named, names, series), names, series, verbatim(""), weight=weight)


def _usable(one: SurveyFacts, *names: str) -> list[tables.Table]:
    """The tables of these names that count something."""
    found = (one.tables.get(name) for name in names)
    return [t for t in found if t is not None and any(t.value(r, "count" if "count" in _ids(t) else _ids(t)[0])
                                                      for r in say.parts(t))]


def _ids(table: tables.Table) -> list[str]:
    return [column.id for column in table.columns]


def _formation(facts: DeckFacts, one: SurveyFacts) -> Iterator[Slide]:
    """Both counts of hubs, those in the strategy and all, each in its own table."""
    names = ("hubs_in_strategy_by_class", "hubs_all_by_class")
    found = [t for name in names if (t := one.tables.get(name)) is not None]
    if found:
        yield _slide(facts, one, "returns_formation", 3, text("Small hubs by class of municipality"),
                     [(_by_class(t),) for t in found], found, lead=[_units_lead(t) for t in found])


def _by_class(table: tables.Table) -> Table:
    return say.shown(table, columns=["asked", "n", "with", "share", "units"], largest_pt=14)


def _units_lead(table: tables.Table) -> Text:
    return text("{title}: {units} in {towns} municipalities ({share} of those that answered).", title=table.title,
                units=table.printed("total", "units"), towns=table.printed("total", "with"),
                share=table.printed("total", "share") or say.DASH)


def _by_place(
    facts: DeckFacts, one: SurveyFacts, key: str, origin: int, title: Text, table: tables.Table, column: str,
    above: tables.Table | None = None,
) -> Iterator[Slide]:
    """Columns for each prefecture or municipality; as many slides as there are places for. above: a table over them."""
    rows = [r for r in say.parts(table) if table.value(r, column) is not None]
    of = table.column(column)
    groups = [rows[n:n + _MOST_COLUMNS] for n in range(0, len(rows), _MOST_COLUMNS)]
    for n, group in enumerate(groups, start=1):
        names = say.heads(table, group)
        series = (Series(of.head, say.column(table, column, group), "blue"),)
        named = title if len(groups) == 1 else text("{title} ({page} of {pages})", title=title, page=n,
                                                    pages=len(groups))
        chart = Chart("columns", of.head, described("columns", of.head, names, series), names, series, of.unit)
        first = above if n == 1 else None
        yield _slide(facts, one, f"{key}_{n}", origin if n == 1 else 0, named,
                     [*([(_by_class(first),)] if first else []), (chart,)], [*([first] if first else []), table],
                     lead=[_units_lead(first)] if first else ())


def _hubs(facts: DeckFacts, one: SurveyFacts) -> Iterator[Slide]:
    status, presence = one.tables.get("hub_status"), _usable(one, "hubs_rmo_in_strategy")
    row: list[Block] = []
    if status is not None:
        row.append(bars(status, "total", "share", "blue", 1.3))
    row += [bars(t, tone="green") for t in presence]
    shown = [t for t in (status, *presence) if t is not None]
    if row:
        yield _slide(facts, one, "returns_hubs", 4, text("Small hubs: what the municipalities answered"), [row], shown)
    place = one.units if facts.area.kind == "prefecture" else one.tables.get("hubs_in_strategy_by_prefecture")
    if place is not None:
        column = "in_strategy" if facts.area.kind == "prefecture" else "units"
        if column in _ids(place):
            title = text("Small hubs in the strategy by municipality") if facts.area.kind == "prefecture" else text(
                "Small hubs in the strategy by prefecture")
            yield from _by_place(facts, one, "returns_hubs_places", 0, title, place, column)
    if several := _usable(one, "hubs_facilities_in_strategy", "hubs_transport_in_strategy"):
        yield from _charts(facts, one, "returns_hub_facilities", 0, text("Small hubs in the strategy: what they have"),
                           several)


def _rmos(facts: DeckFacts, one: SurveyFacts) -> Iterator[Slide]:
    place = one.units if facts.area.kind == "prefecture" else one.tables.get("rmos_by_prefecture")
    if place is not None:
        title = text("RMOs by municipality") if facts.area.kind == "prefecture" else text("RMOs by prefecture")
        yield from _by_place(facts, one, "returns_rmo_places", 5, title, place,
                             "rmos" if facts.area.kind == "prefecture" else "units", one.tables.get("rmos_by_class"))
    yield from _charts(facts, one, "returns_rmo_activities", 2, text("What RMOs do"), _usable(one, "rmo_activities"))
    yield from _charts(facts, one, "returns_rmo_form", 0, text("What RMOs are"),
                       _usable(one, "rmo_legal_form", "rmo_structure", "rmo_has_base", "rmo_base"))
    yield from _charts(facts, one, "returns_rmo_issues", 11, text("What RMOs find hard"), _usable(one, "rmo_issues"))
    income = one.tables.get("rmo_income")
    if income is not None:
        counts = ("any", "any_share") if "any" in _ids(income) else ("count", "share")
        yield _slide(facts, one, "returns_rmo_income", 0, text("What RMOs live on"), [(bars(income, *counts),)],
                     [income])


def _settlements(facts: DeckFacts, one: SurveyFacts) -> Iterator[Slide]:
    people, ageing = one.tables.get("settlement_people"), _usable(one, "settlement_ageing")
    rows: list[Sequence[Block]] = []
    if people is not None:
        rows.append((say.shown(people, largest_pt=14),))
    rows.append([bars(t, tone="orange") for t in ageing])
    shown = [t for t in (people, *ageing) if t is not None]
    if shown:
        yield _slide(facts, one, "returns_settlements", 9, text("Settlements and their people"), rows, shown, also=(8,))
    support = one.tables.get("settlement_prognosis_support")
    if support is not None:
        yield _slide(facts, one, "returns_support", 10, text("Settlements by prognosis and support personnel"),
                     [(say.shown(support, largest_pt=14),), (_support_chart(support),)], [support])
    yield from _charts(facts, one, "returns_problems", 0, text("Settlements: problems, services and transport"),
                       _usable(one, "settlement_problems", "settlement_services", "settlement_transport"))
    yield from _charts(facts, one, "returns_functions", 0, text("Settlements: what they still do together"),
                       _usable(one, "settlement_mutual_help", "settlement_production", "settlement_resources"))


def _support_chart(table: tables.Table) -> Chart:
    rows = say.parts(table)
    names = say.heads(table, rows)
    series = (Series(table.column("yes").head, say.column(table, "yes", rows), "green"),
              Series(table.column("no").head, say.column(table, "no", rows), "pale"))
    return Chart("stacked_bars", table.title, described("stacked_bars", table.title, names, series), names, series,
                 text("settlements"))


def _related(facts: DeckFacts, one: SurveyFacts) -> Iterator[Slide]:
    yield from _charts(facts, one, "returns_related", 18, text("What local governments do for related population"),
                       _usable(one, "related_did", "related_strategy_mention", "related_measures"))
    yield from _charts(facts, one, "returns_related_issues", 0, text("Related population: what is hard"),
                       _usable(one, "related_issues"))


def _any(facts: DeckFacts, one: SurveyFacts) -> Iterator[Slide]:
    """A survey of one's own: every question that was answered."""
    usable = [t for t in one.tables.values() if {"count", "share"} <= set(_ids(t))]
    yield from _charts(facts, one, f"returns_{one.survey}", 0, one.title, usable)


def _charts(
    facts: DeckFacts, one: SurveyFacts, key: str, origin: int, title: Text, shown: Sequence[tables.Table]
) -> Iterator[Slide]:
    """Bars of several tables: two side by side, or one alone where it has many answers."""
    groups: list[list[tables.Table]] = []
    for table in shown:
        if groups and not _long(table) and len(groups[-1]) < 2 and not _long(groups[-1][0]):
            groups[-1].append(table)
        else:
            groups.append([table])
    tones: tuple[Tone, Tone] = ("blue", "green")
    for n, group in enumerate(groups, start=1):
        named = title if len(groups) == 1 else text("{title} ({page} of {pages})", title=title, page=n,
                                                    pages=len(groups))
        yield _slide(facts, one, f"{key}_{n}", origin if n == 1 else 0, named,
                     [[bars(t, tone=tones[k]) for k, t in enumerate(group)]], group)


def _long(table: tables.Table) -> bool:
    """Whether its answers are too many, or too long, for half a slide."""
    names = say.heads(table, say.parts(table))
    return len(names) > _MOST_BARS or any(width_pt(name.to("ja"), LEAST_PT) > _MOST_NAME_PT for name in names)


def _changes(facts: DeckFacts, one: SurveyFacts) -> Iterator[Slide]:
    """What changed since the wave before, on those who answered both times."""
    for table in one.tables.values():
        if "change" in table.id and table.id != "settlement_changes":
            yield _slide(facts, one, f"returns_{table.id}", 0, text("Change since the last survey"),
                         [(say.shown(table, largest_pt=14),)], [table])


def _own(facts: DeckFacts, one: SurveyFacts) -> Iterator[Slide]:
    """One municipality: its answers, and below them what it described one by one."""
    told = [part for part in (one.answers, one.listing) if part is not None and part.rows]
    if not told:
        return
    origin = {"small-hubs": 4, "rmo": 5, "related-population": 18}.get(one.survey, 0)
    lines = [text("{question}: {answer}", question=q, answer=a) for q, a in (one.answers.rows if one.answers else ())]
    found = Evidence(one.title, tuple(lines), text("as the municipality answered"), f"FY{one.fiscal_year}", one.title)
    named = text("{subject} of {area}, FY{year}", subject=_SUBJECTS.get(one.survey, one.title), area=facts.area.name,
                 year=one.fiscal_year)
    yield Slide(f"returns_{one.survey}", origin, named, (), tuple((_listed(part),) for part in told),
                say.source_line([found]), (found,))


_SUBJECTS: Mapping[str, Text] = {
    "small-hubs": text("Small hubs"), "rmo": text("Region management organizations"),
    "settlements": text("Settlements of the survey"),
    "related-population": text("Efforts for related population")}


def _listed(listing: Listing) -> Table:
    rows = tuple(tuple(Cell(words, left=c == 0 or _wordy(listing, c)) for c, words in enumerate(row))
                 for row in listing.rows)
    return Table(listing.title, text("Table: {title}, {count} rows.", title=listing.title, count=len(rows)),
                 listing.head, rows, largest_pt=14)


def _wordy(listing: Listing, column: int) -> bool:
    """Whether a column holds words rather than numbers."""
    said = [row[column].to("ja") for row in listing.rows]
    return any(not words.replace(",", "").replace(".", "").lstrip("-").isdigit() for words in said if words != say.DASH)
