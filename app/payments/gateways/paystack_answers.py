"""What any answer of Paystack's API means before one looks at its contents."""

import re
from collections.abc import Mapping
from typing import Final, NoReturn
from urllib.parse import urlsplit

from app.payments.gateways import reading
from app.payments.gateways.errors import GatewayError, GatewayRefused

_SECRET = re.compile(r"\b(?:AUTH_|SIG_|sk_|[^\s@]+@)[^\s,;'\"]+")
"""Card tokens, keys and addresses: a refusal is shown to staff and written into logs."""

UNCLEAR: Final = "Paystack's answer could not be read. Nothing is lost; we are asking again."


def data(status: int, body: object) -> Mapping[str, object]:
    """The `data` of a good answer. Raises GatewayRefused, or GatewayError saying whether a retry makes sense."""
    return reading.mapping(accepted(status, body).get("data"))


def entries(status: int, body: object) -> list[object]:
    """The `data` of a good answer that is a list. Raises as `data` does; anything but a list is unclear."""
    found = accepted(status, body).get("data")
    if not isinstance(found, list):
        raise GatewayError(UNCLEAR)
    return found


def accepted(status: int, body: object) -> Mapping[str, object]:
    """A good answer as a whole. Raises as `data` does."""
    answer = reading.mapping(body)
    # `is True`: a refusal has been documented with the string "false", which is true.
    if 200 <= status < 300 and answer.get("status") is True:
        return answer
    _refuse(status, answer)


def message(body: object) -> str:
    """What Paystack says about a call, in lower case; empty if it says nothing."""
    return (reading.text(reading.mapping(body).get("message")) or "").lower()


def is_duplicate(status: int, body: object) -> bool:
    """Whether this reference was used before."""
    code = reading.mapping(body).get("code")
    return status == 400 and (code == "duplicate_reference" or "duplicate transaction ref" in message(body))


def is_missing(status: int, body: object) -> bool:
    """Whether Paystack has no such object. It has answered both 404 and 400 for a reference it does not know."""
    answer = reading.mapping(body)
    unknown = answer.get("code") == "transaction_not_found" or "reference not found" in message(body)
    return (status == 404 and bool(answer)) or (status == 400 and unknown)


def address(value: object) -> str:
    """An address to send somebody to. Raises GatewayError if it is none."""
    url = reading.text(value, 2000) or ""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise GatewayError(UNCLEAR) from None
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise GatewayError(UNCLEAR)
    return url


def _refuse(status: int, answer: Mapping[str, object]) -> NoReturn:
    said = _SECRET.sub("(hidden)", reading.text(answer.get("message")) or "")
    if status == 401:
        raise GatewayError("Paystack does not accept this secret key. Check the secret key.", permanent=True)
    if status == 403:
        raise GatewayError("Paystack does not let this secret key do that. Check the account.", permanent=True)
    if status == 429:
        raise GatewayError("Paystack asks us to slow down. Nothing is lost; we are asking again.")
    if status >= 500:
        raise GatewayError(f"Paystack has a problem of its own ({status}). Nothing is lost; we are asking again.")
    if said and (status >= 400 or answer.get("status") in (False, "false")):
        raise GatewayRefused(f"Paystack refused: {said}")
    raise GatewayError(UNCLEAR)
