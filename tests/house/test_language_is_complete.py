"""Every sentence a person reads stands in both languages, with the same values in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import jinja2
import jinja2.nodes
import pytest
from babel.messages.pofile import read_po

import musubime

ROOT = Path(musubime.__file__).parent
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def _python_templates() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text":
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                first = node.args[0] if node.args else None
                assert isinstance(first, ast.Constant), f"{place}: a sentence must be a literal to be translated"
                yield place, str(first.value)


def _page_templates() -> Iterator[tuple[str, str]]:
    environment = jinja2.Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True)
    for path in sorted((ROOT / "reports" / "templates").rglob("*")):
        if path.suffix in {".html", ".jinja", ".j2"}:
            tree = environment.parse(path.read_text("utf-8"))
            for call in tree.find_all(jinja2.nodes.Call):
                if isinstance(call.node, jinja2.nodes.Name) and call.node.name == "t":
                    first = call.args[0]
                    if isinstance(first, jinja2.nodes.Const):
                        yield f"{path.relative_to(ROOT)}:{call.lineno}", str(first.value)


TAG = re.compile(r"""{%\s*t\s+(?:"([^"]*)"|'([^']*)')""")


def _site_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "web").rglob("templates/**/*")):
        if path.is_file():
            page = path.read_text("utf-8")
            for found in TAG.finditer(page):
                yield f"{path.relative_to(ROOT)}:{page.count(chr(10), 0, found.start()) + 1}", found[1] or found[2]


def _all_templates() -> list[tuple[str, str]]:
    return [*_python_templates(), *_page_templates(), *_site_templates()]


@pytest.fixture(scope="module")
def japanese() -> dict[str, str]:
    entries: dict[str, str] = {}
    for path in sorted((ROOT / "language" / "ja").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="ja"):
                if message.id:
                    assert not message.fuzzy, f"{path.name}: {message.id} is marked fuzzy"
                    known = entries.setdefault(str(message.id), str(message.string))
                    assert known == message.string, f"{message.id}: two translations in two files"
    return entries


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_sentence_has_a_japanese_one(japanese: dict[str, str]) -> None:
    missing = [f"{place}: {template}" for place, template in _all_templates()
               if not japanese.get(template)]
    assert not missing, "\n".join(missing)


def test_japanese_sentences_are_japanese_and_keep_their_values(japanese: dict[str, str]) -> None:
    for english, sentence in japanese.items():
        assert _fields(sentence) == _fields(english), f"{english} / {sentence}"
        words = re.sub(r"\{[^}]*\}", "", english)
        if len(re.findall(r"[A-Za-z]{3,}", words)) >= 3:
            assert JAPANESE.search(sentence), f"not Japanese: {sentence}"


def test_no_translation_is_left_over(japanese: dict[str, str]) -> None:
    used = {template for _, template in _all_templates()}
    assert not (left := sorted(set(japanese) - used)), "\n".join(left)


def test_pages_of_the_site_hold_no_bare_words() -> None:
    """Every word in a template of the site stands in a {% t %} tag, so that it exists in both languages."""
    found = []
    allowed = {"Musubime", "English", "日本語", "JSON", "CSV"}
    for path in sorted((ROOT / "web").rglob("templates/**/*.html")):
        page = path.read_text("utf-8")
        page = re.sub(r"{% block body_class %}.*?{% endblock %}", "", page)
        page = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "\n", page, flags=re.DOTALL)
        page = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->", "", page, flags=re.DOTALL | re.IGNORECASE)
        words = re.findall(r"""(?:\baria-label|\balt|\btitle|\bplaceholder)\s*=\s*["']([^"']+)""", page)
        words += re.sub(r"<[^>]*>", "\n", page).split("\n")
        found += [f"{path.relative_to(ROOT)}: {word.strip()}" for word in words
                  if re.search(r"[A-Za-z]{2,}|[\u3040-\u30ff\u4e00-\u9fff]", word) and word.strip(" |") not in allowed]
    assert not found, "\n".join(found)
