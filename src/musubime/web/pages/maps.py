"""A map on a page: what the template `pages/map.html` and the script `musubime/map.js` are given.

The script draws GeoJSON of our own addresses with MapLibre; no tiles, no glyphs, nothing from elsewhere. Whoever sees
no map (no WebGL, no script, a screen reader) finds the same things in `rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from musubime.language import Text, text

Shape = Literal["circle", "diamond", "triangle", "square", "cross", "line"]
LACK = ("#fff3d6", "#fdcc8a", "#fc8d59", "#d7301f", "#7f0000")  # light to dark (OrRd): keeps its order in grey
AGE = ("#edf4fb", "#b3cde3", "#8c96c6", "#8856a7", "#5a0a66")  # BuPu
HUB, PLACE, LOST = "#0072b2", "#333333", "#000000"


@dataclass(frozen=True)
class Layer:
    """One GeoJSON address and how it is drawn.

    kind: "ground" (features with `kind` boundary, area, road; see pages.ground), "circles" (points as large as the
    property `size`, coloured by the whole number in property `by`), "symbols" (points with `shapes[by]`,
    `colours[by]`), "lines". Features have `name` and, where a page tells more, `url`. popup: (words, property) shown
    when a feature is chosen. names: "always", "near" (when zoomed in) or "" (never). only: property that must be true.
    measure: property by which circles get their scale, where `size` changes with the view: their largest.

    Properties and words may hold `{value}`, which is filled in from the values of the view.
    """

    id: str
    url: str
    kind: Literal["ground", "circles", "symbols", "lines"]
    colours: Sequence[str] = ()
    shapes: Sequence[Shape] = ()
    by: str = ""
    size: str = ""
    measure: str = ""
    only: str = ""
    popup: Sequence[tuple[Text, str]] = ()
    names: Literal["", "near", "always"] = ""

    def as_config(self) -> dict[str, Any]:
        return {
            "id": self.id, "url": self.url, "kind": self.kind, "colours": list(self.colours),
            "shapes": list(self.shapes), "by": self.by, "size": self.size, "measure": self.measure or self.size,
            "only": self.only, "names": self.names,
            "popup": [[str(words), name] for words, name in self.popup],
        }


@dataclass(frozen=True)
class Key:
    """One line of the legend."""

    shape: Shape
    colour: str
    words: Text


@dataclass(frozen=True)
class Row:
    """One line of the list that says what the map shows."""

    name: str
    url: str = ""
    words: Text | str = ""


@dataclass(frozen=True)
class MapView:
    """bounds: west, south, east, north in degrees. views: name -> layer id -> what differs there from the layer's own
    settings (also `hidden`); `view` is shown first, with `values`. The page's script may call
    `element.musubime.show(view, values)`."""

    label: Text
    bounds: tuple[float, float, float, float]
    layers: Sequence[Layer]
    legend: Sequence[Key] = ()
    source: Text | str = ""
    rows: Sequence[Row] = ()
    views: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    view: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)
    id: str = "map"

    @property
    def config_id(self) -> str:
        return f"{self.id}-config"

    @property
    def config(self) -> dict[str, Any]:
        return {
            "label": str(self.label), "bounds": list(self.bounds), "view": self.view, "values": dict(self.values),
            "views": {name: {k: dict(v) for k, v in view.items()} for name, view in self.views.items()},
            "layers": [layer.as_config() for layer in self.layers],
            "words": {
                "NavigationControl.ZoomIn": str(text("Zoom in")), "NavigationControl.ZoomOut": str(text("Zoom out")),
                "FullscreenControl.Enter": str(text("Fill the screen")),
                "FullscreenControl.Exit": str(text("Leave the full screen")),
                "Popup.Close": str(text("Close")), "Map.Title": str(self.label),
                "CooperativeGesturesHandler.WindowsHelpText": str(text("Hold Ctrl and scroll to zoom the map")),
                "CooperativeGesturesHandler.MacHelpText": str(text("Hold ⌘ and scroll to zoom the map")),
                "CooperativeGesturesHandler.MobileHelpText": str(text("Use two fingers to move the map")),
                "more": str(text("Open its page")),
            },
        }
