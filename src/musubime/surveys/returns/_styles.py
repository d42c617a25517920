"""Cell formats of one workbook, each made once."""

from __future__ import annotations

from functools import cache
from typing import Any

FONT = "Yu Gothic"
INK, GREY, LINE = "#1F2933", "#6B7280", "#B8C0CC"
BAND, HEAD, INPUT, LOCKED, LAST = "#1F4E79", "#DCE6F1", "#FFFBE6", "#F1F3F5", "#1D5FBF"
COLOURS = {"fault": "#F8CBCB", "query": "#FFE699", "repair": "#DDEBDA"}
NUMBER_FORMATS = {"integer": "#,##0", "number": "#,##0.0##", "year": "0", "date": "yyyy/mm/dd"}


def lines_of(words: str, width: float) -> int:
    """Lines that words take in a column of so many characters; Japanese ones are two wide."""
    return sum(1 + int(len(part.encode("cp932", "replace")) / max(1.0, width * 1.05)) for part in words.split("\n"))


class Styles:
    """Formats by name; `input` takes what varies. Text cells are "@", so that Excel never turns 1-2 into a date."""

    def __init__(self, book: Any) -> None:
        self._book = book
        plain = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter", "text_wrap": True}
        self._plain = plain

        def made(**more: Any) -> Any:
            return book.add_format(plain | more)

        self.title = made(font_size=16, bold=True, text_wrap=False)
        self.subtitle = made(font_size=11, font_color=GREY, text_wrap=False)
        self.small = made(font_size=9, font_color=GREY, text_wrap=False)
        self.identity = made(font_size=7, font_color="#9AA5B1", text_wrap=False)
        self.body = made()
        self.band = made(bold=True, font_color="#FFFFFF", bg_color=BAND, text_wrap=False, indent=1)
        self.head = made(bold=True, bg_color=HEAD, border=1, border_color=LINE, align="center")
        self.head_small = made(font_size=8, bg_color=HEAD, border=1, border_color=LINE, align="center")
        self.label = made(border=1, border_color=LINE, indent=1)
        self.option = made(border=1, border_color=LINE, indent=2)
        self.mark = made(border=1, border_color=LINE, align="center", font_color=GREY)
        self.last = made(border=1, border_color=LINE, font_color=LAST, italic=True, indent=1)
        self.last_number = made(border=1, border_color=LINE, font_color=LAST, italic=True, num_format="#,##0.###")
        self.warning = made(border=1, border_color=LINE, font_color="#B42318", font_size=9, bg_color=LOCKED, indent=1)
        self.total = made(border=1, border_color=LINE, bg_color=LOCKED, bold=True, num_format="#,##0.##")
        self.count = made(border=1, border_color=LINE, num_format="#,##0", align="right")
        self.input_legend = made(bg_color=INPUT, border=1, border_color=LINE, align="center")
        self.last_legend = made(
            bg_color=INPUT, border=1, border_color=LINE, align="center", font_color=LAST, italic=True
        )
        self.locked_legend = made(bg_color=LOCKED, border=1, border_color=LINE, align="center")
        self.input = cache(self._input)
        self.listed = cache(lambda kind: made(border=1, border_color=LINE, bg_color=COLOURS[kind], valign="top"))
        self.quoted = cache(lambda kind: made(border=1, border_color=LINE, bg_color=COLOURS[kind], valign="top",
                                              num_format="@", quote_prefix=True))

    def _input(self, kind: str, from_last: bool = False, finding: str = "", quoted: bool = False) -> Any:
        look = self._plain | {
            "bg_color": COLOURS.get(finding, INPUT), "border": 1, "border_color": LINE, "locked": False,
            "num_format": NUMBER_FORMATS.get(kind, "@"),
        }
        if kind in NUMBER_FORMATS:
            look["align"] = "right"
        elif kind in ("choices", "yesno"):
            look["align"] = "center"
        elif kind == "choice":
            look |= {"text_wrap": False, "shrink": True, "align": "center"}
        else:
            look["indent"] = 1
        if from_last:
            look |= {"font_color": LAST, "italic": True}
        if quoted:
            look["quote_prefix"] = True
        return self._book.add_format(look)
