"""Slides 1, 3 and 4: targets, what is formed, and what the municipalities answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from musubime.language import Text, text, verbatim
from musubime.studies.deck_facts import DeckFacts, Formation, HubSurvey
from musubime.studies.deck_words import base_of, survey_of
from musubime.surveys.indicators import Indicator
from musubime.surveys.series import Series as Figures
from musubime.surveys.tables import Exact

from . import _say as say
from ._shared import corrected, corrections_of, described, or_dash, with_shares
from .model import Cell, Chart, Evidence, Series, Slide, Table, Tile, Tiles, Tone, Words

_WORD_OF_LIGHT = {"green": text("on course"), "amber": text("late"), "red": text("off course"),
                  "grey": text("cannot be judged")}


def targets(facts: DeckFacts) -> Slide | None:
    judged = [i for i in facts.indicators if i.actual is not None and i.target is not None]
    if not judged:
        return None
    by_name = {i.definition.id: i for i in judged}
    lead = []
    hubs, share = by_name.get("hubs_in_strategy"), by_name.get("rmo_presence_share")
    if hubs is not None and hubs.target is not None:
        lead.append(text("{target} small hubs are to be formed by FY{year}; in {period} there are {actual}.",
                         target=_value(hubs, hubs.target.value), year=hubs.target.year, period=say.when(hubs.period),
                         actual=_value(hubs, hubs.actual)))
    if share is not None and share.target is not None:
        lead.append(text("{target} of them are to have an RMO by FY{year}; in {period} {actual} have one.",
                         target=_value(share, share.target.value, whole=True), year=share.target.year,
                         period=say.when(share.period), actual=_value(share, share.actual, whole=True)))
    tiles = tuple(
        Tile(i.definition.title, text("{value} {unit}", value=_value(i, i.actual, whole=True), unit=_unit(i)),
             text("{period}; target {target} by {year}", period=say.when(i.period),
                  target=_value(i, i.target.value, whole=True),
                  year=i.target.year), i.light)
        for i in judged[:4] if i.target is not None)
    table = indicator_table(judged)
    reasons = Words(text("How the judgement came about"), tuple(
        text("{title}: {why}", title=i.definition.title, why=i.why) for i in judged))
    found = [_indicator_evidence(i) for i in judged]
    return Slide(
        "targets", 1, text("Small hubs and region management organizations (RMO): where the targets stand"),
        tuple(lead), ((Tiles(tiles),), (table,), (reasons,)), say.source_line(found, facts.table_name), tuple(found),
        corrections_of(facts, "kpi_target", "kpi_actual", "kpi_gap", "rmo_target"),
        (text("Hubs are those placed in a municipal strategy; all hubs together are about one and a half times as many "
              "and are another count."),))


def indicator_table(judged: Sequence[Indicator]) -> Table:
    """Actual value, target, gap, pace needed, pace so far, and the light, of each indicator."""
    rows = tuple((
        Cell(i.definition.title), Cell(verbatim(_value(i, i.actual))),
        Cell(verbatim(_value(i, None if i.target is None else i.target.value))), Cell(_points(i, i.gap)),
        Cell(_points(i, i.needed_per_year)), Cell(_points(i, i.pace_per_year)),
        Cell(_WORD_OF_LIGHT[i.light] if i.target is not None else text("no target"), light=i.light, left=True),
    ) for i in judged)
    return Table(
        text("Targets and pace"),
        text("Table: actual value, target, gap, pace needed and pace so far of {count} indicators.", count=len(rows)),
        (text("Indicator"), text("Actual"), text("Target"), text("Gap"), text("Needed a year"), text("Pace a year"),
         text("Judgement")), rows, largest_pt=15)


def own_indicators(facts: DeckFacts) -> Slide | None:
    """The indicators of a prefecture or municipality that have a value; services have a slide of their own."""
    known = [i for i in facts.own_indicators if i.actual is not None and not i.definition.id.startswith("reach_")]
    if not known:
        return None
    found = [_indicator_evidence(i) for i in known]
    lead = [text("{count} indicators have a value; {none} have no target and cannot be judged.", count=len(known),
                 none=sum(1 for i in known if i.target is None)),
            text("Targets of one's own stand under the series “target” in the table of figures.")]
    return Slide("own_indicators", 1, text("Indicators of {area}: values and pace", area=facts.area.name), tuple(lead),
                 ((replace(indicator_table(known), title=verbatim("")),),), say.source_line(found), tuple(found))


def _value(i: Indicator, value: Exact | None, *, whole: bool = False, sign: bool = False) -> str:
    decimals = 0 if whole else i.definition.decimals
    return say.number(value, decimals, percent=i.definition.share, sign=sign)


def _points(i: Indicator, value: Exact | None) -> Text:
    """A difference: of shares in percentage points."""
    words = _value(i, value, sign=True)
    if not i.definition.share or value is None:
        return verbatim(words)
    return verbatim({"ja": f"{words.rstrip('%')}ポイント", "en": f"{words.rstrip('%')} pt"})


def _unit(i: Indicator) -> Text:
    return verbatim("") if i.definition.share else i.definition.unit


def _indicator_evidence(i: Indicator) -> Evidence:
    said = [text("actual ({period}): {value}", period=say.when(i.period), value=_value(i, i.actual))]
    if i.target is not None:
        said.append(text("target ({year}): {value} ({source})", year=i.target.year, value=_value(i, i.target.value),
                         source=i.target.source))
    said += [i.definition.definition, i.why, *i.notes]
    first = next(iter((*i.definition.numerator, *i.definition.series)), ("", ""))[0]
    source = verbatim(i.source) if i.source else survey_of(first)
    return Evidence(i.definition.title, tuple(said), i.definition.base, i.vintage or i.period, source)


def formation(facts: DeckFacts) -> Slide | None:
    found = facts.formation
    if found is None:
        return None
    table = found.table
    lead = []
    if table.value("total", "hubs") is not None:
        lead.append(text("{hubs} small hubs in {towns} municipalities ({share} of all).",
                         hubs=table.printed("total", "hubs"),
                         towns=or_dash(table.printed("total", "hub_towns")),
                         share=or_dash(table.printed("total", "hub_share"))))
    if table.value("total", "rmos") is not None:
        lead.append(text("{rmos} RMOs in {towns} municipalities ({share} of all).", rmos=table.printed("total", "rmos"),
                         towns=or_dash(table.printed("total", "rmo_towns")),
                         share=or_dash(table.printed("total", "rmo_share"))))
    charts = _formation_charts(found)
    evidences = [say.evidence(table), *_formation_evidence(found)]
    block = say.shown(table, title=text("Small hubs and RMOs by designation of the municipality"), largest_pt=15)
    return Slide(
        "formation", 3, text("Small hubs and RMOs in the whole country"), tuple(lead),
        ((block,), charts) if charts else ((block,),), say.source_line(evidences[:1], facts.table_name),
        tuple(evidences), _formation_corrections(facts),
        (text("Hub municipalities are printed as a share of all municipalities, of which the 23 special wards were not "
              "asked about hubs."),))


def _formation_corrections(facts: DeckFacts) -> tuple[Text, ...]:
    """Shares that are printed otherwise than the table on the slide has them, in words of the slide."""
    assert facts.formation is not None
    table, found = facts.formation.table, []
    columns = {"rmo_municipalities": ("rmo_towns", "rmo_share"), "small_hub_municipalities": ("hub_towns", "hub_share")}
    for one in facts.corrections:
        if one.copied:
            continue
        if one.series in columns and one.key in ("kaso", "non_kaso", "total") and "%" in one.printed:
            count, share = columns[one.series]
            found.append(text(
                "Corrected: {column}, {row}: {printed} was printed; {count} of {base} are {share}.",
                column=table.column(count).head, row=table.row(one.key).head, printed=one.printed,
                count=or_dash(table.printed(one.key, count)), base=or_dash(table.printed(one.key, "base")),
                share=or_dash(table.printed(one.key, share))))
        elif one.series in (*columns, "small_hub_count", "rmo_count", "rmo_count_series", "municipality_base",
                            "small_hub_municipality_share_series", "rmo_municipality_share_series"):
            found.append(corrected(one))
    return tuple(found)


def _formation_charts(found: Formation) -> tuple[Chart, ...]:
    charts = []
    if found.rmo_by_year is not None:
        points = [p for p in found.rmo_by_year.points if p.value is not None]
        names = [verbatim(p.period) for p in points]
        series = [Series(text("RMOs"), tuple(say.amount(p.value) for p in points), "blue")]
        if (target := found.rmo_target) is not None:
            names.append(text("{year} (target)", year=target.period))
            series = [Series(series[0].name, (*series[0].values, None), "blue"),
                      Series(text("target"), (*(None for _ in points), say.amount(target.value)), "sky")]
        charts.append(Chart(
            "columns", text("RMOs formed"), described("columns", text("RMOs formed"), names, series), tuple(names),
            tuple(series), text("organisations"), overlap=True))
    pair: tuple[tuple[Text, Figures | None, Tone], ...] = (
        (text("small hubs"), found.hub_share, "blue"), (text("RMOs"), found.rmo_share, "orange"))
    known = [(name, one, tone) for name, one, tone in pair if one is not None]
    if known:
        years = sorted({p.period for _, one, _ in known for p in one.points if p.value is not None})
        series = [Series(name, tuple(say.amount(one.value(y)) for y in years), tone, dash=n > 0)
                  for n, (name, one, tone) in enumerate(known)]
        title = text("Share of all municipalities that have")
        names = [verbatim(y) for y in years]
        charts.append(Chart("line", title, described("line", title, names, series), tuple(names), tuple(series),
                            text("%"), low=0))
    return tuple(charts)


def _formation_evidence(found: Formation) -> Iterator[Evidence]:
    for one, title in ((found.rmo_by_year, text("RMOs formed")),
                       (found.hub_share, text("Share of municipalities with small hubs")),
                       (found.rmo_share, text("Share of municipalities with RMOs"))):
        if one is not None:
            yield say.evidence_of_series(one, title, survey_of(one.id), base_of(one.id))
    if found.rmo_target is not None:
        yield say.evidence_of_points([(text("target"), found.rmo_target)], text("Target of RMOs"), survey_of("rmo"),
                                     base_of("rmo"))


def hub_survey(facts: DeckFacts) -> Slide | None:
    found = facts.hub_survey
    if found is None:
        return None
    lead = _hub_lead(found)
    charts = []
    if found.formation is not None:
        charts.append(with_shares(found.formation, "count", text("municipalities"), "blue", 1.35))
    if found.presence is not None:
        charts.append(with_shares(found.presence, "count", text("hubs"), "green", 1.0))
    known = [p for p in found.hubs_by_year.points if p.value is not None] if found.hubs_by_year is not None else []
    if len(known) > 1 and len(charts) < 2:
        names = tuple(say.when(p.period) for p in known)
        title = text("Small hubs in a strategy")
        series = (Series(text("hubs"), tuple(say.amount(p.value) for p in known), "blue"),)
        charts.append(Chart("columns", title, described("columns", title, names, series), names, series, text("hubs")))
    evidences = [say.evidence(t) for t in (found.response, found.formation, found.presence) if t is not None]
    tiles = _hub_tiles(found)
    if found.hubs_by_year is not None:
        evidences.append(say.evidence_of_series(found.hubs_by_year, text("Small hubs in a strategy"),
                                                survey_of("hub_count"), base_of("hub_count")))
    rows = ((Tiles(tiles),), tuple(charts)) if tiles and charts else ((Tiles(tiles),),) if tiles else (tuple(charts),)
    return Slide(
        "hub_survey", 4, text("Small hubs: what the municipalities answered"), tuple(lead), rows,
        say.source_line(evidences, facts.table_name), tuple(evidences),
        corrections_of(facts, "survey_response", "hub_formation", "hub_formation_pie", "hub_count", "hub_rmo_presence"),
        (text("The survey does not ask the 23 special wards of Tokyo."),))


def _hub_lead(found: HubSurvey) -> list[Text]:
    lead = []
    if (response := found.response) is not None:
        lead.append(text(
            "{towns} of the {answered} municipalities that answered ({share}) have small hubs; {strategy} ({part}) "
            "have placed them in their strategy.", towns=response.printed("with_hubs", "towns"),
            answered=response.printed("answered", "towns"), share=response.printed("with_hubs", "share"),
            strategy=or_dash(response.printed("in_strategy", "towns")),
            part=or_dash(response.printed("in_strategy", "share"))))
    if (presence := found.presence) is not None and "rmo_present" in say.parts(presence):
        lead.append(text("{share} of the {hubs} hubs in a strategy have an RMO.",
                         share=presence.printed("rmo_present", "share"), hubs=presence.printed("all", "count")))
    return lead


def _hub_tiles(found: HubSurvey) -> tuple[Tile, ...]:
    tiles = []
    if (response := found.response) is not None:
        tiles += [Tile(response.row(row).head, verbatim(response.printed(row, "towns")), under) for row, under in (
            ("with_hubs", text("{share} of those that answered", share=response.printed("with_hubs", "share"))),
            ("in_strategy", text("{share} of those that answered", share=response.printed("in_strategy", "share"))),
        ) if response.value(row, "towns") is not None]
    if (hubs := found.hubs_by_year) is not None and hubs.latest is not None:
        earlier = [p for p in hubs.points if p.value is not None][:-1]
        under = text("{period}; {before}: {value}", period=say.when(hubs.latest.period),
                     before=say.when(earlier[-1].period),
                     value=say.number(earlier[-1].value)) if earlier else say.when(hubs.latest.period)
        tiles.append(Tile(text("Small hubs in a strategy"), verbatim(say.number(hubs.latest.value)), under))
    return tuple(tiles)
