"""The journal for beancount, a plain-text ledger: opening balances, a transaction for each entry, and what must come
out. Pure.

`bean-check` refuses the file when anything is missing or changed: each transaction has to balance, and each account
has to end where the assertions say, exactly. What has a rate stands with the price of the whole in the base currency
(`@@`), so such a transaction balances in that, its exchange difference and its remainder being amounts of it. Source:
the beancount language syntax, version 3.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from app.ledger.rules import EXCHANGE_DIFFERENCE, ROUNDING, UNCONVERTED
from app.money import exponent
from app.reports.accounts import OPENING, account_name
from app.reports.books import AccountTotal, Entry, Title, Totals, figure, single

DAY = timedelta(days=1)
ONLY_IN_BASE = (EXCHANGE_DIFFERENCE, ROUNDING)
"""Accounts that lines which move only the base amount are of."""


def ledger(title: Title, entries: Iterable[Entry], totals: Totals) -> Iterator[str]:
    """The whole file in pieces, one for each entry."""
    first, last = title.period.first, title.period.last
    yield f'option "title" {quoted(title.business)}\n'
    for currency in sorted({title.currency, *totals.entries}, key=lambda code: (code != title.currency, code)):
        yield f'option "operating_currency" "{currency}"\n'
    for currency in sorted({one.currency for one in totals.based}):
        # A price of the whole is kept as one of a unit, which is not exact: so much less than a cent is no difference.
        yield f'option "inferred_tolerance_default" "{currency}:{Decimal(1).scaleb(-exponent(currency) - 2):f}"\n'
    yield f"\n; The journal from {first} to {last}.\n"
    yield from _opened(first - DAY, totals)
    yield from _brought_forward(first - DAY, totals)
    for entry in entries:
        yield _transaction(entry)
    yield from _controls(last, totals)
    yield from _assertions(last + DAY, totals)


def quoted(words: str) -> str:
    """A string of beancount: on one line, quotes and backslashes escaped, nothing that cannot be seen."""
    if not words.isprintable():
        words = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in words)
    escaped = " ".join(words.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def link(number: str) -> str:
    """A document number as a link, with a dash for every letter that links do not know; empty when none is left."""
    kept = re.sub("[^A-Za-z0-9_/.]+", "-", number).strip("-")
    return f" ^{kept}" if kept else ""


def _held(totals: Totals) -> list[AccountTotal]:
    """What the accounts of this file hold: what the journal's hold, and in the base currency what moved that alone."""
    found = {(one.currency, one.account): one for one in totals.accounts if not _bare(one)}
    for one in (one for one in totals.based if one.account in ONLY_IN_BASE):
        own = found.get((one.currency, one.account))
        found[one.currency, one.account] = one if own is None else own.plus(one)
    return [found[key] for key in sorted(found)]


def _bare(one: AccountTotal) -> bool:
    """Whether an account only ever moved in the base currency."""
    return not (one.opening or one.debits or one.credits)


def _opened(day: date, totals: Totals) -> Iterator[str]:
    currencies: dict[str, list[str]] = {}
    for total in _held(totals):
        currencies.setdefault(account_name(total.account), []).append(total.currency)
    if opening := {total.currency for total in _held(totals) if total.opening}:
        currencies[OPENING] = list({total.currency for total in totals.currencies} | opening)
    for name in sorted(currencies):
        yield f"{day} open {name} {','.join(sorted(currencies[name]))}\n"


def _brought_forward(day: date, totals: Totals) -> Iterator[str]:
    """What stood before the period, a day earlier: a report of the period then shows what happened in it."""
    opening = [total for total in _held(totals) if total.opening]
    if opening:
        yield f'\n{day} * "Opening balances"\n'
        yield from (_posting(account_name(one.account), one.opening, one.currency) for one in opening)
        # Books that balance leave nothing here but, in the base currency, what exchange gained or lost before.
        for currency in sorted({one.currency for one in totals.currencies} | {one.currency for one in opening}):
            yield _posting(OPENING, -sum(one.opening for one in opening if one.currency == currency), currency)


def _transaction(entry: Entry) -> str:
    client = single(entry.clients)
    payee = f"{quoted(client)} " if client else ""
    links = "".join(dict.fromkeys(map(link, entry.documents)))
    facts = {
        "entry": str(entry.id),
        "kind": entry.kind,
        "source-kind": entry.source_kind,
        "source": str(entry.source_id),
        "document": ", ".join(entry.documents),
        "memo": entry.memo,
    }
    narration = quoted(" ".join((entry.event, *entry.documents)))
    head = f"\n{entry.on_date} * {payee}{narration}{links}\n"
    kept = "".join(f"  {name}: {quoted(value)}\n" for name, value in facts.items() if value)
    return head + kept + "".join(_sides(entry))


def _sides(entry: Entry) -> Iterator[str]:
    """The postings. Where only a part has a rate, they balance in their own currency and say what they are worth."""
    if any(side.account == UNCONVERTED for side in entry.sides):
        for side in (side for side in entry.sides if side.minor):
            yield _posting(account_name(side.account), side.minor, side.currency)
            if side.base_minor is not None:
                yield f"    worth: {figure(side.base_minor, side.base_currency)} {side.base_currency}\n"
        return
    for side in entry.sides:
        if not side.minor and side.base_minor is not None:
            yield _posting(account_name(side.account), side.base_minor, side.base_currency)
        elif side.base_minor is not None:
            price = f" @@ {figure(abs(side.base_minor), side.base_currency)} {side.base_currency}"
            yield _posting(account_name(side.account), side.minor, side.currency, price)
        else:
            yield _posting(account_name(side.account), side.minor, side.currency)


def _posting(name: str, minor: int, currency: str, price: str = "") -> str:
    return f"  {name}  {figure(minor, currency)} {currency}{price}\n"


def _controls(day: date, totals: Totals) -> Iterator[str]:
    """The control totals for whoever reads the file with a program."""
    yield "\n; Control totals: entries, lines, debits, credits; and for each account lines, opening, debits, credits.\n"
    for one in totals.currencies:
        counts = f"{totals.entries.get(one.currency, 0)} {one.lines}"
        yield f'{day} custom "journal-currency" {counts} {_amounts(one, one.debits, one.credits)}\n'
    for one in (one for one in totals.accounts if not _bare(one)):
        amounts = _amounts(one, one.opening, one.debits, one.credits)
        yield f'{day} custom "journal-account" {account_name(one.account)} {one.lines} {amounts}\n'
    for one in totals.based:
        amounts = _amounts(one, one.opening, one.debits, one.credits)
        yield f'{day} custom "journal-base-account" "{account_name(one.account)}" {one.lines} {amounts}\n'


def _amounts(total: AccountTotal, *minor: int) -> str:
    return " ".join(f"{figure(one, total.currency)} {total.currency}" for one in minor)


def _assertions(day: date, totals: Totals) -> Iterator[str]:
    """What each account holds when the day begins. By itself beancount would forgive a difference of one cent."""
    yield "\n"
    for one in _held(totals):
        closing, nothing = figure(one.closing, one.currency), figure(0, one.currency)
        yield f"{day} balance {account_name(one.account)}  {closing} ~ {nothing} {one.currency}\n"
