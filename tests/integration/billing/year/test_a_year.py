"""A year in the life of many subscribers: everybody is billed what they owe and no more, and the books say so.

`tests/golden/a_year_of_36_subscriptions.txt` is what happens, as a person would tell it, and the same on both
databases; it says how it is made anew. `pencil.py` works out what people owe without any of Duely's code.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.billing.models import LateFee
from app.extensions import db
from app.invoices.models import CreditNote, Invoice
from app.payments.models import Payment
from config import Mail as MailSettings
from tests.contracts.fake_paystack import run_fake_paystack
from tests.contracts.fake_routeros import run_fake_routeros
from tests.contracts.smtp_server import run_smtp_server
from tests.integration.billing.year import golden, pencil
from tests.integration.billing.year.cast import REVERSED_ON
from tests.integration.billing.year.chronicle import accounts, chronicle
from tests.integration.billing.year.opening import Clock
from tests.integration.billing.year.town import Resident, Town
from tests.integration.billing.year.year import Year

CUT_OFF = ("never", "stops", "late", "breaks")
"""What services that were cut off are billed is no matter of paper."""
TOLD = (
    "Home, pays on time",
    "Home, saved card",
    "Home, pays late",
    "Fast home, pays in parts",
    "Home, pays too much",
    "Business in arrears, by transfer",
    "Two services, one invoice",
    "Home, never pays",
    "Abroad, in dollars",
    "Home, away for a while",
    "Home, wants to leave and stays",
    "Home, faster at once",
    "Home, breaks promises",
)
"""Of each of these the first one's whole story is told."""


