"""An OutgoingText checked and written as a provider takes it, before anything is called."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.messages.channels.base import OutgoingText, TransportError
from app.messages.channels.sms_text import plain_sms

LONGEST_TEXT = 1600
"""What Twilio takes in one body, in UTF-16 units."""
LONGEST_VARIABLES = 1024
"""All variables of a WhatsApp template together, in characters."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_TEMPLATE = re.compile(r"HX[0-9a-fA-F]{32}")
_LONGEST_URL = 900


@dataclass(frozen=True, slots=True)
class ReadyText:
    """What travels: a body (and a file) or a template with its variables, never both."""

    channel: str
    to: str
    body: str
    content_sid: str
    variables: tuple[tuple[str, str], ...]
    media_url: str
    status_url: str


def is_e164(number: str) -> bool:
    """Whether this is a telephone number as +, country code and number, without anything else."""
    return _E164.fullmatch(number) is not None


def checked(text: OutgoingText) -> ReadyText:
    """The message as it travels. Raises a permanent TransportError for one that no provider would take."""
    if text.channel not in ("whatsapp", "sms"):
        raise _refused("A message goes by WhatsApp or by SMS.")
    if not is_e164(text.to):
        raise _refused("The telephone number is not written with + and its country code.")
    template = text.content_sid if text.channel == "whatsapp" else ""
    return ReadyText(
        channel=text.channel,
        to=text.to,
        body=_body(text),
        content_sid=_checked_template(template),
        variables=_variables(text.variables) if template else (),
        media_url=_checked_url(text.media_url, "file") if text.channel == "whatsapp" and not template else "",
        status_url=_checked_url(text.status_url, "callback"),
    )


def spaced(text: str) -> str:
    """The text in one line, with single spaces."""
    return " ".join(text.split())


def _body(text: OutgoingText) -> str:
    body = plain_sms(text.text) if text.channel == "sms" else text.text.replace("\r\n", "\n").replace("\r", "\n")
    _readable(body)
    if not body.strip():
        raise _refused("The message has no text.")
    if len(body.encode("utf-16-le")) // 2 > LONGEST_TEXT and not (text.content_sid and text.channel == "whatsapp"):
        raise _refused(f"The message is longer than {LONGEST_TEXT:,} characters.")
    return body


def _variables(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """WhatsApp refuses line breaks, tabs and more than three spaces in a row, so each value becomes one line."""
    for name, value in pairs:
        _readable(name + value)
    found = tuple((name, spaced(value)) for name, value in pairs)
    empty = next((name for name, value in found if not value), None)
    if empty is not None:
        raise _refused(f"Variable {empty} of the template is empty.")
    if sum(len(value) for _, value in found) > LONGEST_VARIABLES:
        raise _refused(f"The variables of the template are longer than {LONGEST_VARIABLES:,} characters together.")
    return found


def _checked_template(sid: str) -> str:
    if sid and not _TEMPLATE.fullmatch(sid):
        raise _refused("The template's number does not look like HX and 32 characters.")
    return sid


def _checked_url(url: str, what: str) -> str:
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    printable = all("!" <= character <= "~" for character in url)
    if parts.scheme not in ("http", "https") or not parts.netloc or not printable or len(url) > _LONGEST_URL:
        raise _refused(f"The address of the {what} is not a web address.")
    return url


def _readable(text: str) -> None:
    """Line breaks and tabs are part of a text; other control characters and half characters cannot be sent."""
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\r\t" for character in text):
        raise _refused("The message holds control characters, so it was not sent.")


def _refused(reason: str) -> TransportError:
    return TransportError(reason, permanent=True)
