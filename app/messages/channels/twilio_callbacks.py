"""What Twilio tells by itself: what became of a message, and what customers write to us. Pure reading.

Nothing here raises for anything that a stranger might post. A callback is believed only when `is_signed` says so.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from app.messages.channels.texts import is_e164
from app.messages.channels.twilio_errors import failure, is_gone

Params = Mapping[str, str] | Iterable[tuple[str, str]]
State = Literal["sent", "delivered", "read", "failed"]

LONGEST_INBOUND = 4096
"""Characters that are kept of what a customer writes; WhatsApp itself allows no more."""

_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_STATES: dict[str, State] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}
# Twilio's own words for opting out and in; YES is left out, for it answers many questions.
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START = frozenset({"start", "unstop", "subscribe"})


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message that was accepted. `state` None: nothing yet (queued, sending, ...).

    With "failed", `reason` is one plain sentence for staff and `permanent` as in TransportError; `gone` says that
    nothing should be sent to this number again.
    """

    provider_id: str
    state: State | None
    reason: str = ""
    permanent: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """A customer's message to our number. `sender` in E.164; `stop` and `start` when it asks for just that."""

    channel: Literal["whatsapp", "sms"]
    sender: str
    text: str
    stop: bool
    start: bool


def is_signed(token: str, url: str, params: Params, signature: object) -> bool:
    """Whether Twilio signed this: HMAC-SHA1 with the account's token over the full public URL and every parameter.

    `url` is the one that Twilio called, query included. Twilio is not consistent about a port in it, so it counts with
    the port and without. Never raises.
    """
    if not token or not isinstance(signature, str):
        return False
    try:
        given = signature.encode("ascii")
        signed = MultiDict(_pairs(params))
        validator = RequestValidator(token)
        # The SDK's `validate` compares step by step and fails on odd addresses, so only its arithmetic is used.
        expected = [validator.compute_signature(one, signed).encode("ascii") for one in _spellings(url)]
    except (ValueError, TypeError, AttributeError):
        return False
    return any(hmac.compare_digest(one, given) for one in expected)


def read(params: Params) -> Receipt | Inbound | None:
    """What a callback says; None for anything else. A field that comes twice counts as it came first. Never raises."""
    fields: dict[str, str] = {}
    for name, value in _pairs(params):
        fields.setdefault(name, value)
    status = (fields.get("MessageStatus") or fields.get("SmsStatus") or "").lower()
    if status == "received" or (not status and "Body" in fields):
        return _inbound(fields)
    return _receipt(fields, status) if status else None


def _receipt(fields: Mapping[str, str], status: str) -> Receipt | None:
    provider_id = fields.get("MessageSid") or fields.get("SmsSid") or ""
    if not _SID.fullmatch(provider_id):
        return None
    state = _STATES.get(status)
    if state != "failed":
        return Receipt(provider_id, state)
    if status == "canceled":
        return Receipt(provider_id, state, "The message was cancelled in the Twilio account.", True)
    code = fields.get("ErrorCode", "")
    known = int(code) if re.fullmatch(r"[0-9]{1,6}", code) else 0
    return Receipt(provider_id, state, *failure(known), gone=is_gone(known))


def _inbound(fields: Mapping[str, str]) -> Inbound | None:
    address = fields.get("From", "")
    sender = address.removeprefix("whatsapp:")
    if not is_e164(sender):
        return None
    text = fields.get("Body", "").replace("\0", "")[:LONGEST_INBOUND]
    word = "".join(text.split()).strip(".,!?\"'").casefold()
    # With Twilio's advanced opt-out, it says itself what it understood.
    chosen = fields.get("OptOutType", "").casefold()
    stop = word in _STOP or chosen == "stop"
    return Inbound(
        channel="sms" if sender == address else "whatsapp",
        sender=sender,
        text=text,
        stop=stop,
        start=not stop and (word in _START or chosen == "start"),
    )


def _pairs(params: object) -> list[tuple[str, str]]:
    """The parameters that are a name and a text, in their order; whatever else there is says nothing."""
    if isinstance(params, MultiDict):
        entries: Iterable[object] = params.items(multi=True)
    elif isinstance(params, Mapping):
        entries = params.items()
    else:
        entries = params if isinstance(params, Iterable) and not isinstance(params, str | bytes) else ()
    return [
        (entry[0], entry[1])
        for entry in entries
        if isinstance(entry, tuple | list)
        and len(entry) == 2
        and isinstance(entry[0], str)
        and isinstance(entry[1], str)
    ]


def _spellings(url: str) -> tuple[str, str]:
    """The address as it is, and with the port of its scheme put in or taken out. Raises ValueError for none."""
    parts = urlsplit(url)
    host = parts.netloc
    other = host[: host.rindex(":")] if parts.port is not None else f"{host}:{443 if parts.scheme == 'https' else 80}"
    return url, url.replace(f"//{host}", f"//{other}", 1)
