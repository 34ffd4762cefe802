"""What Twilio's error codes mean for a message, in words that staff understand.

The codes are those of Twilio's error dictionary (twilio.com/docs/api/errors); the same ones come in an answer to our
request and, later, in a status callback.
"""

from __future__ import annotations

from typing import NamedTuple

from app.messages.channels.base import TransportError


class Meaning(NamedTuple):
    """One plain sentence, and whether the same message would fail again (as in TransportError)."""

    reason: str
    permanent: bool


_LOGIN = "Twilio refused our account number or token."
_LATER = "Twilio asked to try later, because too much was sent at once."
_NO_NUMBER = "The telephone number does not exist or cannot receive messages."
_SENDER = "Twilio does not know our sender's number for this channel."
_UNREACHABLE = "The telephone could not be reached."
_FILTERED = "The network kept the message back as unwanted."
_BAD_TEMPLATE = "The template or its variables are not as WhatsApp approved them."
_NO_FILE = "Twilio could not fetch the file that goes with the message."

_MEANINGS: dict[int, Meaning] = {
    20003: Meaning(_LOGIN, False),
    20005: Meaning("The Twilio account is not active.", False),
    20404: Meaning("Twilio does not know our account.", False),
    20429: Meaning(_LATER, False),
    21211: Meaning(_NO_NUMBER, True),
    21212: Meaning(_SENDER, False),
    21217: Meaning(_NO_NUMBER, True),
    21408: Meaning("Messages to this country are switched off in the Twilio account.", True),
    21606: Meaning(_SENDER, False),
    21608: Meaning("A Twilio trial account may only write to numbers that were verified there.", True),
    21609: Meaning("Twilio cannot reach the address that we gave for its notices; see SITE_URL.", False),
    21610: Meaning("The customer asked, by replying STOP, not to be written to.", True),
    21611: Meaning(_LATER, False),
    21612: Meaning("Our sender's number cannot reach this number.", True),
    21614: Meaning("The telephone number is not a mobile number.", True),
    21617: Meaning("The message is too long.", True),
    21620: Meaning(_NO_FILE, True),
    21655: Meaning(_BAD_TEMPLATE, True),
    21656: Meaning(_BAD_TEMPLATE, True),
    30001: Meaning(_LATER, False),
    30002: Meaning("The Twilio account is suspended.", False),
    30003: Meaning(_UNREACHABLE, False),
    30004: Meaning("The customer or the network has blocked messages from us.", True),
    30005: Meaning("The telephone number is not known to the network.", True),
    30006: Meaning("The number is a landline, or its network cannot be reached.", True),
    30007: Meaning(_FILTERED, True),
    30008: Meaning("The network did not deliver the message and did not say why.", False),
    63001: Meaning("WhatsApp refused our sender's login. See the senders in the Twilio account.", False),
    63003: Meaning("The number is not on WhatsApp.", True),
    63005: Meaning("WhatsApp did not accept what the message contains.", True),
    63007: Meaning(_SENDER, False),
    63013: Meaning("WhatsApp says that the message breaks its rules.", True),
    63015: Meaning(
        "The customer has not joined the WhatsApp sandbox, the only one that this number may write to.", True
    ),
    63016: Meaning(
        "WhatsApp allows free text only within a day of the customer's last message; use an approved template.", True
    ),
    63018: Meaning(_LATER, False),
    63019: Meaning(_NO_FILE, False),
    63021: Meaning("WhatsApp did not accept what the message contains.", True),
    63024: Meaning("WhatsApp does not accept this recipient.", True),
}
# Nothing should be sent to such a number again.
_GONE = frozenset({21211, 21217, 21610, 21614, 30005, 30006, 63003, 63024})
# What would not go to one telephone, or with one file, for now: Twilio and our sender are well.
_OF_ONE = frozenset({30003, 30008, 63019})


def is_gone(code: int) -> bool:
    """Whether a code says that the number itself takes no messages, now or later."""
    return code in _GONE


def is_of_one(code: int) -> bool:
    """Whether a code is about one message or its reader, so that others can be sent all the same."""
    return code in _OF_ONE


def meaning(code: int) -> Meaning | None:
    """What a code means; None for one that is not in the table."""
    return _MEANINGS.get(code)


def failure(code: int) -> Meaning:
    """Why a message that was accepted did not arrive; 0 when Twilio gave no code."""
    if code == 0:
        return Meaning("The message was not delivered, and Twilio did not say why.", True)
    return meaning(code) or Meaning(f"The message was not delivered (Twilio's error {code}).", True)


def explain(status: int, code: int, words: str, to: str = "") -> TransportError:
    """The TransportError for a refusal: the HTTP status (4xx), Twilio's code (0 for none) and what Twilio said.

    `to` is the number that was written to.
    """
    detail = f"{status} {code or ''} {words}"
    reason, permanent = meaning(code) or _by_status(status, code)
    gone = (to,) if to and is_gone(code) else ()
    short = " ".join(detail.split())[:300]
    return TransportError(reason, permanent=permanent, detail=short, gone=gone, about_one=is_of_one(code))


def _by_status(status: int, code: int) -> Meaning:
    if status in (401, 403):
        return Meaning(_LOGIN, False)
    if status == 429:
        return Meaning(_LATER, False)
    if status == 404:
        return Meaning("Twilio does not know our account.", False)
    return Meaning(f"Twilio refused the message (error {code or status}).", True)
