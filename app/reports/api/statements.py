"""The statement of a customer: as data, as PDF, and by mail."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.clients.queries import get_client
from app.errors import Invalid
from app.money import Money, json_money
from app.reports.api import blueprint
from app.reports.api.money import AGES
from app.reports.periods import Period, own_period
from app.reports.printing import statement_filename
from app.reports.service import send_statement
from app.reports.service.printing import Asked, find_printed, request_pdf
from app.reports.statement import Row, chosen_period, event_words
from app.reports.statement_queries import Account, get_account
from app.web.access import actor
from app.web.api import In, MoneyOut, Out, Query, accepted, operation, told
from app.web.api.papers import LATER, PDF, paper

Named = Literal["recent", "this-month", "last-month", "this-quarter", "this-year"]


class StatementQuery(Query):
    """Of which days, both included: `since` and `until`, or a period by its name (the last three months by itself)."""

    since: date | None = None
    until: date | None = None
    period: Named = "recent"
    currency: str = Field("", max_length=3, description="The customer's own when it is left out.")


class SendStatementIn(In):
    """Of which days, as when reading it."""

    since: date | None = None
    until: date | None = None
    period: Named = "recent"
    currency: str = Field("", max_length=3)


class MovementOut(Out):
    """What left the customer owing more (above zero) or less, and the balance after it."""

    on: date
    event: str
    kind: str
    source_kind: str
    source_id: uuid.UUID
    invoice_id: uuid.UUID | None
    document: str = Field(description="The number of a document, or the reference of a payment.")
    amount: MoneyOut
    balance: MoneyOut


class OpenInvoiceOut(Out):
    """An invoice on which something is owed today."""

    invoice_id: uuid.UUID
    number: str
    due_date: date
    days_late: int = Field(description="Zero and below while it is not late.")
    due: MoneyOut


class AgesOfStatementOut(Out):
    """What is owed at the end, parted by how many days it is late."""

    not_due: MoneyOut
    days_1_30: MoneyOut
    days_31_60: MoneyOut
    days_61_90: MoneyOut
    over_90_days: MoneyOut


class StatementOut(Out):
    """What moved between the business and a customer. A balance above zero is owed by the customer, one below zero is
    their credit."""

    customer_id: uuid.UUID
    customer_name: str
    since: date
    until: date
    currency: str
    currencies: list[str] = Field(description="In which there is a statement.")
    opening: MoneyOut
    closing: MoneyOut
    movements: list[MovementOut]
    open: list[OpenInvoiceOut] = Field(description="What is owed today, whatever the days of the statement.")
    ages: AgesOfStatementOut | None = Field(description="Only where the statement ends today.")
    credit: MoneyOut | None = Field(description="The customer's money in the closing balance, below zero.")


_SOME = {"amount": "3225.00", "minor": 322500, "currency": "NGN"}
_NONE = {"amount": "0.00", "minor": 0, "currency": "NGN"}
_INVOICE_ID = "01936f4e-7c00-7000-8000-000000000030"
STATEMENT = {
    "customer_id": "01936f4e-7c00-7000-8000-000000000010",
    "customer_name": "Adaeze Nwosu",
    "since": "2026-09-01",
    "until": "2026-11-20",
    "currency": "NGN",
    "currencies": ["NGN"],
    "opening": _NONE,
    "closing": _SOME,
    "movements": [
        {
            "on": "2026-11-02",
            "event": "Invoice",
            "kind": "issue",
            "source_kind": "invoice",
            "source_id": _INVOICE_ID,
            "invoice_id": _INVOICE_ID,
            "document": "INV-2026-0001",
            "amount": _SOME,
            "balance": _SOME,
        }
    ],
    "open": [
        {"invoice_id": _INVOICE_ID, "number": "INV-2026-0001", "due_date": "2026-11-16", "days_late": 4, "due": _SOME}
    ],
    "ages": {**dict.fromkeys(AGES, _NONE), "days_1_30": _SOME},
    "credit": _NONE,
}


def _account(client_id: uuid.UUID, asked: StatementQuery | SendStatementIn) -> Account:
    """The statement that was asked for. Raises NotFound, Invalid."""
    get_client(current_user.business_id, client_id)
    today = clock.today(current_user.timezone)
    wanted = asked.currency.upper()
    account = get_account(current_user.business_id, client_id, _period(asked, today), today, wanted)
    if wanted not in ("", account.currency):
        raise Invalid("currency", f"There is a statement in {', '.join(account.currencies)} only.")
    return account


def _period(asked: StatementQuery | SendStatementIn, today: date) -> Period:
    if asked.since is None and asked.until is None:
        return chosen_period(asked.period, today)
    for name in ("since", "until"):
        if getattr(asked, name) is None:
            raise Invalid(name, "Give both days, or a period by its name.")
    return own_period(asked.since, asked.until)  # type: ignore[arg-type]


def _asked(account: Account) -> Asked:
    return Asked(account.business.id, account.client.id, account.period, account.currency)


@blueprint.get("/customers/<uuid:client_id>/statement/")
@operation(
    "Read a customer's statement",
    role="viewer",
    scope="clients:read",
    query=StatementQuery,
    gives=StatementOut,
    example=STATEMENT,
)
def read_statement(client_id: uuid.UUID, query: StatementQuery) -> Response:
    """The balance before, everything that moved it, and the balance at the end, in one currency."""
    return told(_written(_account(client_id, query)))


def _written(account: Account) -> dict[str, Any]:
    def money(minor: int) -> Any:
        return json_money(Money.total(minor, account.currency))

    def movement(row: Row) -> dict[str, Any]:
        one = row.movement
        return {
            "on": one.on_date.isoformat(),
            "event": event_words(one, to_client=False),
            "kind": one.kind,
            "source_kind": one.source_kind,
            "source_id": str(one.source_id),
            "invoice_id": str(one.invoice_id) if one.invoice_id else None,
            "document": one.document or "",
            "amount": money(one.minor),
            "balance": money(row.balance),
        }

    still_open = [
        {
            "invoice_id": str(one.id),
            "number": one.number,
            "due_date": one.due_date.isoformat(),
            "days_late": one.late(account.today),
            "due": money(one.minor),
        }
        for one in account.open
    ]
    ages = account.ages
    return {
        "customer_id": str(account.client.id),
        "customer_name": account.client.name,
        "since": account.period.first.isoformat(),
        "until": account.period.last.isoformat(),
        "currency": account.currency,
        "currencies": list(account.currencies),
        "opening": money(account.statement.opening),
        "closing": money(account.statement.closing),
        "movements": [movement(row) for row in account.statement.rows],
        "open": still_open,
        "ages": ages and {name: money(minor) for name, minor in zip(AGES, ages, strict=True)},
        "credit": None if account.credit is None else money(account.credit),
    }


@blueprint.get("/customers/<uuid:client_id>/statement/pdf/")
@operation(
    "Download a customer's statement",
    role="viewer",
    scope="clients:read",
    query=StatementQuery,
    media=PDF,
    also=LATER,
)
def download_statement(client_id: uuid.UUID, query: StatementQuery) -> Response:
    """The PDF, as the customer gets it. One that was never drawn, or says something else by now, is drawn first."""
    account = _account(client_id, query)
    asked = _asked(account)
    name = statement_filename(account.client, account.period)
    return paper(lambda: find_printed(asked, clock.now()), lambda: request_pdf(asked, now=clock.now()), name)


@blueprint.post("/customers/<uuid:client_id>/statement/send/")
@operation(
    "Send a customer's statement",
    role="staff",
    scope="messages:write",
    takes=SendStatementIn,
    status=202,
    takes_example={"period": "last-month"},
)
def send_customer_statement(client_id: uuid.UUID, body: SendStatementIn) -> Response:
    """By e-mail with the PDF, to everybody at the customer who gets documents."""
    send_statement(actor(), _asked(_account(client_id, body)), now=clock.now())
    return accepted(None, "On its way")
