"""Money as integer minor units and an ISO currency: exact arithmetic, rounding, splitting, reading and printing.

Nothing here knows a database, a request or a clock, and no float ever comes near an amount. `minor` is the smallest
unit of the currency (kobo, cent, fils; whole yen). How many digits that is comes from CLDR, through Babel.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import NamedTuple, TypedDict

from babel.core import Locale, UnknownLocaleError, get_global
from babel.numbers import get_currency_precision

MAX_MINOR = 10**15
"""The largest amount, in minor units, that is stored or shown."""

RATE_PLACES, RATE_DIGITS = 12, 6
"""Decimals and digits before the point of an exchange rate: enough for rials in dinars as well as the other way."""

_MAX_TYPED = 64
_NBSP = "\u00a0"
_MINUS = "\u2212"


class MoneyError(ValueError):
    """This amount cannot be used."""

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.__doc__)


class UnknownCurrency(MoneyError):
    """This currency is not known. Use its three-letter code, such as NGN, EUR or USD."""


class CurrencyMismatch(MoneyError):
    """Amounts in different currencies cannot be added or compared."""


class AmountTooLarge(MoneyError):
    """This amount is too large."""


class InexactAmount(MoneyError):
    """This amount has more decimals than its currency."""


class InvalidNumber(MoneyError):
    """Enter a number with the digits 0 to 9, such as 1,250.00."""


# --- currencies -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _known_currencies() -> frozenset[str]:
    """Every code CLDR has a name for, old ones too: documents outlive currencies."""
    return frozenset(Locale.parse("en").currencies)


def _current_tender() -> list[str]:
    """ISO codes that are legal tender somewhere with no end date, sorted."""
    codes: set[str] = set()
    periods: Iterable[tuple[str, object, date | None, bool]]
    for periods in get_global("territory_currencies").values():
        codes.update(code for code, _start, end, tender in periods if tender and end is None)
    return sorted(codes)


CURRENCIES: list[str] = _current_tender()
"""Codes a person may choose from."""


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """Digits after the decimal point: JPY 0, NGN 2, KWD 3. Raises UnknownCurrency."""
    if currency not in _known_currencies():
        raise UnknownCurrency
    return int(get_currency_precision(currency))


# --- the pair ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one ISO currency; negative is allowed, |minor| is at most MAX_MINOR but in a `total`.

    Raises UnknownCurrency and AmountTooLarge when made, CurrencyMismatch when two currencies meet.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {type(self.minor).__name__}")
        exponent(self.currency)
        if abs(self.minor) > MAX_MINOR:
            raise AmountTooLarge

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Nothing, in that currency."""
        return cls(0, currency)

    @classmethod
    def of(cls, major: Decimal | str | int, currency: str) -> "Money":
        """From major units (naira, not kobo), exactly. Raises InexactAmount, InvalidNumber, AmountTooLarge.

        For numbers a program wrote ("1250.00"); what a person typed goes through `parse_amount`.
        """
        if isinstance(major, str):
            if len(major) > _MAX_TYPED or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", major):
                raise InvalidNumber
            major = Decimal(major)
        elif isinstance(major, bool) or not isinstance(major, int | Decimal):
            raise TypeError(f"an amount is a Decimal, str or int, not {type(major).__name__}")
        return cls(_exact_minor(Decimal(major), exponent(currency)), currency)

    @classmethod
    def sum(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """All of them added, zero of `currency` when there are none. Raises CurrencyMismatch, AmountTooLarge."""
        minor = 0
        for amount in amounts:
            if amount.currency != currency:
                raise CurrencyMismatch
            minor += amount.minor
        return cls(minor, currency)

    @classmethod
    def total(cls, minor: int, currency: str) -> "Money":
        """What many stored amounts come to, for showing it: each is at most MAX_MINOR, together they may be more."""
        made = cls.zero(currency)
        object.__setattr__(made, "minor", int(minor))
        return made

    @property
    def decimal(self) -> Decimal:
        """Major units with all of the currency's decimals: Decimal("1250.00")."""
        sign, digits, _ = Decimal(self.minor).as_tuple()
        return Decimal((sign, digits, -exponent(self.currency)))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def _same(self, other: "Money") -> int:
        if not isinstance(other, Money):
            raise TypeError(f"money meets only money, not {type(other).__name__}")
        if self.currency != other.currency:
            raise CurrencyMismatch
        return other.minor


class MoneyJSON(TypedDict):
    """Money as every JSON answer carries it."""

    amount: str
    minor: int
    currency: str


def json_money(money: Money) -> MoneyJSON:
    """`{"amount": "1250.00", "minor": 125000, "currency": "NGN"}`."""
    return {"amount": f"{money.decimal:f}", "minor": money.minor, "currency": money.currency}


def _exact_minor(major: Decimal, places: int) -> int:
    """Major units as whole minor units without rounding. Works on digits: no Decimal context can interfere."""
    _sign, digits, power = major.as_tuple()
    if not isinstance(power, int):
        raise InvalidNumber
    if not any(digits):
        return 0
    if major.adjusted() > 18:
        raise AmountTooLarge
    if major.adjusted() < -places:
        raise InexactAmount
    scaled = Fraction(major) * 10**places
    if scaled.denominator != 1:
        raise InexactAmount
    return int(scaled)


# --- rounding and splitting -------------------------------------------------------------------------------------


def round_half_up(value: Decimal | Fraction) -> int:
    """To the nearest whole unit, halves away from zero: 0.5 -> 1, -0.5 -> -1."""
    if isinstance(value, Decimal):
        return int(value.to_integral_value(ROUND_HALF_UP))
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def split(total: int, weights: Sequence[int | Decimal | Fraction]) -> list[int]:
    """Share `total` minor units in proportion to `weights` by largest remainder; the shares sum to it exactly.

    Of equal remainders the earlier position gets the unit. A zero weight gets nothing, unless all are zero: then all
    count the same. A negative total is shared like its absolute value. Raises ValueError for a negative weight, or
    for nobody to share a total that is not zero.
    """
    if not weights:
        if total:
            raise ValueError("nobody to share the total")
        return []
    parts = _whole_weights(weights)
    whole = sum(parts)
    shares, remainders = [], []
    for part in parts:
        share, remainder = divmod(abs(total) * part, whole)
        shares.append(share)
        remainders.append(remainder)
    left = abs(total) - sum(shares)
    for position in sorted(range(len(parts)), key=lambda i: -remainders[i])[:left]:
        shares[position] += 1
    return shares if total >= 0 else [-share for share in shares]


def _whole_weights(weights: Sequence[int | Decimal | Fraction]) -> list[int]:
    """The same proportions in whole numbers, so that sharing needs no division of fractions."""
    exact = [Fraction(weight) for weight in weights]
    if min(exact) < 0:
        raise ValueError("a weight is negative")
    if not any(exact):
        return [1] * len(exact)
    common = lcm(*(weight.denominator for weight in exact))
    return [int(weight * common) for weight in exact]


# --- what a person types ----------------------------------------------------------------------------------------

_DIGITS = r"(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)"
_NUMBER = re.compile(rf"(?P<minus>[-{_MINUS}]?)(?P<whole>{_DIGITS})?(?:\.(?P<decimals>[0-9]*))?")


def parse_amount(text: str, currency: str, *, allow_negative: bool = False) -> Money:
    """An amount in major units as a person types it: "1,250.00", " 12.5 ", "₦1,250", "1250 NGN".

    The sign or code of another currency is refused and never converted. Raises UnknownCurrency, InvalidNumber,
    InexactAmount or AmountTooLarge, whose message stands beside the field.
    """
    places = exponent(currency)
    number, typed_places = _read(_without_unit(text, currency), "Enter an amount.")
    if typed_places > places:
        raise InexactAmount(f"{currency} has {_places(places)}.")
    if number < 0 and not allow_negative:
        raise InvalidNumber("Enter an amount that is not negative.")
    return Money(_exact_minor(number, places), currency)


def parse_decimal(
    text: str,
    places: int = 6,
    integer_digits: int = 12,
    minimum: Decimal | int | None = None,
    maximum: Decimal | int | None = None,
    currency: str = "",
) -> Decimal:
    """A quantity, unit price or rate as a person types it; bounds are inclusive, negatives need a `minimum` below 0.

    With a `currency` its sign or code may stand beside the figure, as in `parse_amount`.

    Raises InvalidNumber, InexactAmount or AmountTooLarge, whose message stands beside the field.
    """
    number, typed_places = _read(_without_unit(text, currency) if currency else text, "Enter a number.")
    if typed_places > places:
        raise InexactAmount(f"Use {_at_most_places(places)}.")
    if number and number.adjusted() >= integer_digits:
        raise AmountTooLarge(f"Use at most {integer_digits} digits before the decimal point.")
    if minimum is None and number < 0:
        raise InvalidNumber("Enter a number that is not negative.")
    if minimum is not None and number < minimum:
        raise InvalidNumber(f"Enter {Decimal(minimum):,f} or more.")
    if maximum is not None and number > maximum:
        raise InvalidNumber(f"Enter {Decimal(maximum):,f} or less.")
    return number


_WITH_UNIT = re.compile(
    rf"(?P<minus>[-{_MINUS}]?)(?P<before>[^\s0-9.,{_MINUS}-]*)[ {_NBSP}]*"
    rf"(?P<figure>[-{_MINUS}]?[0-9.,]+)[ {_NBSP}]*(?P<after>[^\s0-9.,{_MINUS}-]*)"
)


def _without_unit(text: str, currency: str) -> str:
    """The figure alone, if what stands beside it is the sign or the code of `currency`; other text comes back as it is.

    Raises InvalidNumber for the sign or code of another currency.
    """
    match = _WITH_UNIT.fullmatch(text.strip(" " + _NBSP)[: _MAX_TYPED + 1])
    typed = [unit for unit in (match["before"], match["after"]) if unit] if match else []
    own = {currency.casefold(), _SIGNS.get(currency, currency).casefold()}
    if match is None or not typed:
        return text
    if all(unit.casefold() in own for unit in typed):
        return match["minus"] + match["figure"]
    if any(unit.upper() in _known_currencies() or unit in _SIGNS.values() for unit in typed):
        raise InvalidNumber(f"Enter the amount in {currency}, without the sign or code of another currency.")
    return text


def _read(text: str, when_empty: str) -> tuple[Decimal, int]:
    """The number and how many decimals were typed. Only ASCII digits, a point, and commas between groups of three."""
    stripped = text.strip(" " + _NBSP)
    if not stripped:
        raise InvalidNumber(when_empty)
    if len(stripped) > _MAX_TYPED:
        raise AmountTooLarge("This number is too long.")
    match = _NUMBER.fullmatch(stripped)
    if match is None or not (match["whole"] or match["decimals"]):
        raise InvalidNumber(_why_unreadable(stripped))
    decimals = match["decimals"] or ""
    whole = (match["whole"] or "0").replace(",", "")
    number = Decimal(f"{whole}.{decimals}" if decimals else whole)
    return (number.copy_negate() if match["minus"] and number else number), len(decimals)


def _why_unreadable(text: str) -> str:
    """The sentence for text that is no number: a comma in the wrong place gets its own."""
    if re.fullmatch(rf"[-{_MINUS}]?[0-9,.]*,[0-9,.]*", text):
        return "Use a point for decimals (1.25) and commas only between groups of three digits (1,250)."
    return str(InvalidNumber())


def _places(places: int) -> str:
    return {0: "no decimals", 1: "one decimal"}.get(places, f"{places} decimals")


def _at_most_places(places: int) -> str:
    return "a whole number" if places == 0 else f"at most {_places(places)}"


# --- printing ---------------------------------------------------------------------------------------------------

# Babel ships no narrow signs, and CLDR's English shows NGN as "NGN". Dollars, pounds and kroner that share a sign
# with a bigger neighbour keep a letter, so that no two currencies look the same; the rest show their code.
_SIGNS = {
    "AUD": "A$", "BDT": "৳", "BRL": "R$", "CAD": "CA$", "CNY": "CN¥", "CRC": "₡", "CZK": "Kč", "EUR": "€", "GBP": "£",
    "GHS": "GH₵", "HKD": "HK$", "HUF": "Ft", "IDR": "Rp", "ILS": "₪", "INR": "₹", "JPY": "¥", "KES": "KSh",
    "KRW": "₩", "KZT": "₸", "MXN": "MX$", "MYR": "RM", "NGN": "₦", "NZD": "NZ$", "PHP": "₱", "PLN": "zł",
    "PYG": "₲", "SGD": "S$", "THB": "฿", "TRY": "₺", "TWD": "NT$", "TZS": "TSh", "UAH": "₴", "UGX": "USh", "USD": "$",
    "VND": "₫", "XAF": "FCFA", "XOF": "CFA", "ZAR": "R",
}  # fmt: skip


class MoneyParts(NamedTuple):
    """An amount in the pieces a template dresses differently; `str()` puts them together in the locale's order.

    `sign` is "" or U+2212, `symbol` carries its own no-break space ("KSh\u00a0"), `decimals` its point (".00", or ""
    for a currency without). `symbol_first` is False where the locale writes the currency after the figure.
    """

    sign: str
    symbol: str
    figure: str
    decimals: str
    symbol_first: bool = True

    def __str__(self) -> str:
        number = self.figure + self.decimals
        return self.sign + (self.symbol + number if self.symbol_first else number + self.symbol)


class _Manner(NamedTuple):
    """How a locale writes money."""

    group: str
    point: str
    sizes: tuple[int, int]
    symbol_first: bool
    spaced: bool


@lru_cache(maxsize=128)
def _manner(locale: str) -> _Manner:
    """A locale nobody knows prints like English: a page must not fail on a setting."""
    try:
        known = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        known = Locale.parse("en")
    symbols = known.number_symbols
    latin = symbols.get("latn", symbols)
    pattern = known.currency_formats["standard"]
    positive = pattern.pattern.split(";")[0]
    spaced = any(space in positive for space in (_NBSP, "\u202f", " "))
    return _Manner(
        latin["group"], latin["decimal"], pattern.grouping, positive.index("¤") < positive.index("#"), spaced
    )


def money_parts(money: Money, locale: str = "en") -> MoneyParts:
    """The pieces of an amount for a page or a document, grouped and pointed as `locale` (BCP 47 or CLDR name) does."""
    manner = _manner(locale)
    places = exponent(money.currency)
    digits = str(abs(money.minor)).rjust(places + 1, "0")
    whole, decimals = (digits[:-places], manner.point + digits[-places:]) if places else (digits, "")
    sign = _SIGNS.get(money.currency, money.currency)
    gap = _NBSP if manner.spaced or sign[-1].isalpha() else ""
    symbol = sign + gap if manner.symbol_first else gap + sign
    return MoneyParts(_MINUS if money.minor < 0 else "", symbol, _grouped(whole, manner), decimals, manner.symbol_first)


def format_money(money: Money, locale: str = "en") -> str:
    """Sign, currency and figure: "₦1,250.00", "KSh 61,480.00", "−$5.00"."""
    return str(money_parts(money, locale))


def plain(money: Money, locale: str = "en") -> str:
    """The figure alone, for a column that names its currency once: "1,250.00"."""
    return str(money_parts(money, locale)._replace(symbol=""))


_MORE_SHOWN, _MORE_CUT = 6, 2


def format_exact(minor: Fraction, currency: str, locale: str = "en") -> str:
    """An amount finer than its currency (minor units, not negative), before any rounding: "₦64.125", "₦6.6279…".

    Up to six digits more than the currency has when that is all of it, else two more, cut off, and an ellipsis.
    """
    more = _MORE_SHOWN if (minor * 10**_MORE_SHOWN).denominator == 1 else _MORE_CUT
    whole, rest = divmod(minor.numerator * 10**more // minor.denominator, 10**more)
    digits = str(rest).rjust(more, "0")
    digits = digits + "…" if more == _MORE_CUT else digits.rstrip("0")
    parts = money_parts(Money.total(whole, currency), locale)
    if digits and not parts.decimals:
        digits = _manner(locale).point + digits
    return str(parts._replace(decimals=parts.decimals + digits))


def _grouped(digits: str, manner: _Manner) -> str:
    """Digits in groups from the right; the first group may be of another size than the rest (India: 12,34,567)."""
    first, rest = manner.sizes
    if len(digits) <= first:
        return digits
    groups = [digits[-first:]]
    head = digits[:-first]
    while head:
        groups.insert(0, head[-rest:])
        head = head[:-rest]
    return manner.group.join(groups)
