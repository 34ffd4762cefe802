"""One kind of e-mail and its context become a subject, a page for mail readers and the same as plain text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment

from app.messages.colours import accents
from app.messages.contexts import CONTEXTS

if TYPE_CHECKING:
    from css_inline import CSSInliner

_BLANK_LINES = re.compile(r"\n{3,}")
_LONGEST_SUBJECT = 200


@cache
def _inliner() -> CSSInliner:
    import css_inline  # compiled, and wanted only by whoever writes a mail

    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class Rendered(NamedTuple):
    """The three faces of one e-mail; the subject is a single line."""

    subject: str
    html: str
    text: str


class BadContext(ValueError):
    """An e-mail was asked for with a context that does not fit its kind."""


def render_email(environment: Environment, kind: str, context: Mapping[str, Any]) -> Rendered:
    """The e-mail of a kind from `CONTEXTS`, its styles inlined; only the @media rules stay in the head.

    `environment` finds `messages/<kind>.html`, `.txt` and `.subject.txt`, and must escape .html and not .txt, as
    Flask's does. Raises BadContext for an unknown kind, a missing or unknown name, or an address that is not http(s),
    and BadColour.
    """
    _check_escaping(environment)
    values = {**_checked(kind, context), "accents": accents(context.get("colour"))}
    subject = environment.get_template(f"messages/{kind}.subject.txt").render(values)
    html = environment.get_template(f"messages/{kind}.html").render({**values, "subject": _one_line(subject)})
    text = environment.get_template(f"messages/{kind}.txt").render(values)
    return Rendered(_one_line(subject), _inliner().inline(html), _tidy(text))


def _checked(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    described = CONTEXTS.get(kind)
    if described is None:
        raise BadContext(f"there is no e-mail of the kind {kind!r}")
    required: frozenset[str] = described.__required_keys__  # type: ignore[attr-defined]
    optional: frozenset[str] = described.__optional_keys__  # type: ignore[attr-defined]
    missing, unknown = required - context.keys(), context.keys() - required - optional
    if missing or unknown:
        raise BadContext(f"{kind}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    for name, value in context.items():
        if name.endswith("_url") and value is not None and urlsplit(value).scheme not in ("http", "https"):
            raise BadContext(f"{kind}: {name} is not an http address")
    values = {**dict.fromkeys(optional), **context}
    for name in ("rows", "bank_rows"):
        if values.get(name):
            values[name] = [{"after": False, "strong": False, **row} for row in values[name]]
    return values


def _check_escaping(environment: Environment) -> None:
    escapes = environment.autoescape
    if not callable(escapes) or not escapes("messages/a.html") or escapes("messages/a.txt"):
        raise BadContext("the template environment must escape .html and leave .txt as it is")


def _one_line(text: str) -> str:
    """Line breaks and control characters become spaces, so that a name cannot start a header."""
    cleaned = "".join(" " if unicodedata.category(ch) in ("Cc", "Cs", "Zl", "Zp") else ch for ch in text)
    line = " ".join(cleaned.split())
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1].rstrip() + "…"


def _tidy(text: str) -> str:
    # "-- " with its space is what mail readers know a signature by.
    lines = "\n".join(line if line == "-- " else line.rstrip() for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip() + "\n"
