"""Amounts by themselves: shared out, written and read back."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

from app.money import MAX_MINOR, Money, exponent, format_money, json_money, money_parts, parse_amount, plain, split
from tests.unit.money_cases.kinds import kind
from tests.unit.money_cases.making import CURRENCIES, amount, places

LOCALES = ("en", "de", "fr", "en-IN", "sw", "ja", "ar", "pl")


@kind(15)
def an_amount_shared_out_by_weights(chance: Random) -> None:
    """The shares are the whole; everybody gets their proportion rounded down or one unit more; nothing gets nothing."""
    total = amount(chance) * chance.choice((1, 1, -1))
    weights = [chance.choice((0, 1, amount(chance), places(chance, 6))) for _ in range(chance.randrange(1, 12))]
    shares = split(total, weights)
    assert sum(shares) == total
    whole = sum(map(Fraction, weights))
    for share, weight in zip(shares, weights, strict=True):
        exact = abs(total) * Fraction(weight) / whole if whole else Fraction(abs(total), len(weights))
        assert 0 <= share * (1 if total >= 0 else -1) - exact // 1 <= (exact.denominator > 1)
    assert split(-total, weights) == [-share for share in shares]


@kind(15)
def an_amount_written_and_read_back(chance: Random) -> None:
    """What is shown is what is stored, typed again or read from JSON."""
    money = Money(amount(chance) * chance.choice((1, 1, -1)), chance.choice(CURRENCIES))
    assert parse_amount(plain(money), money.currency, allow_negative=True) == money
    assert Money.of(json_money(money)["amount"], money.currency) == Money.of(money.decimal, money.currency) == money
    locale = chance.choice(LOCALES)
    shown = money_parts(money, locale)
    digits = "".join(letter for letter in shown.figure + shown.decimals if letter.isdigit())
    assert int(digits) * (-1 if shown.sign else 1) == money.minor
    assert len(shown.decimals) == (exponent(money.currency) + 1 if exponent(money.currency) else 0)
    assert format_money(money, locale) == str(shown)


@kind(5)
def an_amount_typed_with_or_without_commas(chance: Random) -> None:
    """However it is typed, it is the same amount, and no digit too many is taken."""
    currency, minor = chance.choice(CURRENCIES), amount(chance)
    major = Decimal(minor).scaleb(-exponent(currency))
    for typed in (f"{major:f}", f"{major:,f}", f" {major:f} ", f"0{major:f}"):
        assert parse_amount(typed, currency).minor == minor
    assert Money(minor, currency) + Money(MAX_MINOR - minor, currency) == Money(MAX_MINOR, currency)
