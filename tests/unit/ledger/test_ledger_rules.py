"""What a posting must be before it is made: balanced in each currency, with accounts that exist."""

import pytest

from app.ledger.rules import CLIENT_CREDIT, METHODS, RECEIVABLE, REVENUE, TAX, Line, Unbalanced, balanced, cash
from app.money import Money


def naira(minor: int) -> Money:
    return Money(minor, "NGN")


def test_lines_that_sum_to_nothing_balance_and_zeros_are_left_out() -> None:
    lines = [
        Line(RECEIVABLE, naira(10_750)),
        Line(REVENUE, naira(-10_000)),
        Line(TAX, naira(-750)),
        Line(TAX, naira(0)),
    ]
    assert balanced(lines) == lines[:3]


@pytest.mark.parametrize(
    "lines",
    [
        [Line(RECEIVABLE, naira(1))],
        [Line(RECEIVABLE, naira(10_000)), Line(REVENUE, naira(-9_999))],
        # Two currencies never make up for each other, even when the figures would.
        [Line(RECEIVABLE, naira(100)), Line(REVENUE, Money(-100, "EUR"))],
    ],
)
def test_what_does_not_balance_is_refused(lines: list[Line]) -> None:
    with pytest.raises(Unbalanced):
        balanced(lines)


def test_each_currency_balances_for_itself() -> None:
    euro = [Line(RECEIVABLE, Money(500, "EUR")), Line(CLIENT_CREDIT, Money(-500, "EUR"))]
    assert len(balanced([*euro, Line(RECEIVABLE, naira(7)), Line(REVENUE, naira(-7))])) == 4


def test_money_lies_in_an_account_of_its_method() -> None:
    assert {cash(method) for method in METHODS} == {f"cash:{method}" for method in METHODS}
    with pytest.raises(ValueError, match="shells"):
        cash("shells")
