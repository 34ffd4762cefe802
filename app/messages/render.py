"""One kind of e-mail and its context become a subject, a page for mail readers and the same as plain text.

`compose` does it for the kinds that have a wording, and makes their WhatsApp message and SMS of it, too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment
from markupsafe import Markup, escape

from app.messages.colours import accents
from app.messages.contexts import CONTEXTS
from app.messages.kinds import FRAMES, KINDS
from app.messages.wording import Wording, fill
from app.messages.wordings import FALLBACK, greeting, phrase, phrase_as_written, spoken

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


class Composed(NamedTuple):
    """One message as each channel takes it: the e-mail's subject, page and plain text, WhatsApp's text and the SMS."""

    subject: str
    html: str
    text: str
    whatsapp: str
    sms: str

    @property
    def email(self) -> Rendered:
        """What of it is the e-mail."""
        return Rendered(self.subject, self.html, self.text)


def render_email(environment: Environment, kind: str, context: Mapping[str, Any]) -> Rendered:
    """The e-mail of a kind from `CONTEXTS`, its styles inlined; only the @media rules stay in the head.

    `environment` finds `messages/<kind>.html`, `.txt` and `.subject.txt`, and must escape .html and not .txt, as
    Flask's does. Raises BadContext for an unknown kind, one that is worded (see `compose`), a missing or unknown name,
    or an address that is not http(s), and BadColour.
    """
    if kind in FRAMES:
        raise BadContext(f"{kind} is worded: compose it")
    values = _checked(kind, context)
    _check_escaping(environment)
    subject = _one_line(environment.get_template(f"messages/{kind}.subject.txt").render(_speaking(values, _say)))
    return _framed(environment, kind, subject, values, values)


def compose(
    environment: Environment, kind: str, wording: Wording, values: Mapping[str, str], context: Mapping[str, Any]
) -> Composed:
    """A message of a kind from `KINDS`: its wording filled with `values`, the e-mail framed by `context`.

    `values` has exactly the names of the kind; `context` is that of the kind's frame. Raises BadContext, BadColour.
    """
    known = KINDS.get(kind)
    if known is None:
        raise BadContext(f"there is no message of the kind {kind!r}")
    if missing := known.names.keys() ^ values.keys():
        raise BadContext(f"{kind}: names missing or unknown: {sorted(missing)}")
    if urlsplit(values["link"]).scheme not in ("http", "https"):
        raise BadContext(f"{kind}: link is not an http address")
    told = _checked(known.frame, context)
    _check_escaping(environment)
    subject = _one_line(fill(wording.subject, values, "subject"))
    html = {**told, "words": Markup(fill(wording.html, values, "html"))}  # noqa: S704  (nothing but allowed elements)
    text = {**told, "words": fill(wording.text, values, "text")}
    mail = _framed(environment, known.frame, subject, html, text)
    short = (fill(wording.whatsapp, values, "whatsapp"), fill(wording.sms, values, "sms"))
    return Composed(*mail, *(one.strip() for one in short))


def _framed(
    environment: Environment, frame: str, subject: str, html: Mapping[str, Any], text: Mapping[str, Any]
) -> Rendered:
    page = environment.get_template(f"messages/{frame}.html").render(
        {**_speaking(html, _say_in_html), "subject": subject}
    )
    plain = environment.get_template(f"messages/{frame}.txt").render(_speaking(text, _say))
    return Rendered(subject, _inliner().inline(page), _tidy(plain))


def _speaking(values: Mapping[str, Any], say: Callable[..., str]) -> dict[str, Any]:
    """The values, with what a frame says its own words by: `say(phrase, ...)`, `hello(name)`, `spoken`."""
    language = values.get("language") or FALLBACK
    return {
        **values,
        "say": partial(say, language),
        "hello": lambda name: greeting(name or "", language),
        "spoken": spoken(language).replace("_", "-"),
    }


def _say(language: str, name: str, **facts: object) -> str:
    return phrase(name, language, **facts)


def _say_in_html(language: str, name: str, **facts: object) -> Markup:
    return escape(phrase_as_written(name, language)).format(**facts)


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
    values = {**dict.fromkeys(optional), **context, "accents": accents(context.get("colour"))}
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
