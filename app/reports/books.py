"""What an accountant sees of the journal: entries with their sides, and the totals they are held against. Pure.

Amounts are minor units of the currency beside them; debits are positive and credits negative, unless a field is
called so.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from app.folding import fold
from app.money import Money
from app.reports.periods import Period

EVENTS = {
    ("issue", "invoice"): "Invoice issued",
    ("void", "invoice"): "Invoice voided",
    ("payment", "payment"): "Payment received",
    ("reversal", "payment"): "Payment undone",
    ("allocation", "allocation"): "Credit used for an invoice",
    ("credit_note", "credit_note"): "Credit note issued",
    ("void_credit_note", "credit_note"): "Credit note voided",
    ("refund", "refund"): "Money given back",
    ("fee", "fee"): "Fee of the payment company",
    ("refund_reversed", "refund"): "Refund undone",
    ("refund_failed", "refund"): "Refund failed",
    ("dispute", "refund"): "Dispute lost",
    ("write_off", "write_off"): "Invoice written off",
    ("recovery", "write_off"): "Written off invoice recovered",
}
ACCOUNTS = {
    "receivable": "Receivable",
    "client_credit": "Clients' credit",
    "revenue": "Revenue",
    "tax": "Tax",
    "discounts": "Discounts",
    "fees": "Fees of payment companies",
    "exchange_difference": "Exchange differences",
    "unconverted": "Not converted",
    "cash:transfer": "Bank transfers",
    "cash:cash": "Cash",
    "cash:cheque": "Cheques",
    "cash:card_terminal": "Card terminal",
    "cash:mobile_money": "Mobile money",
    "cash:gateway": "Paid online",
    "cash:other": "Money by another way",
}


@dataclass(frozen=True, slots=True)
class Side:
    """One line of an entry. `document` is the number of an invoice, `client` a name; empty when there is none.

    `base_minor` is what it is worth in the base currency, None without a rate. A line that moves only that has 0 minor
    units.
    """

    account: str
    currency: str
    minor: int
    document: str = ""
    client: str = ""
    base_currency: str = ""
    base_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting with all of its sides."""

    id: uuid.UUID
    on_date: date
    kind: str
    source_kind: str
    source_id: uuid.UUID
    memo: str
    sides: tuple[Side, ...]

    @property
    def documents(self) -> list[str]:
        """The numbers of the invoices it is about, each once."""
        return list(dict.fromkeys(side.document for side in self.sides if side.document))

    @property
    def clients(self) -> list[str]:
        """The names of the clients it is about, each once."""
        return list(dict.fromkeys(side.client for side in self.sides if side.client))

    @property
    def event(self) -> str:
        """What happened, in words."""
        return EVENTS.get((self.kind, self.source_kind)) or _words(f"{self.source_kind} {self.kind}")


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """One account in one currency: what stood before the period, what moved in it in how many lines."""

    currency: str
    account: str
    lines: int
    opening: int
    debits: int
    credits: int

    @property
    def closing(self) -> int:
        """What stands at the end of the period."""
        return self.opening + self.debits - self.credits

    def plus(self, other: AccountTotal) -> AccountTotal:
        """The same account with what another total of it says added."""
        sums = (getattr(self, name) + getattr(other, name) for name in ("lines", "opening", "debits", "credits"))
        return AccountTotal(self.currency, self.account, *sums)


@dataclass(frozen=True, slots=True)
class Totals:
    """The control totals of a period: {currency: number of entries}, and every account that has anything to show.

    `based` are the same accounts in the base currency: of the lines that have a rate, what they are worth.
    """

    entries: dict[str, int]
    accounts: tuple[AccountTotal, ...]
    based: tuple[AccountTotal, ...] = ()

    @property
    def currencies(self) -> list[AccountTotal]:
        """All accounts of each currency added up: debits and credits are equal, opening and closing are nothing."""
        found = []
        for currency in sorted({one.currency for one in self.accounts}):
            mine = self.of(currency)
            sums = (sum(getattr(one, name) for one in mine) for name in ("lines", "opening", "debits", "credits"))
            found.append(AccountTotal(currency, "", *sums))
        return found

    def of(self, currency: str) -> list[AccountTotal]:
        """The accounts of one currency, by name."""
        return [one for one in self.accounts if one.currency == currency]

    def together(self, base: str) -> Totals:
        """The accounts of a base currency, its own lines and what those in others are worth added up."""
        found: dict[str, AccountTotal] = {}
        for one in (*self.of(base), *(one for one in self.based if one.currency == base)):
            found[one.account] = found[one.account].plus(one) if one.account in found else one
        return Totals(self.entries, tuple(found[account] for account in sorted(found)))


@dataclass(frozen=True, slots=True)
class Title:
    """Whose journal it is, in which currency they think first, and of which days."""

    business_id: uuid.UUID
    business: str
    currency: str
    period: Period


@lru_cache(maxsize=1024)
def account_words(account: str) -> str:
    """What people call an account of the ledger."""
    return ACCOUNTS.get(account) or _words(account.replace(":", ", "))


def figure(minor: int, currency: str) -> str:
    """An amount as a plain decimal with all places of its currency: "-1250.00", "500", "1.250"."""
    return f"{Money.total(minor, currency).decimal:f}"


def single(values: Sequence[str]) -> str:
    """The only value there is, or nothing when there are several or none."""
    return values[0] if len(values) == 1 else ""


def filename(title: Title, extension: str) -> str:
    """What a download is called: journal-harmattan-fibre-2026-10-01-to-2026-10-31.csv."""
    whose = "-".join("".join(c if c.isalnum() else " " for c in fold(title.business)).split())[:60].strip("-")
    parts = ("journal", whose, title.period.first.isoformat(), "to", title.period.last.isoformat())
    return f"{'-'.join(part for part in parts if part)}.{extension}"


def _words(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).capitalize()
