"""A page taken apart with the standard library: elements in order, with the words and language of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br", "img", "hr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parents: tuple[Element, ...]
    words: list[str] = field(default_factory=list)

    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def inside(self, tag: str) -> bool:
        return any(parent.tag == tag for parent in self.parents)


class Page(HTMLParser):
    """`elements` in the order of the document; `unclosed` what was opened and never closed."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.faults: list[str] = []
        self._open: list[Element] = []
        self.feed(source)
        self.close()
        self.faults += [f"<{element.tag}> is not closed" for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.faults.append(f"</{tag}> at line {self.getpos()[0]} closes nothing")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.words.append(data)

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def shown(self, language: str) -> str:
        """The words that a reader of one language sees."""
        other = {"ja": "en", "en": "ja"}[language]
        hidden = {id(e) for e in self.elements if e.attributes.get("lang") == other and e.inside("body")}
        skipped = {"style", "script", "title", "desc", "head"}
        return " ".join(
            "".join(own) for element, own in _own_words(self)
            if element.tag not in skipped and id(element) not in hidden
            and not any(p.tag in skipped or id(p) in hidden for p in element.parents)
        )


def _own_words(page: Page) -> list[tuple[Element, list[str]]]:
    """Words that stand directly in an element: those of its children are taken off one by one."""
    rest = {id(e): list(e.words) for e in page.elements}
    for element in reversed(page.elements):
        for parent in element.parents[-1:]:
            for word in element.words:
                if word in rest[id(parent)]:
                    rest[id(parent)].remove(word)
    return [(e, rest[id(e)]) for e in page.elements]
