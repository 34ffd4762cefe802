"""The journal for beancount, a plain-text ledger: opening balances, a transaction for each entry, and what must come
out. Pure.

`bean-check` refuses the file when anything is missing or changed: each transaction has to balance, and each account
has to end where the assertions say, exactly. Source: the beancount language syntax, version 3.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from app.reports.accounts import OPENING, account_name
from app.reports.books import AccountTotal, Entry, Side, Title, Totals, figure, single

DAY = timedelta(days=1)


def ledger(title: Title, entries: Iterable[Entry], totals: Totals) -> Iterator[str]:
    """The whole file in pieces, one for each entry."""
    first, last = title.period.first, title.period.last
    yield f'option "title" {quoted(title.business)}\n'
    for currency in sorted({title.currency, *totals.entries}, key=lambda code: (code != title.currency, code)):
        yield f'option "operating_currency" "{currency}"\n'
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


def _opened(day: date, totals: Totals) -> Iterator[str]:
    currencies: dict[str, list[str]] = {}
    for total in totals.accounts:
        currencies.setdefault(account_name(total.account), []).append(total.currency)
    if any(total.opening for total in totals.accounts):
        currencies[OPENING] = [total.currency for total in totals.currencies]
    for name in sorted(currencies):
        yield f"{day} open {name} {','.join(sorted(currencies[name]))}\n"


def _brought_forward(day: date, totals: Totals) -> Iterator[str]:
    """What stood before the period, a day earlier: a report of the period then shows what happened in it."""
    opening = [total for total in totals.accounts if total.opening]
    if opening:
        yield f'\n{day} * "Opening balances"\n'
        yield from (_posting(account_name(one.account), one.opening, one.currency) for one in opening)
        # Books that balance leave nothing here.
        yield from (_posting(OPENING, -one.opening, one.currency) for one in totals.currencies)


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
    return head + kept + "".join(map(_of_side, entry.sides))


def _of_side(side: Side) -> str:
    return _posting(account_name(side.account), side.minor, side.currency)


def _posting(name: str, minor: int, currency: str) -> str:
    return f"  {name}  {figure(minor, currency)} {currency}\n"


def _controls(day: date, totals: Totals) -> Iterator[str]:
    """The control totals for whoever reads the file with a program."""
    yield "\n; Control totals: entries, lines, debits, credits; and for each account lines, opening, debits, credits.\n"
    for one in totals.currencies:
        counts = f"{totals.entries.get(one.currency, 0)} {one.lines}"
        yield f'{day} custom "journal-currency" {counts} {_amounts(one, one.debits, one.credits)}\n'
    for one in totals.accounts:
        amounts = _amounts(one, one.opening, one.debits, one.credits)
        yield f'{day} custom "journal-account" {account_name(one.account)} {one.lines} {amounts}\n'


def _amounts(total: AccountTotal, *minor: int) -> str:
    return " ".join(f"{figure(one, total.currency)} {total.currency}" for one in minor)


def _assertions(day: date, totals: Totals) -> Iterator[str]:
    """What each account holds when the day begins. By itself beancount would forgive a difference of one cent."""
    yield "\n"
    for one in totals.accounts:
        closing, nothing = figure(one.closing, one.currency), figure(0, one.currency)
        yield f"{day} balance {account_name(one.account)}  {closing} ~ {nothing} {one.currency}\n"
