"""School catchments as lists of place names (推奨データセット 小中学校通学区域). See docs/data/school_areas.md."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region.codes import six_digits

from ._names import kanji_number, kanji_value
from .model import CatchmentPiece, Piece, Probe

FORMAT = "School catchments"

_SCHOOL, _AREAS, _CODE = "学校名称", "通学区域の住所", "学校所在地_全国地方公共団体コード"
_BRACKETS = re.compile(r"\([^()]*\)")
_RANGE = re.compile(r"^(.*?)([一二三四五六七八九十]+)丁目から(?:.*?)([一二三四五六七八九十]+)丁目まで$")
_NUMBERED = re.compile(r"^(.*?)(?:[0-9]+(?:番|号|地割).*)$")


def recognise(probe: Probe) -> bool:
    first = _text(probe.head).split("\n", 1)[0]
    return _SCHOOL in first and _AREAS in first


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A head that is cut inside a character is still UTF-8.
        if error.start >= len(data) - 4 and data[:error.start]:
            return data[:error.start].decode("utf-8-sig")
        return data.decode("cp932", errors="replace")


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    source = probe.path.name
    try:
        rows = list(csv.DictReader(io.StringIO(_text(probe.path.read_bytes()))))
    except csv.Error as error:
        raise InputError(Fault(
            text("This list of school catchments cannot be read ({reason}).", reason=str(error)),
            text("Save it again as CSV."), file=source,
        )) from error
    codes, schools, places, parts = [], [], [], []
    empty = 0
    for row in rows:
        school, listed = (row.get(_SCHOOL) or "").strip(), (row.get(_AREAS) or "").strip()
        if not school or not listed:
            empty += 1
            continue
        whole, partly = split_places(listed)
        codes.append(_code(row.get(_CODE) or ""))
        schools.append(school)
        places.append(whole)
        parts.append(partly)
    ledger.note("dropped", text("Schools without a name or a list of places were left out."), count=empty,
                source=source)
    if not schools:
        raise InputError(Fault(
            text("This list of school catchments names no school with its places."),
            text("Fill the columns {school} and {areas}.", school=_SCHOOL, areas=_AREAS), file=source,
        ))
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=len(schools)))
    return [CatchmentPiece(source, tuple(codes), tuple(schools), tuple(places), tuple(parts))]


def _code(printed: str) -> str:
    try:
        return six_digits(printed) if printed.strip() else ""
    except InputError:
        return ""


def split_places(listed: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The places named in a list: those meant wholly (a bracket may take a bit away), and those meant in part.

    >>> split_places("御庄;御庄一丁目から三丁目まで;天尾のうち荒瀬地区;錦町深川及び須川（…）")
    (('御庄', '御庄一丁目', '御庄二丁目', '御庄三丁目', '錦町深川', '須川'), ('天尾',))
    >>> split_places("南岩国町（一丁目を除く。）;海土路町一丁目1番から5番まで")
    (('南岩国町',), ('海土路町一丁目',))
    """
    whole: list[str] = []
    partly: list[str] = []
    plain = unicodedata.normalize("NFKC", listed)
    for item in re.split(r"[;、]", _BRACKETS.sub("", plain)):
        for place in re.split(r"及び|並びに", item):
            name = place.strip()
            if not name:
                continue
            if found := _RANGE.match(name):
                blocks = range(kanji_value(found[2]), kanji_value(found[3]) + 1)
                whole += [f"{found[1]}{kanji_number(block)}丁目" for block in blocks]
            elif "のうち" in name:
                partly.append(name.split("のうち", 1)[0])
            elif found := _NUMBERED.match(name):
                partly += [found[1]] if found[1] else []
            else:
                whole.append(name)
    return tuple(dict.fromkeys(whole)), tuple(dict.fromkeys(partly))
