"""population.html: the outlook with its intervals, one file that needs nothing else, in Japanese and English."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from musubime.language import Text, text
from musubime.region import Region
from musubime.studies.document import Chances
from musubime.studies.population_document import PopulationDocument, Unit

from . import fans
from .basemap import basemap, canvas
from .chances import COLOURS, chance, chance_class, chance_legend, chance_words, class_words, share, span
from .charts import in_both
from .colours import BLUE, MIDDLE, PALE
from .maps import Dot, radius_per_root_person, settlement_map
from .page import environment
from .pictures import GROUND, size_legend
from .small_fans import small_fans
from .svg import kept, picture
from .swatch import Swatch
from .views import NOTE_KINDS
from .words import number

LARGEST = 24  # settlements that have a fan chart of their own
_MOST_EXAMPLES = 5
_COLUMNS = 6


@dataclass(frozen=True)
class PopulationPictures:
    """Images ready for the page. maps: by the field of Chances that colours them."""

    ground: Markup
    pyramid: Markup
    fan: Markup
    districts: Markup | None
    settlements: Markup
    maps: dict[str, Markup]
    chances: list[Swatch]
    sizes: list[Swatch]


def write_population_html(document: PopulationDocument, region: Region, path: Path) -> None:
    """Write the page. `region` gives the geometry of the maps and nothing else."""
    path.write_text(render_population(document, region), "utf-8", newline="\n")


def render_population(document: PopulationDocument, region: Region) -> str:
    last = document.years[-1]
    template = environment().get_template("population.html")
    return template.render(
        doc=document, base=document.years[0], last=last, pictures=_pictures(document, region),
        whole=document.municipality.by_year, span=span, share=share, chance=chance, spark=spark,
        likely=_likely(document),
        chance_words=chance_words(document.few_households, document.few_people),
        largest=min(LARGEST, len(document.settlements)), class_words=class_words(), compared=_compared(document),
        doubted=_doubted(document),
        sources_of_parameters=_by_source(document),
        notes={kind: [note for note in document.notes if note.kind == kind] for kind in NOTE_KINDS},
        most_examples=_MOST_EXAMPLES, colours={"pale": PALE, "middle": MIDDLE, "blue": BLUE},
    )


def _compared(document: PopulationDocument) -> tuple[int, int]:
    """The years in which official classes are compared with chances: the one nearest to ten years on, and the last."""
    later = document.years[1:]
    return min(later, key=lambda year: abs(year - document.years[0] - 10)), later[-1]


def _doubted(document: PopulationDocument) -> list[Unit]:
    """Settlements that the town sees there for the time being, and the model with few households by the last year,
    more likely than not."""
    last = document.years[-1]
    found = [s for s in document.settlements
             if s.prognosis == "for_now" and s.by_year[last].chances.few_households >= 0.5]
    return sorted(found, key=lambda s: -s.by_year[last].chances.few_households)


def _likely(document: PopulationDocument) -> dict[str, dict[int, float]]:
    """Sum of the chances: how many settlements are expected to be so, by year."""
    return {
        name: {year: sum(getattr(s.by_year[year].chances, name) for s in document.settlements)
               for year in document.years}
        for name in Chances.model_fields
    }


def _by_source(document: PopulationDocument) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for parameter in document.parameters:
        if parameter.unit not in {"text", "ids"}:
            found.setdefault(parameter.source, []).append(parameter)
    return found


def _pictures(document: PopulationDocument, region: Region) -> PopulationPictures:
    ground = canvas(region)
    base, last = document.years[0], document.years[-1]
    newest = [s.by_year[base].expected for s in document.settlements]
    root = radius_per_root_person(ground, newest)
    located = [s for s in document.settlements if s.lon is not None and s.lat is not None]
    maps = {}
    for name, words in chance_words(document.few_households, document.few_people).items():
        dots = [
            Dot(s.lon or 0.0, s.lat or 0.0, s.by_year[base].expected,
                COLOURS[chance_class(getattr(s.by_year[last].chances, name))],
                f"{s.name} {chance(getattr(s.by_year[last].chances, name))}") for s in located
        ]
        many = sum(getattr(s.by_year[last].chances, name) >= 0.5 for s in document.settlements)
        maps[name] = picture(
            f"map-{name.replace('_', '-')}", settlement_map(ground, dots, root),
            text("Map: chance of {what}, {year}", what=words, year=last),
            text("In {count} of {settlements} settlements the chance is half or more.", count=number(many),
                 settlements=number(len(document.settlements))), behind=GROUND, kind="map")
    total = document.municipality.by_year[last]
    biggest = sorted(document.settlements, key=lambda s: -s.by_year[base].expected)[:LARGEST]
    return PopulationPictures(
        ground=kept(GROUND, basemap(ground)),
        pyramid=picture(
            "chart-pyramid", in_both(lambda language: fans.pyramid(document, language)),
            text("Chart: men and women by age, {base} and {last}", base=base, last=last),
            text("The outline is {base}, the filled bars are {last}; lines show the intervals of {last}.", base=base,
                 last=last)),
        fan=picture(
            "chart-fan", in_both(lambda language: fans.fan(fans.course(document.municipality), language)),
            text("Chart: people by year with intervals"),
            text("From {then} people in {base} to {now} in {last}; 80% interval {low} to {high}.",
                 then=number(document.municipality.by_year[base].expected), base=base, now=number(total.expected),
                 last=last, low=number(total.total.low_80), high=number(total.total.high_80))),
        districts=_small(
            "chart-districts", document.districts, text("Charts: people of each district by year with intervals"),
        ) if document.districts else None,
        settlements=_small("chart-settlements", biggest,
                           text("Charts: people of the largest settlements by year with intervals")),
        maps=maps, chances=chance_legend(), sizes=size_legend(root, max(newest, default=0.0)),
    )


def _small(key: str, units: list[Unit], title: Text) -> Markup:
    return picture(key, small_fans([fans.course(unit) for unit in units], _COLUMNS), title,
                   text("The figures of the last year are in the tables of this page, all years in population.csv."))


def spark(unit: Unit) -> Markup:
    """A fan as small as a word, for a row of the table: bands and line over the years, from zero to the most."""
    wide, high = 84.0, 22.0
    years = list(unit.by_year)
    most = max(*(found.total.high_95 for found in unit.by_year.values()), 1.0)

    def at(year: int, people: float) -> str:
        x = wide * (year - years[0]) / (years[-1] - years[0])
        return f"{x:.0f},{high - (high - 1) * people / most:.1f}"

    def band(low: str, up: str) -> str:
        there = [at(y, getattr(unit.by_year[y].total, up)) for y in years]
        back = [at(y, getattr(unit.by_year[y].total, low)) for y in reversed(years)]
        return " ".join(there + back)

    line = " ".join(at(y, unit.by_year[y].expected) for y in years)
    return Markup(
        f'<svg class="spark" aria-hidden="true" width="{wide:g}" height="{high:g}" viewBox="0 0 {wide:g} {high:g}">'
        f'<polygon points="{band("low_95", "high_95")}" fill="{PALE}"/>'
        f'<polygon points="{band("low_80", "high_80")}" fill="{MIDDLE}"/>'
        f'<polyline points="{line}" fill="none" stroke="{BLUE}" stroke-width="1.6"/></svg>')

