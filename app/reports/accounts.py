"""What the ledger's accounts are called in beancount, whose names are stricter than ours. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

NAMES = {
    "receivable": "Assets:Receivable",
    "client_credit": "Liabilities:ClientCredit",
    "tax": "Liabilities:Tax",
    "revenue": "Income:Revenue",
    "discounts": "Income:Discounts",
    "fees": "Expenses:Fees",
    "bad_debt": "Expenses:BadDebt",
    "rounding": "Expenses:Rounding",
    "exchange_difference": "Income:ExchangeDifferences",
}
CASH, UNKNOWN = "Assets:Cash", "Equity:Other"
OPENING = "Equity:Opening-Balances"
PLAIN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@lru_cache(maxsize=1024)
def account_name(account: str) -> str:
    """A valid name, another one for every account; those nobody has placed yet stand under Equity:Other.

    No name lies below another one: beancount counts what lies below into a balance.
    """
    if account in NAMES:
        return NAMES[account]
    where, method = (CASH, account[len("cash:") :]) if account.startswith("cash:") else (UNKNOWN, account)
    return f"{where}:{_component(method)}"


def _component(word: str) -> str:
    """One part of a name. What changes beyond recognition gets a mark, so that two words stay two."""
    kept = "-".join(part.capitalize() for part in re.split("[^A-Za-z0-9]+", word) if part)
    if PLAIN.fullmatch(word):
        return kept
    return f"{kept or 'Account'}-{blake2b(word.encode(), digest_size=4).hexdigest()}"
