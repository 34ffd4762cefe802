"""Charge a card again at Paystack: what is sent, what comes back, and the refusals that mean something of their own."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from app.payments.gateways import paystack_answers, paystack_money, reading
from app.payments.gateways.cards import ChargeRequest, SavedAuthorization
from app.payments.gateways.errors import AuthorizationRefused, ChargeDeferred

_EARLIEST_YEAR: Final = 2000
_DEFERRED = re.compile(r"charge (?:attempt )?cannot be fulfilled")
_WAIT = re.compile(r"until (\d{1,6}) ?(second|minute|hour|day)")
_RETRY_BY = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d{1,2}):(\d\d)")
_UNUSABLE = re.compile(r"match authorization code|authorization (?:code )?(?:may be inactive|is invalid|not found)")


def body(request: ChargeRequest) -> dict[str, object]:
    """The request. Its metadata is JSON in a string, unlike that of a checkout."""
    return {
        "email": request.email,
        "amount": paystack_money.to_subunits(request.amount.minor, request.amount.currency),
        "currency": request.amount.currency,
        "authorization_code": request.authorization_code,
        "reference": request.reference,
        "metadata": json.dumps(dict(request.metadata)),
    }


def refuse(status: int, answer: object) -> None:
    """Raise ChargeDeferred or AuthorizationRefused if that is what the answer says, else return."""
    said = paystack_answers.message(answer)
    if status >= 500 or reading.mapping(answer).get("status") is True:
        return
    if _DEFERRED.search(said):
        retry_by = reading.mapping(reading.mapping(answer).get("data")).get("retry_by")
        raise ChargeDeferred(wait=_wait(said), retry_at=_instant(retry_by))
    if _UNUSABLE.search(said):
        raise AuthorizationRefused("Paystack cannot charge this card again. The customer has to pay once more.")


def confirm_url(data: Mapping[str, object]) -> str | None:
    """Where the customer has to confirm a charge; None if there is nothing to confirm. Raises GatewayError."""
    url = data.get("authorization_url")
    if data.get("paused") in (True, 1, "true") or (url and "status" not in data):
        return paystack_answers.address(url)
    return None


def authorization(data: Mapping[str, object]) -> SavedAuthorization | None:
    """What a transaction says about charging again, whether that is allowed (`reusable`) or not."""
    found = reading.mapping(data.get("authorization"))
    code = reading.text(found.get("authorization_code"), 100)
    email = reading.text(reading.mapping(data.get("customer")).get("email"), 254)
    if not code or not email:
        return None
    return SavedAuthorization(
        code=code,
        email=email,
        signature=reading.text(found.get("signature"), 100),
        brand=reading.text(found.get("brand"), 40),
        last4=_last4(found.get("last4")),
        exp_month=_between(found.get("exp_month"), 1, 12),
        exp_year=_between(found.get("exp_year"), _EARLIEST_YEAR, 9999),
        channel=reading.text(found.get("channel"), 40),
        bank=reading.text(found.get("bank"), 80),
        reusable=found.get("reusable") is True,
    )


def _last4(value: object) -> str | None:
    number = reading.whole(value) if isinstance(value, int) else None
    return f"{number:04}" if number is not None and 0 <= number <= 9999 else reading.text(value, 4)


def _between(value: object, least: int, most: int) -> int | None:
    number = reading.whole(value)
    return number if number is not None and least <= number <= most else None


def _wait(said: str) -> timedelta | None:
    match = _WAIT.search(said)
    return timedelta(**{f"{match[2]}s": int(match[1])}) if match else None


def _instant(value: object) -> datetime | None:
    """`2020-05-01 5:00:00`, as Paystack writes it: without a zone, so it is taken as UTC."""
    match = _RETRY_BY.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        day = datetime.fromisoformat(match[1])
        return day.replace(hour=int(match[2]), minute=int(match[3]), tzinfo=UTC)
    except ValueError:
        return None
