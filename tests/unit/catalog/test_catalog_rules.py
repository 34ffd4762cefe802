"""Prices, order and suggestions, with pencil and paper."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from app.catalog.rules import moved, shown_price, suggestion
from app.money import Money

A, B, C = (uuid.UUID(int=n) for n in range(3))


@pytest.mark.parametrize(
    "which, direction, after",
    [(A, "down", [B, A, C]), (C, "up", [A, C, B]), (A, "up", [A, B, C]), (C, "down", [A, B, C])],
)
def test_one_place_up_or_down(which: uuid.UUID, direction: str, after: list[uuid.UUID]) -> None:
    assert moved([A, B, C], which, direction) == after


@pytest.mark.parametrize(
    "price, currency, shown",
    [
        ("12.50", "NGN", Money(1250, "NGN")),
        ("12.505", "NGN", None),
        ("100", "JPY", Money(100, "JPY")),
        ("0.5", "JPY", None),
        ("1.125", "KWD", Money(1125, "KWD")),
        ("999999999999.99", "NGN", Money(99999999999999, "NGN")),
        ("999999999999", "KWD", Money(999999999999000, "KWD")),
    ],
)
def test_a_price_is_money_unless_it_is_finer_than_a_coin(price: str, currency: str, shown: Money | None) -> None:
    assert shown_price(Decimal(price), currency) == shown


def test_a_tax_is_suggested_where_the_rate_is_known() -> None:
    nigeria, kenya = suggestion("NG"), suggestion("KE")
    assert nigeria
    assert kenya
    assert (nigeria.name, nigeria.rate, kenya.rate) == ("VAT", Decimal("7.5"), Decimal(16))
    assert suggestion("") is suggestion("US") is None