@pytest.mark.engines("sqlite")
def test_a_year(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    play(36, make_app, monkeypatch, tmp_path)


@pytest.mark.long
@pytest.mark.engines("postgresql")
def test_a_year_on_postgresql(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same file is expected."""
    play(36, make_app, monkeypatch, tmp_path)


@pytest.mark.long
def test_a_year_of_five_hundred(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    play(500, make_app, monkeypatch, tmp_path)


def play(subscriptions: int, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the year go by. Raises AssertionError that says in words what is not as it should be."""
    with a_town(make_app, monkeypatch, tmp_path) as town:
        year = Year(town, subscriptions)
        year.pass_by()
        told = [next(one for one in town.residents.values() if one.who.role.title == title) for title in TOLD]
        found = chronicle(town, year.ends, told)
        if os.environ.get("WRITE_GOLDEN"):
            golden.write(subscriptions, found)
        wrong = {
            "flask audit at the end of a month": year.faults,
            "mail that came twice": list(written_twice(town)),
            "reminders of what was paid": list(reminded_of_what_is_paid(town)),
            "what it comes to on paper": list(against_paper(year)),
            "services and the network": list(year.services),
            "the ledger and its rows": list(against_the_rows(town)),
            f"what {golden.path_of(subscriptions).name} tells": golden.against(subscriptions, found),
        }
        lines = [line for what, all_ in wrong.items() if all_ for line in (f"\n{what}:", *all_[:40])]
        assert not lines, "\n".join(lines)


@contextmanager
def a_town(make_app: Callable[..., Flask], patch: pytest.MonkeyPatch, folder: Path) -> Iterator[Town]:
    """The business with the world around it."""
    with (
        run_fake_paystack() as paystack,
        run_smtp_server(folder, tls=False, sign_in=False) as mail,
        run_fake_routeros() as router,
    ):
        settings = {
            "paystack_base_url": paystack.base_url,
            "mail": MailSettings(host=mail.host, port=mail.port, sender="billing@duely.example"),
            "router_networks": ("127.0.0.0/8",),
            "log_level": "WARNING",
        }
        app = make_app(**settings)
        with app.app_context():
            yield Town(app, Clock(patch), paystack, mail, router)


def written_twice(town: Town) -> Iterator[str]:
    """Mail that came more than once, and days on which somebody was told the same of the same thing twice."""
    for id, times in Counter(mail.id for mail in town.mails).items():
        if times > 1:
            yield f"{id} came {times} times"
    for (to, kind, _, day), times in Counter((m.to, m.kind, m.about, m.at.date()) for m in town.mails).items():
        if times > 1:
            yield f"{to} got {times} of {kind} about one thing on {day}"


def reminded_of_what_is_paid(town: Town) -> Iterator[str]:
    """Mail that asks for money for an invoice which was paid by then."""
    query = select(Invoice.id, Invoice.paid_at).where(Invoice.business_id == town.business_id)
    paid = {id: at for id, at in db.session.execute(query) if at is not None}
    for mail in town.mails:
        if mail.kind.startswith("reminder") and mail.about in paid and paid[mail.about] <= mail.at:
            yield f"{mail.to} on {mail.at.date()}: {mail.subject}"


def against_paper(year: Year) -> Iterator[str]:
    """Where what was billed or given back, or what is owed in the end, is not what it comes to on paper."""
    town = year.town
    billed, returned = _by_day(town, Invoice), _by_day(town, CreditNote)
    for one in town.residents.values():
        if one.who.role.habit in CUT_OFF:
            continue
        meant = pencil.accounts_of(one.who, year.people.said[one.who.email])
        left, stands = pencil.left_unpaid(one.who, meant), _stands(town, one)
        if twice := meant.billed.get(REVERSED_ON, 0):
            meant.billed[REVERSED_ON] += twice
            meant.returned[REVERSED_ON] += twice
        for what, paper, books in (
            ("billed", meant.billed, billed[one.client_id]),
            ("given back", meant.returned, returned[one.client_id]),
        ):
            for day in sorted(paper.keys() | books.keys()):
                if paper.get(day, 0) != books.get(day, 0):
                    meant_, there = paper.get(day, 0), books.get(day, 0)
                    yield f"{one.who.name}, {day}: {meant_} {what} on paper, {there} in the books"
        if left is not None and left != stands:
            yield f"{one.who.name} owes and has credit: {left} on paper, {stands} in the books"


def against_the_rows(town: Town) -> Iterator[str]:
    """Where the ledger does not say what invoices, credit notes and payments add up to."""
    books = accounts(town.business_id)
    for currency in ("NGN", "USD"):
        rows = {
            "receivable": _sum(town, Invoice.balance_minor, Invoice, currency),
            "client_credit": -_sum(town, Payment.unallocated_minor, Payment, currency)
            - _sum(town, CreditNote.unallocated_minor, CreditNote, currency),
            "revenue": _sum(town, CreditNote.net_minor, CreditNote, currency)
            - _sum(town, Invoice.net_minor, Invoice, currency),
            "tax": _sum(town, CreditNote.tax_minor, CreditNote, currency)
            - _sum(town, Invoice.tax_minor, Invoice, currency),
        }
        for account, minor in rows.items():
            if books.get((account, currency), 0) != minor:
                yield f"{account} in {currency}: {minor} in the rows, {books.get((account, currency), 0)} in the ledger"


def _by_day(town: Town, model: type[Invoice] | type[CreditNote]) -> defaultdict[object, dict[date, int]]:
    """{client: {day: minor units}} of all documents but late fees."""
    found: defaultdict[object, dict[date, int]] = defaultdict(dict)
    fees = select(LateFee.fee_invoice_id).where(LateFee.business_id == town.business_id)
    query = select(model.client_id, model.issue_date, func.sum(model.total_minor))
    query = query.where(model.business_id == town.business_id, model.id.not_in(fees))
    for client_id, day, minor in db.session.execute(query.group_by(model.client_id, model.issue_date)):
        found[client_id][day] = int(minor)
    return found


def _stands(town: Town, one: Resident) -> tuple[int, int]:
    """(what somebody owes besides late fees, their credit) in the books."""
    columns = ((Invoice, Invoice.balance_minor), (Payment, Payment.unallocated_minor),
               (CreditNote, CreditNote.unallocated_minor))  # fmt: skip
    owed, paid, returned = (
        int(db.session.scalar(select(func.coalesce(func.sum(column), 0)).where(model.client_id == one.client_id)) or 0)
        for model, column in columns
    )
    fees = select(LateFee.fee_invoice_id).where(LateFee.business_id == town.business_id)
    open_fees = select(func.coalesce(func.sum(Invoice.balance_minor), 0)).where(
        Invoice.client_id == one.client_id, Invoice.id.in_(fees)
    )
    return owed - int(db.session.scalar(open_fees) or 0), paid + returned


def _sum(town: Town, column: object, model: type[Invoice] | type[Payment] | type[CreditNote], currency: str) -> int:
    query = select(func.coalesce(func.sum(column), 0))
    return int(db.session.scalar(query.where(model.business_id == town.business_id, model.currency == currency)) or 0)
