"""Paystack's unit of money: a hundredth of the major unit in every currency, also where none exists (XOF)."""

from typing import Final

from app.payments.gateways import reading

_DIGITS: Final = {"NGN": 2, "GHS": 2, "ZAR": 2, "KES": 2, "USD": 2, "XOF": 0}
"""Digits of our minor units (CLDR) in the currencies Paystack takes."""

_SMALLEST_SUBUNITS: Final = {"NGN": 5000, "USD": 200, "GHS": 10, "ZAR": 100, "KES": 300, "XOF": 100}
"""The smallest payment per currency in subunits, from Paystack's documentation."""

CURRENCIES: Final = tuple(_DIGITS)


def to_subunits(minor: int, currency: str) -> int:
    """Our minor units as Paystack counts them: XOF 500 becomes 50000."""
    return minor * 100 // _per_major(currency)


def from_subunits(subunits: int, currency: str) -> int:
    """Paystack's count in our minor units. A fraction of a currency without one is dropped, as Paystack does."""
    return subunits * _per_major(currency) // 100


def read(value: object, currency: str | None) -> int | None:
    """An amount of an answer in our minor units, also when it came as text; None if it cannot be read."""
    subunits = reading.amount(value)
    return None if subunits is None or currency is None else from_subunits(subunits, currency)


def minimum(currency: str) -> int:
    """The smallest payment in our minor units. Raises KeyError for a currency Paystack does not take."""
    return from_subunits(_SMALLEST_SUBUNITS[currency], currency)


def _per_major(currency: str) -> int:
    # An answer in a currency we do not know is quarantined; two digits only make it readable.
    return int(10 ** _DIGITS.get(currency, 2))
