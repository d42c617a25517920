"""Write docs/parameters.md from the parameters that are shipped: `python docs/make_parameters.py`."""

from pathlib import Path

from musubime import parameters


def main() -> None:
    lines = [
        "# Parameters",
        "",
        "Every figure that a council could dispute, with its unit and source. Put your own into the table",
        "`[parameters]` of a region's `region.toml`:",
        "",
        "```toml",
        "[parameters]",
        '"service.shop.limit_car_min" = {value = 12, source = "Town plan 2024, p. 8"}',
        "```",
        "",
        "| name | value | unit | what it is | 内容 | since | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, p in parameters.load().items():
        words = p.description.as_json()
        value = ", ".join(str(v) for v in p.value) if isinstance(p.value, list) else p.value
        cells = [f"`{name}`", value, p.unit, words["en"], words["ja"], p.since, p.source]
        lines.append("| " + " | ".join(str(cell).replace("|", "/").replace("\n", " ") for cell in cells) + " |")
    (Path(__file__).parent / "parameters.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
