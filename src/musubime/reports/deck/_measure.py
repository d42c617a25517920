"""How wide words are and how many lines they take, so that nothing runs out of its box.

Measured with the font that the project ships (Noto Sans CJK JP). Yu Gothic and it draw Japanese one em wide each;
Latin letters of Arial in bold are wider by up to 7 %, for which `_LATIN` allows.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

_LATIN = 1.08
_SEAM = 0.2  # em between a Japanese and a Latin letter
_EM = 200
# Where a line of Japanese must not begin (closing marks, small kana) or end (opening marks): kinsoku, JIS X 4051.
_NOT_FIRST = set("、。，．・：；？！）〕］｝〉》」』】’”ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ%％,.:;?!)]}")
_NOT_LAST = set("（〔［｛〈《「『【‘“([{")
_PIECES = re.compile(r"[!-~\u00a1-\u024f\u2010-\u2027−]+|\s+|.", re.S)


@cache
def _font() -> Any:
    import noto_cjk_sans_jp_regular  # type: ignore[import-untyped]
    from PIL import ImageFont

    path = Path(noto_cjk_sans_jp_regular.__file__).with_name("NotoSansCJKjp-Regular.otf")
    return ImageFont.truetype(str(path), _EM)


@lru_cache(maxsize=20_000)
def _ems(piece: str) -> float:
    width = float(_font().getlength(piece)) / _EM
    return width * (_LATIN if piece.isascii() else 1.0)


def width_pt(words: str, size_pt: float) -> float:
    """Width of one line in points. Some programs set Japanese and Latin a little apart: room is kept for that."""
    return _ems_of(words) * size_pt


@lru_cache(maxsize=50_000)
def _ems_of(words: str) -> float:
    pieces = _PIECES.findall(words)
    seams: int = sum(a.isascii() != b.isascii() for a, b in pairwise(pieces) if not (a + b).isspace())
    return sum(_ems(piece) for piece in pieces) + _SEAM * seams


def lines(words: str, size_pt: float, room_pt: float) -> list[str]:
    """The words broken as PowerPoint breaks them: Latin words whole, Japanese anywhere but where kinsoku forbids.

    >>> lines("小さな拠点の形成", 10, 40)
    ['小さな拠', '点の形成']
    >>> lines("small hubs", 10, 40)
    ['small', 'hubs']
    """
    found: list[str] = []
    for paragraph in words.split("\n"):
        line = ""
        for piece in _joined(paragraph):
            if line and width_pt((line + piece).rstrip(), size_pt) > room_pt:
                found.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
            while width_pt(line, size_pt) > room_pt and len(line) > 1:  # one word longer than the line
                cut = next((n for n in range(len(line) - 1, 0, -1) if width_pt(line[:n], size_pt) <= room_pt), 1)
                found.append(line[:cut])
                line = line[cut:]
        found.append(line.rstrip())
    return found


def _joined(paragraph: str) -> list[str]:
    """Pieces that a line may be broken between."""
    pieces: list[str] = []
    for piece in _PIECES.findall(paragraph):
        if pieces and (piece[0] in _NOT_FIRST or pieces[-1][-1] in _NOT_LAST):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def fitting_pt(
    words: list[str], room_pt: float, height_pt: float, *, largest: float, least: float, spacing: float = 1.2
) -> tuple[float, int]:
    """The largest size (half points) at which all paragraphs fit, and their lines; the least size if none does."""
    size = largest
    while True:
        count = sum(len(lines(paragraph, size, room_pt)) for paragraph in words)
        if count * size * spacing <= height_pt or size <= least:
            return size, count
        size = max(size - 0.5, least)
