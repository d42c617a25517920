"""Slides 17, 18 and 20: related population."""

from __future__ import annotations

from musubime.language import Text, text
from musubime.studies.deck_facts import Correction, DeckFacts
from musubime.studies.deck_words import base_of, survey_of
from musubime.surveys import tables
from musubime.surveys.series import Point

from . import _say as say
from ._shared import corrected, corrections_of, described, with_shares
from .model import Block, Chart, Series, Slide, Tile, Tiles, Tone, Words


def estimate(facts: DeckFacts) -> Slide | None:
    points = facts.estimate
    people = points.get("visiting_type_estimate")
    if people is None:
        return None
    frame, answered = points.get("frame_population_18plus"), points.get("valid_responses")
    share = facts.estimate_share.printed("visiting", "share") if facts.estimate_share is not None else ""
    tiles = [Tile(text("Related population (visiting type), estimate"),
                  text("about {value}", value=say.man(people.value)),
                  text("{share} of residents aged 18 and over", share=share) if share else say.when(people.period))]
    if frame is not None:
        tiles.append(Tile(text("Residents aged 18 and over"), text("about {value}", value=say.man(frame.value)),
                          text("frame")))
    if answered is not None:
        tiles.append(Tile(text("Valid responses"), text("{value} persons", value=say.number(answered.value)),
                          text("internet questionnaire")))
    lead = [text("Related population (visiting type), residents aged 18 and over who visit a region again and again "
                 "and have ties to it: about {value} ({share}; an estimate).", value=say.man(people.value),
                 share=share or say.DASH)]
    words = Words(text("How it was estimated"), (
        text("Responses of an internet questionnaire were expanded to the population by sex and age classes."),
        text("An internet panel is no probability sample: the estimate holds if, within each class, those who answered "
             "are like those who did not. The interval of the estimate is not in the table."),
        text("Related population (visiting type): people who continue to visit a region they have ties to, outside "
             "daily life, commuting and business trips; visitors by kinship alone are not counted.")))
    evidences = [say.evidence_of_points(
        [(text("related population (visiting type), 10,000 persons"), people),
         (text("residents aged 18 and over, 10,000 persons"), frame), (text("valid responses"), answered),
         (text("age classes"), points.get("age_classes"))], text("Related population"), survey_of("related_population"),
        base_of("related_population"))]
    chart: tuple[Chart, ...] = ()
    if facts.estimate_share is not None and frame is not None:
        evidences.append(say.evidence(facts.estimate_share))
        names = (text("related population (visiting type)"), text("residents aged 18 and over"))
        series = (Series(text("persons"), (say.amount(people.value), say.amount(frame.value)), "blue"),)
        title = text("Related population and the frame")
        chart = (Chart("bars", title, described("bars", title, names, series), names, series, text("10,000 persons")),)
    blocks: tuple[tuple[Block, ...], ...] = ((Tiles(tuple(tiles)),), (*chart, words))
    return Slide("estimate", 17, text("How many people are related population"), tuple(lead), blocks,
                 say.source_line(evidences[:1], facts.table_name), tuple(evidences),
                 corrections_of(facts, "related_population"))


def efforts(facts: DeckFacts) -> Slide | None:
    found = facts.efforts
    if found is None:
        return None
    pair: tuple[tuple[tables.Table | None, Tone, float], ...] = (
        (found.done, "blue", 0.7), (found.mention, "green", 1.3))
    charts = [with_shares(t, "count", text("local governments"), tone, weight)
              for t, tone, weight in pair if t is not None]
    lead = []
    if found.done is not None and "done" in say.parts(found.done):
        lead.append(text("{count} local governments ({share}) did something for related population in {period}.",
                         count=found.done.printed("done", "count"), share=found.done.printed("done", "share"),
                         period=say.when(found.done.vintage)))
    if found.mention is not None and "mentions" in say.parts(found.mention):
        lead.append(text("{count} ({share}) mention related population in their strategy.",
                         count=found.mention.printed("mentions", "count"),
                         share=found.mention.printed("mentions", "share")))
    rows: list[tuple[Chart, ...]] = [tuple(charts)] if charts else []
    if (several := found.several) is not None:
        names = say.heads(several, ids := say.parts(several))
        series = (Series(text("local governments"), say.column(several, "count", ids), "navy"),)
        rows.append((Chart("bars", several.title, described("bars", several.title, names, series), names, series,
                           text("local governments"), weight=1.0),))
    evidences = [say.evidence(t) for t in (found.done, found.mention, found.several) if t is not None]
    return Slide("efforts", 18, text("What local governments do for related population"), tuple(lead), tuple(rows),
                 say.source_line(evidences, facts.table_name), tuple(evidences), _effort_corrections(facts))


def _effort_corrections(facts: DeckFacts) -> tuple[Text, ...]:
    assert facts.efforts is not None
    said: list[Correction] = []
    others: list[Correction] = []
    for one in facts.corrections:
        if one.series in ("municipal_efforts", "strategy_mention") and not one.copied:
            (said if facts.efforts.base is not None and one.recomputed else others).append(one)
    found = []
    if said and facts.efforts.base is not None:
        sums = list(dict.fromkeys(one.recomputed for one in said))
        found.append(text("N does not follow: {n} is printed; the answers add up to {sums}.",
                          n=say.number(facts.efforts.base.value), sums=" / ".join(sums)))
    return (*found, *(corrected(one) for one in others), *corrections_of(facts, "efforts_multiple_answer"))


def case(facts: DeckFacts) -> Slide | None:
    names = {"related_population_created": text("Related population created (cumulative, not persons)"),
             "online_use_rate": text("Use of online means")}
    units = {"related_population_created": text("participations"), "online_use_rate": text("%")}
    known: list[tuple[str, Point]] = [(k, p) for k, p in facts.case.items() if k in names]
    if not known:
        return None
    tiles = tuple(Tile(names[k], text("{value} {unit}", value=say.number(p.value), unit=units[k]), say.when(p.period))
                  for k, p in known)
    found = say.evidence_of_points([(names[k], p) for k, p in known], text("Outcome of the case"),
                                   survey_of("case_outcome"), base_of("case_outcome"))
    note = Words(text("How to read it"), (
        text("Cumulative: a person who takes part three times counts three times. It cannot be compared with "
             "persons."),))
    return Slide("case", 20, text("A case: an intermediary between companies and municipalities"), (),
                 ((Tiles(tiles),), (note,)), say.source_line([found], facts.table_name), (found,),
                 corrections_of(facts, "case_outcome"))
