"""Charts of one settlement as SVG files, drawn by `reports` when they are first wanted and then kept."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from markupsafe import escape

from musubime.language import Language
from musubime.studies.document import SettlementOfPlan

from .making import VIEW
from .reading import Loaded

CHARTS = ("pyramid", "fan")
_drawing = threading.Lock()  # the chart library is not made for several threads


def has_chart(loaded: Loaded, settlement: SettlementOfPlan, chart: str) -> bool:
    years = loaded.document.years
    if chart == "fan":
        return all(year in settlement.intervals for year in years)
    return years[0] in settlement.pyramid and years[-1] in settlement.pyramid


def chart_file(loaded: Loaded, settlement: SettlementOfPlan, chart: str, language: Language) -> Path:
    """The file of a chart, drawn if it is not there."""
    position = loaded.view.position[settlement.id]  # an id may hold what a file's name may not
    path = loaded.folder / VIEW / "charts" / f"{position}-{chart}-{language}.svg"
    if not path.is_file():
        with _drawing:
            drawn = _svg(loaded, settlement, chart, language)
        path.parent.mkdir(exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        beside.write_text(drawn, "utf-8")
        beside.replace(path)
    return path


def _svg(loaded: Loaded, settlement: SettlementOfPlan, chart: str, language: Language) -> str:
    from musubime.reports import charts, fans  # heavy: only where a chart is drawn
    from musubime.reports.svg import FONTS, draw

    if chart == "fan":
        course = fans.Course(settlement.id, settlement.name, {
            year: (settlement.people[year].total, settlement.intervals[year]) for year in loaded.document.years})
        made = draw(fans.fan(course, language))
    else:
        alone = loaded.document.model_copy(update={"settlements": [settlement]})
        made = draw(charts.pyramid(alone, language))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {made.width:g} {made.height:g}" '
            f'width="{made.width:g}" height="{made.height:g}" font-family="{escape(FONTS)}">{made.inner}</svg>\n')
