"""An OutgoingMessage as the MIME document that travels."""

from __future__ import annotations

import re
import unicodedata
from email import headerregistry
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr
from typing import Any

import idna

from app.messages.channels.base import (
    Address,
    AddressRefused,
    Attachment,
    HeaderInjection,
    OutgoingMessage,
    TransportError,
)

EXTRA_HEADERS = frozenset({"List-Unsubscribe", "List-Unsubscribe-Post", "In-Reply-To", "References"})

_LINE_END = "\r\n"
_ADDRESSES = frozenset({"from", "to", "reply-to"})
_VERBATIM = frozenset({"message-id", *(name.lower() for name in EXTRA_HEADERS)})
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+-]{1,100}@[A-Za-z0-9.-]{1,190}>")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_CONTENT_TYPE = re.compile(r"(application|image|text)/[a-z0-9][a-z0-9.+-]{0,100}")
_LONGEST_LINE = 900


class _WirePolicy(EmailPolicy):
    """CRLF lines, and our own folding where the standard one damages what it folds.

    It turns a word longer than the line into an encoded word, which breaks Message-ID and List-Unsubscribe for every
    reader, and it loses spaces between encoded words of a long subject or name (Python 3.11).
    """

    def fold(self, name: str, value: Any) -> str:
        key = name.lower()
        if key in _VERBATIM:
            return f"{name}: {value}{self.linesep}"
        if key == "subject" and _needs_encoding(str(value)):
            return f"{name}: {_encoded(str(value), len(name) + 2)}{self.linesep}"
        if key in _ADDRESSES:
            return f"{name}: " + f",{self.linesep} ".join(_mailbox(entry) for entry in value.addresses) + self.linesep
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("ascii")


_POLICY = _WirePolicy(linesep=_LINE_END, raise_on_defect=False)


def _needs_encoding(text: str) -> bool:
    return not text.isascii() or "=?" in text


def _encoded(text: str, used: int) -> str:
    """RFC 2047 words of at most 75 characters, spaces inside them; `used` characters of the line are taken."""
    words = Header(text, "utf-8", maxlinelen=75 - min(used, 30), continuation_ws=" ")
    return words.encode(linesep=_LINE_END)


def _mailbox(entry: headerregistry.Address) -> str:
    name = entry.display_name
    if _needs_encoding(name):
        return f"{_encoded(name, 10)}{_LINE_END} <{entry.addr_spec}>"
    return formataddr((name, entry.addr_spec))


def build_mime(message: OutgoingMessage) -> EmailMessage:
    """The mail ready to travel: mixed(alternative(plain, html), attachments), as much of it as is needed.

    Raises HeaderInjection for control characters in any header, AddressRefused for an address that cannot be used,
    and a permanent TransportError for a message without a recipient or with an unknown extra header.
    """
    if not message.to:
        raise TransportError("The message has no recipient.", permanent=True)
    mail = EmailMessage(policy=_POLICY)
    mail["Message-ID"] = _checked_message_id(message.message_id)
    mail["Date"] = format_datetime(message.date)
    mail["From"] = _header_address("sender", message.sender)
    mail["To"] = [_header_address("recipient", recipient) for recipient in message.to]
    if message.reply_to is not None:
        mail["Reply-To"] = _header_address("reply address", message.reply_to)
    mail["Subject"] = _clean("subject", message.subject)
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers:
        mail[name] = _extra_header(name, value)
    mail.set_content(message.text, cte="quoted-printable")
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for attachment in message.attachments:
        _attach(mail, attachment)
    return mail


def wire_address(address: str) -> str:
    """The address as mail servers take it, an international domain in its ASCII form. Raises AddressRefused.

    Letters outside ASCII before the @ are refused: only servers with SMTPUTF8 carry them, and one server on the way
    without it loses the mail.
    """
    _clean("address", address)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or any(ch.isspace() for ch in address):
        raise AddressRefused(address, "is not a mail address")
    if not local.isascii():
        raise AddressRefused(address, "has letters before the @ that most mail servers do not carry")
    if len(local) > 64 or not _LOCAL_PART.fullmatch(local):
        raise AddressRefused(address, "is not a mail address")
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise AddressRefused(address, "names a domain that cannot exist") from error
    return f"{local}@{encoded}"


def _header_address(header: str, address: Address) -> headerregistry.Address:
    return headerregistry.Address(_clean(f"{header} name", address.name), addr_spec=wire_address(address.address))


def _clean(header: str, value: str) -> str:
    if any(unicodedata.category(ch) in ("Cc", "Cs", "Zl", "Zp") for ch in value):
        raise HeaderInjection(header)
    return value


def _checked_message_id(value: str) -> str:
    if not _MESSAGE_ID.fullmatch(_clean("Message-ID", value)):
        raise TransportError("The Message-ID must look like <name@host>.", permanent=True)
    return value


def _extra_header(name: str, value: str) -> str:
    if name not in EXTRA_HEADERS:
        raise TransportError(f"The header {name!r} may not be set on a message.", permanent=True)
    if not _clean(name, value).isascii() or len(value) > _LONGEST_LINE:
        raise TransportError(f"The header {name} must be plain ASCII and fit one line.", permanent=True)
    return value


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    if not _CONTENT_TYPE.fullmatch(attachment.content_type):
        raise TransportError(f"{attachment.content_type!r} is not a type of attachment we send.", permanent=True)
    maintype, subtype = attachment.content_type.split("/")
    filename = _clean("attachment name", attachment.filename)
    mail.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=filename)
