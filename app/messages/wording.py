"""How a message is worded: five texts with names in double braces, and how facts take the place of the names.

No template language: a name is replaced by its value, once, and what a value says is never read again.
"""

from __future__ import annotations

import difflib
import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal
from urllib.parse import quote

from markupsafe import escape

from app.messages.fragment import clean_fragment, fragment_problems
from app.messages.kinds import KINDS, examples

Place = Literal["subject", "html", "text", "whatsapp", "sms", "url"]
FIELDS = ("subject", "html", "text", "whatsapp", "sms")
LONGEST_SMS = 1600
"""Characters; more of them no carrier takes. Twilio takes no more in a WhatsApp message, either."""

_ADDRESS = re.compile(r"https?:|mailto:|www\.", re.IGNORECASE)
_NAME = re.compile(r"\{\{([^{}]*)\}\}")
# Written in the direction of another script, a name could turn around what stands beside it.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# WhatsApp reads these as bold, italic, struck out and typewriter, and knows no way to say that they are meant.
_MARKS = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})
_EMPTY: Mapping[str, str] = {
    "subject": "Enter a subject.",
    "html": "Enter what stands on top of the e-mail.",
    "text": "Enter what stands on top of the e-mail for mail readers that show text only.",
    "whatsapp": "Enter the WhatsApp message.",
    "sms": "Enter the SMS.",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one kind of message. `html` is a fragment: it stands on top of the e-mail, as `text` does."""

    subject: str
    html: str
    text: str
    whatsapp: str
    sms: str

    def texts(self) -> dict[str, str]:
        """Field and text, in the order of `FIELDS`."""
        return {name: str(text) for name, text in asdict(self).items()}


def names_in(text: str) -> list[str]:
    """The names between double braces, as written, each once."""
    return list(dict.fromkeys(found.strip() for found in _NAME.findall(text)))


def fill(text: str, values: Mapping[str, str], place: Place) -> str:
    """The text with every name replaced by its value, made harmless for the place it goes to.

    In one pass: names inside a value stay as they are. A name without a value leaves nothing behind. What comes back
    for "html" is a fragment of allowed elements only, for "subject" and "url" one line.
    """
    text = _printable(text)
    if place == "subject":
        text = _flat(text)
    if place == "html":
        text = clean_fragment(text)

    def value(found: re.Match[str]) -> str:
        name = found[1].strip()
        return _harmless(name, values.get(name, ""), place)

    filled = _NAME.sub(value, text)
    return clean_fragment(filled) if place == "html" else filled


def numbered(variables: Sequence[str], values: Mapping[str, str]) -> dict[str, str]:
    """The values as an approved template of Twilio numbers them: {"1": ..., "2": ...}."""
    return {str(place): _flat(_printable(values.get(name, ""))) for place, name in enumerate(variables, start=1)}


def check(kind: str, wording: Wording) -> dict[str, list[str]]:
    """What keeps a wording from being used, {field: sentences}; empty when all is well."""
    problems = {field: _field_problems(kind, field, text) for field, text in wording.texts().items()}
    if KINDS[kind].opens_a_door:
        for field, text in wording.texts().items():
            problems[field] += _door_problems(field, text)
    for field in ("whatsapp", "sms"):
        text = wording.texts()[field]
        length = len(fill(text, examples(kind), "sms"))
        if length > LONGEST_SMS:
            problems[field].append(f"Filled in, this has {length:,} characters. Use at most {LONGEST_SMS:,}.")
    return {field: found for field, found in problems.items() if found}


def hints(kind: str, wording: Wording) -> list[str]:
    """What a wording may be lacking, in sentences; nothing that keeps it from being used.

    A mail has its button whatever its words are; a text without its link leads nowhere.
    """
    if "link" not in KINDS[kind].names or KINDS[kind].opens_a_door:
        return []
    texts = {"The WhatsApp message": wording.whatsapp, "The SMS": wording.sms}
    return [
        f"{what} holds no {{{{link}}}}, so its reader has no way to the page it is about."
        for what, text in texts.items()
        if text.strip() and "link" not in names_in(text)
    ]


def unknown_names(kind: str, names: Iterable[str]) -> list[str]:
    """A sentence for each name that the kind does not know, with the one that may have been meant."""
    known, said = KINDS[kind].names, []
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), known, 1)
            hint = f"Did you mean {{{{{near[0]}}}}}?" if near else "Choose from the names in the list."
            said.append(f"There is no {{{{{name}}}}} in this message. {hint}")
    return said


def _field_problems(kind: str, field: str, text: str) -> list[str]:
    if not text.strip():
        return [_EMPTY[field]]
    problems = fragment_problems(text) if field == "html" else []
    # An entity of HTML may spell a brace.
    readings = (text, clean_fragment(text)) if field == "html" else (text,)
    problems += unknown_names(kind, dict.fromkeys(name for reading in readings for name in names_in(reading)))
    if any(brace in _NAME.sub("", reading) for reading in readings for brace in "{}"):
        problems.append("A brace stands alone. Names are written with two on each side, like {{link}}.")
    if field == "subject" and len(text.splitlines()) > 1:
        problems.append("A subject is one line.")
    return problems


def _door_problems(field: str, text: str) -> list[str]:
    """Mail of the house about accounts leads to the house: a business cannot send its people anywhere else with it."""
    problems = []
    if field in ("whatsapp", "sms") and text.strip() and "link" not in names_in(text):
        problems.append("Without {{link}} it leads nowhere.")
    if _ADDRESS.search(html.unescape(text)):
        problems.append("In this message only {{link}} may lead somewhere. Take the other address out.")
    return problems


def _harmless(name: str, value: str, place: Place) -> str:
    value = _flat(_printable(value))
    if place == "html":
        return str(escape(value))
    if place == "url":
        return quote(value, safe="")
    if place == "whatsapp" and name != "link":
        return value.translate(_MARKS)
    if place == "sms":
        # A space that may not break makes an SMS of 160 characters one of 70.
        return "".join(" " if unicodedata.category(one) == "Zs" else one for one in value)
    return value


def _printable(text: str) -> str:
    """The text without control characters; line breaks and tabs stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (one if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs") else " " for one in text)
    return "".join(" " if one in "\u2028\u2029" else one for one in kept if one not in _TURNING)


def _flat(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ").strip()
