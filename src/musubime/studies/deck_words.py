"""Names of the series and keys that a deck knows, and the survey that each is known from."""

from __future__ import annotations

from collections.abc import Mapping

from musubime.language import Text, text, verbatim

KEYS: Mapping[str, Text] = {
    "kaso": text("Depopulated (kaso) municipalities"), "non_kaso": text("Other municipalities"), "total": text("All"),
    "formed_in_strategy": text("formed, in the strategy"),
    "formed_not_in_strategy": text("formed, not in the strategy"),
    "planned_in_strategy": text("planned, in the strategy"),
    "planned_not_in_strategy": text("planned, not in the strategy"), "none": text("not formed"),
    "rmo_present": text("with an RMO"), "rmo_absent": text("without an RMO"),
    "support_yes": text("with support personnel"), "support_no": text("without support personnel"),
    "within_10_years": text("gone within 10 years"), "eventually": text("gone some day"),
    "all_ages_tokyo23": text("all ages, Tokyo's 23 wards"),
    "age20s_tokyo23": text("in their twenties, Tokyo's 23 wards"),
    "done": text("did something"), "not_done": text("did nothing"), "mentions": text("mentions related population"),
    "not_mentioned": text("mentions neither the word nor the idea"),
    "same_idea_other_words": text("the same idea in other words"), "no_strategy_yet": text("no such strategy yet"),
    "information_coordination_reception": text("information, coordination and reception of people from cities"),
    "hometown_tax_donors": text("donors of hometown tax drawn nearer"),
    "telework_workation": text("telework and workation as a beginning"),
    "open_call_coordination": text("open calls and coordination"), "registration_system": text("registration"),
    "urban_events": text("events and consultation in cities"),
}
SERIES_TITLES: Mapping[str, Text] = {
    "net_inflow_tokyo_area": text("Net migration of the Tokyo area"),
    "net_inflow_tokyo_metropolis": text("Net migration of the Tokyo Metropolis"),
}
_HUBS = verbatim({"ja": "内閣府「小さな拠点の形成に関する実態調査」",
                  "en": "Cabinet Office, survey of the formation of small hubs"})
_RMO = verbatim({
    "ja": "総務省「地域運営組織の形成及び持続的な運営に関する調査研究事業」ほか",
    "en": "Ministry of Internal Affairs and Communications, survey of region management organizations"})
_BOTH = verbatim({"ja": f"{_HUBS.to('ja')}、{_RMO.to('ja')}、総務省「過疎地域市町村等一覧」",
                  "en": f"{_HUBS.to('en')}; {_RMO.to('en')}; list of kaso municipalities"})
_MIGRATION = verbatim({"ja": "総務省「住民基本台帳人口移動報告」（日本人移動者）",
                       "en": "Report on internal migration from the basic resident registers (Japanese nationals)"})
_SETTLEMENTS = verbatim({"ja": "総務省・国土交通省「過疎地域における集落の状況に関する現況把握調査」",
                         "en": "Ministries of Internal Affairs and of Land, survey of settlements in kaso areas"})
_EFFORTS = verbatim({"ja": "内閣官房「関係人口の創出・拡大に向けた取組状況調査」",
                     "en": "Cabinet Secretariat, survey of efforts to create and widen related population"})
_SURVEYS: Mapping[str, Text] = {
    "small_hub_count": _BOTH, "small_hub_municipalities": _BOTH, "formation": _BOTH, "rmo": _RMO,
    "small_hub": _HUBS, "hub_": _HUBS, "survey_response": _HUBS, "kpi_": _HUBS,
    "net_inflow": _MIGRATION, "bullet_": _MIGRATION, "settlement": _SETTLEMENTS, "extinction": _SETTLEMENTS,
    "municipal_efforts": _EFFORTS, "strategy_mention": _EFFORTS, "efforts_": _EFFORTS,
    "population": verbatim({"ja": "総務省「国勢調査」「人口推計」",
                            "en": "Population census and population estimates"}),
    "interest": verbatim({
        "ja": "内閣府「新型コロナウイルス感染症の影響下における生活意識・行動の変化に関する調査」",
        "en": "Cabinet Office, survey of changes of attitudes and behaviour under COVID-19"}),
    "related_population": verbatim({"ja": "国土交通省「地域との関わりについてのアンケート」",
                                    "en": "Ministry of Land, survey of ties with regions"}),
    "case_outcome": verbatim({"ja": "関係人口モデル事業成果報告会",
                              "en": "Report of the model projects for related population"}),
}


def survey_of(series: str) -> Text:
    """The survey that a series of this name is known from; an unknown series stands for itself.

    >>> survey_of("net_inflow_tokyo_area").to("ja"), survey_of("x").to("ja")
    ('総務省「住民基本台帳人口移動報告」（日本人移動者）', 'x')
    """
    return next((words for start, words in _SURVEYS.items() if series.startswith(start)), verbatim(series))


_BASES: Mapping[str, Text] = {
    "small_hub_count": text("all municipalities; small hubs placed in a municipal strategy"),
    "small_hub_municipalities": text("all municipalities; small hubs placed in a municipal strategy"),
    "formation": text("all municipalities; small hubs placed in a municipal strategy"),
    "rmo": text("all municipalities, special wards included"),
    "hub_rmo_presence": text("small hubs placed in a municipal strategy"),
    "hub_count": text("small hubs placed in a municipal strategy"),
    "hub_": text("municipalities that answered; the special wards are not asked"),
    "net_inflow": text("moves of Japanese nationals between municipalities"),
    "settlement": text("settlements of kaso areas that can be compared between the two surveys"),
    "extinction": text("settlements of kaso areas that can be compared between the two surveys"),
    "municipal_efforts": text("local governments that answered"),
    "strategy_mention": text("local governments that answered"),
    "efforts_": text("local governments that answered; several answers were possible"),
    "population": text("the whole population, unknown ages distributed"),
    "interest": text("residents of Tokyo's 23 wards who answered"),
    "related_population": text("residents aged 18 and over; an internet panel, expanded by sex and age class"),
}


def base_of(series: str) -> Text:
    """Whom a series of this name counts."""
    return next((words for start, words in _BASES.items() if series.startswith(start)), text("not stated in the table"))
