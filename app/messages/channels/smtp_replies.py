"""What a mail server's answer means for the message, in words that staff understand."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterable, Mapping

from app.messages.channels.base import Refusal, TransportError

Reply = tuple[int, bytes]

_LATER = "The mail server asked to try later."
_CLOSING = 421
"""The server ends the conversation, with whomever: it is not available."""
_ENHANCED = re.compile(rb"\A\s*([245])\.(\d{1,3})\.(\d{1,3})\b")

# Enhanced status codes of RFC 3463, the subject and detail digits; they say more than the three-digit code.
_BY_ENHANCED = {
    (1, 1): "The mailbox does not exist.",
    (1, 2): "The domain of the address does not receive mail.",
    (1, 3): "The mail server does not understand the address.",
    (1, 6): "The mailbox has moved and left no new address.",
    (1, 10): "The domain of the address does not receive mail.",
    (2, 1): "The mailbox is switched off.",
    (2, 2): "The mailbox is full.",
    (2, 3): "The message is too big for the mailbox.",
    (3, 4): "The message is too big for the mail server.",
}
_BY_CODE = {
    550: "The mailbox does not exist.",
    551: "The mailbox is not on this mail server.",
    552: "The message is too big for the mail server.",
    553: "The mail server does not understand the address.",
    554: "The mail server refused the message.",
}

# What says something of the address itself, and not of this message or of today.
_OF_THE_ADDRESS = {_BY_ENHANCED[place] for place in ((1, 1), (1, 2), (1, 3), (1, 6), (2, 1))} | {_BY_CODE[551]}


def gone(found: Iterable[Refusal]) -> tuple[str, ...]:
    """Those of the refused addresses that do not exist, so that nothing should be sent to them again."""
    return tuple(one.address for one in found if one.permanent and one.reason in _OF_THE_ADDRESS)


def explain(error: OSError) -> TransportError:
    """The TransportError for anything that smtplib or the network raises (all of which are OSError)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _all_refused(error.recipients)
    if isinstance(error, smtplib.SMTPResponseException):
        return _from_response(error)
    if isinstance(error.__context__, TimeoutError):
        # smtplib turns a timeout while reading into "disconnected" and keeps it only as the context.
        error = error.__context__
    for kind, reason in _FROM_NETWORK:
        if isinstance(error, kind):
            return TransportError(reason, permanent=False, detail=_short(str(error)))
    return TransportError("The mail server could not be reached.", permanent=False, detail=_short(str(error)))


def refusals(refused: Mapping[str, Reply]) -> tuple[Refusal, ...]:
    """Each refused recipient with its reason, in the order of the server's answers."""
    return tuple(Refusal(address, code >= 500, reason_for(code, words)) for address, (code, words) in refused.items())


def reason_for(code: int, words: bytes) -> str:
    """One plain sentence for a refusing reply to a recipient or to the text."""
    enhanced = _ENHANCED.match(words)
    if enhanced:
        subject, detail = int(enhanced[2]), int(enhanced[3])
        known = _BY_ENHANCED.get((subject, detail))
        if known and (code >= 500 or (subject, detail) == (2, 2)):
            return known
        if code >= 500 and subject == 7:
            return "The mail server refused the message as unwanted."
    if code < 500:
        return _LATER
    return _BY_CODE.get(code, "The mail server refused the message.")


def _all_refused(refused: Mapping[str, Reply]) -> TransportError:
    found = refusals(refused)
    detail = "; ".join(f"{address}: {code} {_short(words)}" for address, (code, words) in refused.items())
    if len(found) == 1:
        reason = found[0].reason
    else:
        reason = " ".join(f"{refusal.address}: {refusal.reason}" for refusal in found)
    permanent = all(refusal.permanent for refusal in found)
    one = all(code != _CLOSING for code, _ in refused.values())
    return TransportError(reason, permanent=permanent, detail=detail, gone=gone(found), about_one=one)


def _from_response(error: smtplib.SMTPResponseException) -> TransportError:
    code = int(error.smtp_code)
    words = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
    detail = f"{code} {_short(words)}"
    if isinstance(error, smtplib.SMTPAuthenticationError) or code in (530, 534, 535, 538):
        reason = "The mail server refused our user name or password."
        return TransportError(reason if code >= 500 else _LATER, permanent=False, detail=detail)
    # smtplib says of an endless line, and of a refused STARTTLS, no more than that: neither is about the message.
    if (
        isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError)
        or type(error) is smtplib.SMTPResponseException
    ):
        return TransportError("The mail server does not talk to us at present.", permanent=False, detail=detail)
    if isinstance(error, smtplib.SMTPSenderRefused) and code >= 500 and code != 552:
        return TransportError("The mail server does not accept our sender address.", permanent=True, detail=detail)
    one = isinstance(error, smtplib.SMTPDataError) and not _says_that_it_is_ill(code, words)
    return TransportError(reason_for(code, words), permanent=code >= 500, detail=detail, about_one=one)


def _says_that_it_is_ill(code: int, words: bytes) -> bool:
    """Whether a refusal of the text is about the server: it closes, or names its own state (X.3.X of RFC 3463)."""
    enhanced = _ENHANCED.match(words)
    return code == _CLOSING or (enhanced is not None and enhanced[2] == b"3" and code < 500)


_FROM_NETWORK: tuple[tuple[type[OSError], str], ...] = (
    (ssl.SSLCertVerificationError, "The mail server's certificate is not one we trust."),
    (ssl.SSLError, "A secure connection to the mail server could not be made."),
    (smtplib.SMTPServerDisconnected, "The mail server broke off the connection."),
    (smtplib.SMTPNotSupportedError, "The mail server lacks something we need, such as a sign-in."),
    (TimeoutError, "The mail server did not answer in time."),
    (ConnectionRefusedError, "The mail server is not accepting connections."),
    (socket.gaierror, "The name of the mail server was not found."),
)


def _short(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:300]
