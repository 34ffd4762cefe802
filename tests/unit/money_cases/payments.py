"""Payments and what they are for."""

from __future__ import annotations

from random import Random

from app.payments.rules import allocate
from tests.unit.money_cases.kinds import kind
from tests.unit.money_cases.making import amount, parts


@kind(10)
def a_payment_over_many_balances(chance: Random) -> None:
    """Oldest first: every balance falls by what was allocated, and what nothing is owed for is credit."""
    balances = [amount(chance) for _ in range(chance.randrange(1, 15))]
    paid = rest = 1 + amount(chance)
    allocated = []
    for balance in balances:
        part, rest = allocate(rest, balance) if rest else (0, 0)
        assert 0 <= part <= balance
        assert not rest or part == balance
        allocated.append(part)
    assert sum(allocated) + rest == paid
    assert sum(allocated) == min(paid, sum(balances))


@kind(10)
def many_payments_on_one_balance(chance: Random) -> None:
    """In whatever parts it comes, the same is allocated and the same is credit."""
    total = amount(chance)
    paid = 1 + amount(chance)
    balance, credit = total, 0
    for part in parts(chance, paid):
        used, left = allocate(part, balance)
        balance, credit = balance - used, credit + left
        assert balance >= 0
        assert not (balance and credit)
    assert (total - balance, credit) == allocate(paid, total)
    assert allocate(paid, -total) == (0, paid)
