"""The piece of HTML that a business writes itself: which elements it may use, and nothing else gets through."""

from __future__ import annotations

import re
from html.parser import HTMLParser

TAGS = frozenset({"p", "br", "strong", "b", "em", "i", "u", "a", "ul", "ol", "li", "h1", "h2", "span"})
_HREF = re.compile(r"(https?://[^\s{}]+|mailto:[^\s{}]+)", re.IGNORECASE)
_PLAIN_BEGINNING = re.compile(r"https?:|mailto:", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{\s*link\s*\}\}")


def clean_fragment(html: str) -> str:
    """The fragment with every element closed, and without whatever is not on the list."""
    import nh3  # compiled, and wanted only by whoever writes a mail

    return nh3.clean(
        html.encode("utf-8", "replace").decode(),  # half a character is none
        tags=set(TAGS),
        attributes={"a": {"href"}},
        attribute_filter=_allowed,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def fragment_problems(html: str) -> list[str]:
    """What of a fragment would not get through, in sentences."""
    typed, kept = _Outline(html), _Outline(clean_fragment(html))
    refused = dict.fromkeys(tag.removeprefix("/") for tag in typed.tags if tag not in TAGS)
    problems = [f"<{tag}> cannot be used here. Use {', '.join(sorted(TAGS))}." for tag in refused]
    for tag, name, value in typed.attributes:
        if tag in TAGS and (tag, name) != ("a", "href"):
            problems.append(f"<{tag}> cannot carry “{name}” here.")
        elif tag == "a" and _allowed(tag, name, value or "") is None:
            problems.append(_link_problem(value or ""))
    if not problems and typed != kept:
        problems.append("Some of this would be lost: a comment, or a < without its >.")
    return list(dict.fromkeys(problems))


def _link_problem(value: str) -> str:
    if _PLAIN_BEGINNING.match(value) and "{{" in value:
        return f"A link is {{{{link}}}} alone, or an address without names in it. “{value}” has one."
    return "A link leads to https://…, mailto:… or {{link}}."


def _allowed(_tag: str, _name: str, value: str) -> str | None:
    return value if _HREF.fullmatch(value) or _PLACEHOLDER.fullmatch(value.strip()) else None


class _Outline(HTMLParser):
    """What a piece of HTML consists of: the elements in their order, their attributes, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Outline) and self._all() == other._all()

    __hash__ = None  # type: ignore[assignment]

    def _all(self) -> tuple[object, ...]:
        opened = [tag for tag in self.tags if not tag.startswith("/")]
        return opened, self.attributes, "".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in TAGS:
            self.tags.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        self.words += f"<!--{data}-->"

    def handle_decl(self, decl: str) -> None:
        self.words += f"<!{decl}>"

    def unknown_decl(self, data: str) -> None:
        self.words += f"<![{data}]>"

    def handle_pi(self, data: str) -> None:
        self.words += f"<?{data}>"
