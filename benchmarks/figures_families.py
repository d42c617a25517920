"""The kinds of tables into which errors are planted: ten families, each varied by chance."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from figures_made import ACTIVITIES, PREFECTURES, REGIONS, TOWNS, Cell, Made, Number

Rng = np.random.Generator


def _style(rng: Rng) -> str:
    return str(rng.choice(["thousands", "plain", "triangle"], p=[0.5, 0.35, 0.15]))


def _counts(rng: Rng, size: int, low: float = 2.0, high: float = 5.0) -> list[int]:
    return [int(x) for x in 10 ** rng.uniform(low, high, size)]


def _head(table: Made, rng: Rng, title: str) -> int:
    """Title and unit lines above the headings, sometimes; the row where the headings begin."""
    row = 0
    if rng.random() < 0.6:
        table.words[0, 0, 0] = title
        row = 1 + int(rng.integers(0, 2))
    return row


def _gaps(table: Made, rng: Rng, cells: list[Cell], mark: str) -> None:
    """Suppressed or missing figures: what depends on them can no longer be recomputed."""
    for cell in cells:
        if rng.random() < 0.5:
            table.numbers.pop(cell, None)
            table.shares = {t: s for t, s in table.shares.items() if cell not in (t, s[0], s[1])}
            table.words[cell] = mark


def items(rng: Rng) -> Made:
    """Prefectures or towns × items, totals at one or both sides, shares of the total."""
    table = Made("items")
    names = PREFECTURES if rng.random() < 0.5 else list(rng.permutation(TOWNS)[: rng.integers(5, 20)])
    columns = [
        str(x)
        for x in rng.permutation(
            ["農業", "林業", "漁業", "製造業", "建設業", "卸売業", "医療", "福祉", "教育", "公務"]
        )[: rng.integers(3, 8)]
    ]
    style, first, share = _style(rng), rng.random() < 0.5, rng.random() < 0.6
    top = _head(table, rng, "第3表 市町村別、産業別就業者数")
    order = ["計", *names] if first else [*names, "計"]
    at = {name: top + 1 + n for n, name in enumerate(order)}
    table.words[0, top, 0] = "市町村" if len(names) < 30 else "都道府県"
    heads = ["総数", *columns] if rng.random() < 0.7 else [*columns, "合計"]
    where = {name: 1 + n for n, name in enumerate(heads)}
    total = next(name for name in heads if name in ("総数", "合計"))
    for name, column in where.items():
        table.words[0, top, column] = name
    scale = 10 ** rng.uniform(0, 2.5, len(names))
    for n, name in enumerate(names):
        table.words[0, at[name], 0] = name
        for column in columns:
            table.numbers[0, at[name], where[column]] = Number(
                Fraction(int(10 ** rng.uniform(1.3, 2.8) * scale[n])), 0, style
            )
        table.total((0, at[name], where[total]), [(0, at[name], where[c]) for c in columns])
    table.words[0, at["計"], 0] = str(rng.choice(["計", "合計", "県計", "総数"]))
    for column in (*columns, total):
        table.total((0, at["計"], where[column]), [(0, at[name], where[column]) for name in names])
    table.total((0, at["計"], where[total]), [(0, at["計"], where[c]) for c in columns])
    table.lines = [[(0, at[name], where[c]) for c in columns] for name in names] + [
        [(0, at[name], where[c]) for name in names] for c in columns
    ]
    if share:
        decimals, percent, down = int(rng.integers(1, 3)), str(rng.choice(["plain", "percent"])), rng.random() < 0.5
        column = len(heads) + 1
        table.words[0, top, column] = "構成比" if down else f"{columns[0]}の割合(%)"
        for name in order:
            base = (0, at["計"], where[total]) if down else (0, at[name], where[total])
            above = (0, at[name], where[total]) if down else (0, at[name], where[columns[0]])
            table.share((0, at[name], column), above, base, decimals, percent)
    if rng.random() < 0.25:
        _gaps(table, rng, [(0, at[names[0]], where[columns[-1]])], str(rng.choice(["…", "x", "***"])))
    return table


def ages(rng: Rng) -> Made:
    """Ages × sex: total, men, women, three classes, ageing rate."""
    table = Made("ages")
    top, style = _head(table, rng, "年齢（5歳階級）、男女別人口"), _style(rng)
    labels = [f"{a}～{a + 4}歳" for a in range(0, 85, 5)] + ["85歳以上"]
    for n, word in enumerate(["年齢", "総数", "男", "女", "構成比(%)"]):
        table.words[0, top, n] = word
    rows = {name: top + 2 + n for n, name in enumerate(labels)}
    table.words[0, top + 1, 0] = "総数"
    for name, row in rows.items():
        table.words[0, row, 0] = name
        for column in (2, 3):
            table.numbers[0, row, column] = Number(Fraction(int(10 ** rng.uniform(2, 3.6))), 0, style)
        table.total((0, row, 1), [(0, row, 2), (0, row, 3)])
    for column in (1, 2, 3):
        table.total((0, top + 1, column), [(0, row, column) for row in rows.values()])
    table.total((0, top + 1, 1), [(0, top + 1, 2), (0, top + 1, 3)])
    decimals = int(rng.integers(1, 3))
    for row in (top + 1, *rows.values()):
        table.share((0, row, 4), (0, row, 1), (0, top + 1, 1), decimals, "plain")
    last = top + 2 + len(labels)
    for n, (name, some) in enumerate(
        {"15歳未満": labels[:3], "15～64歳": labels[3:13], "65歳以上": labels[13:]}.items()
    ):
        table.words[0, last + n, 0] = name
        for column in (1, 2, 3):
            table.total((0, last + n, column), [(0, rows[label], column) for label in some])
        table.share((0, last + n, 4), (0, last + n, 1), (0, top + 1, 1), decimals, "plain")
    table.lines = [[(0, row, column) for row in rows.values()] for column in (2, 3)]
    return table


def years(rng: Rng) -> Made:
    """A time series with the change on the year before and its rate."""
    table = Made("years")
    top, style = _head(table, rng, "人口及び世帯数の推移"), _style(rng)
    several, decimals = int(rng.integers(1, 3)), int(rng.integers(1, 3))
    start, size, era = int(rng.integers(1990, 2005)), int(rng.integers(10, 25)), rng.random() < 0.4
    table.words[0, top, 0] = "年次"
    for s in range(several):
        for n, word in enumerate(
            ["人口", "対前年増減数", "対前年増減率(%)"] if s == 0 else ["世帯数", "増減", "増減率"]
        ):
            table.words[0, top, 1 + 3 * s + n] = word
        level = 10 ** rng.uniform(3.3, 5.5)
        for n in range(size):
            row = top + 1 + n
            year = start + n
            table.words[0, row, 0] = (
                (f"平成{year - 1988}年" if 1989 <= year < 2019 else f"{year}年") if era else str(year)
            )
            level *= 1 + rng.normal(-0.008, 0.01)
            table.numbers[0, row, 1 + 3 * s] = Number(Fraction(int(level)), 0, style)
            if n:
                now, before = (0, row, 1 + 3 * s), (0, row - 1, 1 + 3 * s)
                table.total((0, row, 2 + 3 * s), [now, before], [1, -1])
                table.share(
                    (0, row, 3 + 3 * s), now, before, decimals, "triangle" if style == "triangle" else "plain", 100, 100
                )
            else:
                table.words[0, row, 2 + 3 * s] = table.words[0, row, 3 + 3 * s] = "-"
    table.lines = [[(0, top + 1 + n, 1 + 3 * s) for n in range(size)] for s in range(several)]
    if several == 1:
        table.lines = [
            [(0, top + 1 + n, 1) for n in range(size // 2)],
            [(0, top + 1 + n + size // 2, 1) for n in range(size // 2)],
        ]
    return table


def levels(rng: Rng) -> Made:
    """The nation, regions, prefectures: subtotals within totals, several items."""
    table = Made("levels")
    top, style, after = _head(table, rng, "地域別の形成状況"), _style(rng), rng.random() < 0.3
    columns = ["団体数", "回答数", "拠点数", "組織数", "人口", "世帯数"][: rng.integers(2, 7)]
    table.words[0, top, 0] = "区分"
    for n, word in enumerate(columns):
        table.words[0, top, 1 + n] = word
    row = top + 1
    national = row
    if not after:
        table.words[0, row, 0] = "全国"
        row += 1
    subtotals: list[int] = []
    places: list[int] = []
    for region, names in REGIONS.items():
        mine: list[int] = []
        if not after:
            table.words[0, row, 0] = f"{region}計" if rng.random() < 0.99 else region
            subtotals.append(row)
            row += 1
        for name in names:
            table.words[0, row, 0] = f"　{name}"
            for n in range(len(columns)):
                table.numbers[0, row, 1 + n] = Number(
                    Fraction(_counts(rng, 1, 1.0 + n * 0.5, 2.5 + n * 0.6)[0]), 0, style
                )
            mine.append(row)
            row += 1
        if after:
            table.words[0, row, 0] = "小計"
            subtotals.append(row)
            row += 1
        places += mine
        for n in range(len(columns)):
            table.total((0, subtotals[-1], 1 + n), [(0, r, 1 + n) for r in mine])
    if after:
        national = row
        table.words[0, row, 0] = "合計"
    for n in range(len(columns)):
        table.total((0, national, 1 + n), [(0, r, 1 + n) for r in subtotals])
    table.lines = [[(0, r, 1 + n) for r in places] for n in range(len(columns))] + [
        [(0, r, 1 + n) for n in range(len(columns))] for r in places
    ]
    return table


def headed(rng: Rng) -> Made:
    """Two levels of headings, years over total, men and women; a blank or repeated upper heading."""
    table = Made("headed", sheets=["" if rng.random() < 0.5 else "表1"])
    top, style, repeat = _head(table, rng, "表1 年次、男女別人口"), _style(rng), rng.random() < 0.5
    spans = [f"令和{y}年" for y in range(2, 2 + int(rng.integers(2, 5)))]
    names = list(rng.permutation(TOWNS)[: rng.integers(6, 18)])
    table.words[0, top, 0] = "市町村"
    for n, span in enumerate(spans):
        for k, word in enumerate(["総数", "男", "女"]):
            if k == 0 or repeat:
                table.words[0, top, 1 + 3 * n + k] = span
            table.words[0, top + 1, 1 + 3 * n + k] = word
    total = top + 2
    table.words[0, total, 0] = "総数"
    for m, name in enumerate(names):
        row = total + 1 + m
        table.words[0, row, 0] = name
        level = 10 ** rng.uniform(2.3, 4.3)
        for n in range(len(spans)):
            for k in (1, 2):
                table.numbers[0, row, 1 + 3 * n + k] = Number(Fraction(int(level * rng.uniform(0.9, 1.1))), 0, style)
            table.total((0, row, 1 + 3 * n), [(0, row, 2 + 3 * n), (0, row, 3 + 3 * n)])
    for column in range(1, 1 + 3 * len(spans)):
        table.total((0, total, column), [(0, total + 1 + m, column) for m in range(len(names))])
    for n in range(len(spans)):
        table.total((0, total, 1 + 3 * n), [(0, total, 2 + 3 * n), (0, total, 3 + 3 * n)])
    table.lines = [
        [(0, total + 1 + m, 1 + 3 * n + k) for m in range(len(names))] for n in range(len(spans)) for k in (1, 2)
    ]
    return table


def answers(rng: Rng) -> Made:
    """A survey: answers with counts and shares of the respondents, by designation; 複数回答 adds up to more."""
    table = Made("answers")
    top, style = _head(table, rng, "問5 活動内容（複数回答）"), _style(rng)
    groups = ["過疎地域", "その他"]
    names = list(rng.permutation(ACTIVITIES)[: rng.integers(6, 12)])
    percent, decimals = str(rng.choice(["plain", "percent"])), int(rng.integers(0, 2))
    table.words[0, top, 0] = "活動"
    for n, group in enumerate(["全体", *groups]):
        table.words[0, top, 1 + 2 * n], table.words[0, top + 1, 1 + 2 * n] = group, "件数"
        table.words[0, top, 2 + 2 * n], table.words[0, top + 1, 2 + 2 * n] = group, "割合"
    base = top + 2
    table.words[0, base, 0] = "回答数(N)"
    sizes = [int(x) for x in rng.integers(300, 4000, 2)]
    for n, size in enumerate(sizes):
        table.numbers[0, base, 3 + 2 * n] = Number(Fraction(size), 0, style)
    table.total((0, base, 1), [(0, base, 3), (0, base, 5)])
    for n in range(3):
        table.share((0, base, 2 + 2 * n), (0, base, 1 + 2 * n), (0, base, 1 + 2 * n), decimals, percent)
    for m, name in enumerate(names):
        row = base + 1 + m
        table.words[0, row, 0] = name
        for n, size in enumerate(sizes):
            table.numbers[0, row, 3 + 2 * n] = Number(Fraction(int(size * rng.uniform(0.05, 0.9))), 0, style)
        table.total((0, row, 1), [(0, row, 3), (0, row, 5)])
        for n in range(3):
            table.share((0, row, 2 + 2 * n), (0, row, 1 + 2 * n), (0, base, 1 + 2 * n), decimals, percent)
    table.lines = [[(0, base + 1 + m, 1 + 2 * n) for m in range(len(names))] for n in range(3)]
    return table


def means(rng: Rng) -> Made:
    """People, households, people per household, area, density, aged and their share."""
    table = Made("means")
    top, style = _head(table, rng, "市町村の概況"), _style(rng)
    names = list(rng.permutation(TOWNS)[: rng.integers(8, 20)])
    heads = [
        "市町村名",
        "人口",
        "世帯数",
        "１世帯当たり人員",
        "65歳以上人口",
        "高齢化率",
        "面積(km2)",
        "人口密度(人/km2)",
    ]
    for n, word in enumerate(heads):
        table.words[0, top, n] = word
    rows = [top + 1 + m for m in range(len(names))]
    last = top + 1 + len(names)
    for row, name in zip([*rows, last], [*names, "合計"], strict=True):
        table.words[0, row, 0] = str(name)
    for row in rows:
        people = int(10 ** rng.uniform(2.6, 5))
        for column, value in (
            (1, people),
            (2, int(people / rng.uniform(1.9, 2.8))),
            (4, int(people * rng.uniform(0.2, 0.55))),
        ):
            table.numbers[0, row, column] = Number(Fraction(value), 0, style)
        table.numbers[0, row, 6] = Number(Fraction(int(10 ** rng.uniform(3, 5)), 100), 2, "plain")
    for column in (1, 2, 4, 6):
        table.total((0, last, column), [(0, row, column) for row in rows])
    for row in (*rows, last):
        table.share((0, row, 3), (0, row, 1), (0, row, 2), 2, "plain", 1)
        table.share((0, row, 5), (0, row, 4), (0, row, 1), 1, str("percent" if style == "thousands" else "plain"))
        table.share((0, row, 7), (0, row, 1), (0, row, 6), 1, "thousands", 1)
    for equation in table.equations:  # the area is rounded itself
        if equation.kind == "share" and equation.others[1][2] == 6:
            area = table.numbers[equation.others[1]].value
            equation.room += table.numbers[equation.others[0]].value / area * Fraction(1, 200) / area
    table.lines = [[(0, row, column) for row in rows] for column in (1, 2, 4)]
    return table


def tidy(rng: Rng) -> Made:
    """A list as from e-Stat: year, place, sex, value, one figure a row, codes beside the names."""
    table = Made("tidy")
    span = list(range(2015, 2015 + int(rng.integers(2, 5))))
    names = list(rng.permutation(TOWNS)[: rng.integers(4, 12)])
    for n, word in enumerate(["時間軸(年)", "地域コード", "地域", "男女", "人口", "世帯数"]):
        table.words[0, 0, n] = word
    at: dict[tuple[int, str, str], int] = {}
    row = 1
    for year in span:
        for m, name in enumerate(["県計", *names]):
            for sex in ("総数", "男", "女"):
                at[year, name, sex] = row
                for column, word in enumerate((f"{year}年", str(35000 + m), name, sex)):
                    table.words[0, row, column] = word
                row += 1
    for year in span:
        for name in names:
            for sex in ("男", "女"):
                table.numbers[0, at[year, name, sex], 4] = Number(Fraction(_counts(rng, 1, 2.2, 4.2)[0]), 0, "plain")
            table.total((0, at[year, name, "総数"], 4), [(0, at[year, name, sex], 4) for sex in ("男", "女")])
        for sex in ("総数", "男", "女"):
            table.total((0, at[year, "県計", sex], 4), [(0, at[year, name, sex], 4) for name in names])
        table.total((0, at[year, "県計", "総数"], 4), [(0, at[year, "県計", sex], 4) for sex in ("男", "女")])
        for name in names:
            table.numbers[0, at[year, name, "総数"], 5] = Number(Fraction(_counts(rng, 1, 2.0, 4.0)[0]), 0, "plain")
        table.total((0, at[year, "県計", "総数"], 5), [(0, at[year, name, "総数"], 5) for name in names])
    table.lines = [[(0, at[year, name, sex], 4) for name in names for sex in ("総数", "男", "女")] for year in span]
    return table


def sheets(rng: Rng) -> Made:
    """A workbook with a sheet each for all, men and women."""
    table = Made("sheets", sheets=["総数", "男", "女"])
    names = list(rng.permutation(TOWNS)[: rng.integers(5, 15)])
    classes = ["総数", "0～14歳", "15～64歳", "65～74歳", "75歳以上"]
    for s, sex in enumerate(table.sheets):
        table.words[s, 0, 0] = f"年齢別人口（{sex}）"
        table.words[s, 2, 0] = "市町村"
        for n, word in enumerate(classes):
            table.words[s, 2, 1 + n] = word
        for m, name in enumerate(["県計", *names]):
            table.words[s, 3 + m, 0] = str(name)
    for m in range(1, 1 + len(names)):
        for n in range(2, 6):
            for s in (1, 2):
                table.numbers[s, 3 + m, n] = Number(Fraction(_counts(rng, 1, 2.0, 4.0)[0]), 0, "plain")
            table.total((0, 3 + m, n), [(1, 3 + m, n), (2, 3 + m, n)])
        for s in range(3):
            table.total((s, 3 + m, 1), [(s, 3 + m, n) for n in range(2, 6)])
        table.total((0, 3 + m, 1), [(1, 3 + m, 1), (2, 3 + m, 1)])
    for n in range(1, 6):
        for s in range(3):
            table.total((s, 3, n), [(s, 3 + m, n) for m in range(1, 1 + len(names))])
    table.lines = [[(s, 3 + m, n) for m in range(1, 1 + len(names))] for s in (1, 2) for n in range(2, 6)]
    return table


def claimed(rng: Rng) -> Made:
    """A long table with claims, as the deck's."""
    table = Made("claimed", claims=True)
    for n, word in enumerate(["slide", "series", "key", "period", "value", "unit", "claim"]):
        table.words[0, 0, n] = word
    row = 1

    def add(slide: int, series: str, key: str, period: str, value: int | None, unit: str, claim: str = "") -> Cell:
        nonlocal row
        for n, word in enumerate([str(slide), series, key, period]):
            table.words[0, row, n] = word
        table.words[0, row, 5], table.words[0, row, 6] = unit, claim
        cell = (0, row, 4)
        if value is not None:
            table.numbers[cell] = Number(Fraction(value), 0, "plain")
        row += 1
        return cell

    series = [f"net_{name}" for name in ("tokyo", "osaka", "nagoya", "fukuoka")[: rng.integers(2, 5)]]
    months = [f"{year}-{month:02}" for year in (2019, 2020, 2021) for month in range(1, 13)]
    for s, name in enumerate(series):
        values = [int(x) for x in rng.normal(3000, 4000, len(months))]
        cells = [
            add(13 + s, name, "monthly", month, value, "persons") for month, value in zip(months, values, strict=True)
        ]
        for y, year in enumerate((2019, 2020, 2021)):
            total = add(
                13 + s,
                name,
                "year_sum",
                str(year),
                sum(values[12 * y : 12 * y + 12]),
                "persons",
                f"sum({name}, monthly, {year}-*) = value",
            )
            table.total(total, cells[12 * y : 12 * y + 12])
        table.lines.append(cells)
    kinds = ["kaso", "other"]
    bases = [add(3, "municipalities", kind, "2021", int(rng.integers(300, 1000)), "municipalities") for kind in kinds]
    total = add(
        3,
        "municipalities",
        "total",
        "2021",
        int(sum(table.numbers[c].value for c in bases)),
        "municipalities",
        "get(municipalities, kaso, 2021) + get(municipalities, other, 2021) = value",
    )
    table.total(total, bases)
    for thing in ("hubs", "rmo", "calls"):
        for kind, base in zip([*kinds, "total"], [*bases, total], strict=True):
            whole = int(table.numbers[base].value)
            above = add(3, thing, kind, "2021", int(whole * rng.uniform(0.05, 0.9)), "municipalities")
            target = (0, row, 4)
            table.share(target, above, base, 1, "plain")
            add(
                3,
                f"{thing}_share",
                kind,
                "2021",
                None,
                "%",
                f"get({thing}, {kind}, 2021) / get(municipalities, {kind}, 2021) = value",
            )
    return table


FAMILIES: tuple[Callable[[Rng], Made], ...] = (
    items,
    ages,
    years,
    levels,
    headed,
    answers,
    means,
    tidy,
    sheets,
    claimed,
)

WITH_SHARES = (items, ages, answers, means, claimed)
"""Families in which a share may have a wrong base or a wrong rounding."""
