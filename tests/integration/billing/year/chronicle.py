"""The year as it stands in the books afterwards, written so that a person can read it."""

from __future__ import annotations

import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from app.auth.models import AuditEvent
from app.billing import queries
from app.billing.models import LateFee, ServiceAction, Subscription
from app.extensions import db
from app.invoices.models import CreditNote, Invoice
from app.ledger.models import JournalLine
from app.money import Money, plain
from app.payments.models import Payment
from tests.integration.billing.year.opening import LAGOS
from tests.integration.billing.year.town import Mail, Resident, Town

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December")  # fmt: skip
_ID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
_SAID_BEFORE = {
    ("invoice", "drafted"), ("invoice", "send_requested"), ("invoice", "sent"), ("invoice", "reminded"),
    ("payment", "payment_recorded"), ("payment", "receipt_requested"), ("payment", "sent"),
}  # fmt: skip
"""What only leads up to something else that is told: an invoice that is issued, a mail that came, money that came."""
_TECHNICAL = {"recipients", "channel", "through", "taken_minor", "country"}

Section = tuple[str, list[str]]
"""A heading and its lines."""


def chronicle(town: Town, ends: dict[int, list[str]], told: Iterable[Resident]) -> list[Section]:
    """Every month, what stands at the end, and the whole story of some residents."""
    figures = _Figures(town)
    sections = [(f"{name} {year}", figures.month(year, number) + ends.get(number, []))
                for year in (2024,) for number, name in enumerate(MONTHS, 1)]  # fmt: skip
    sections.append(("At the end of the year", list(totals(town.business_id))))
    sections += [(who.who.name, list(story(town, who))) for who in told]
    return sections


def month_end(town: Town, today: date) -> list[str]:
    """What stands on the last evening of a month: what is owed, credit, and how the subscriptions are."""
    rows = list(db.session.scalars(select(Subscription).where(Subscription.business_id == town.business_id)))
    states = Counter(one.state for one in queries.standings(town.business_id, rows, today))
    owed: defaultdict[str, int] = defaultdict(int)
    for currency, minor in _grouped(Invoice, Invoice.balance_minor, town.business_id, Invoice.status == "open"):
        owed[currency] += minor
    lines = [f"owed in {currency}: {_amount(minor, currency)}" for currency, minor in sorted(owed.items())]
    return [*lines, "subscriptions: " + ", ".join(f"{many} {state}" for state, many in sorted(states.items()))]


def totals(business_id: uuid.UUID) -> Iterator[str]:
    """What each account of the ledger comes to; receivable as it is owed to us, the others as they stand against it."""
    for (account, currency), minor in sorted(accounts(business_id).items()):
        yield f"{account.replace('_', ' ')} in {currency}: {_amount(minor, currency)}"


def accounts(business_id: uuid.UUID) -> dict[tuple[str, str], int]:
    """{(account, currency): debits less credits, in minor units}."""
    line = JournalLine
    query = select(line.account, line.currency, func.sum(line.amount_minor)).where(line.business_id == business_id)
    rows = db.session.execute(query.group_by(line.account, line.currency)).all()
    return {(account, currency): int(minor) for account, currency, minor in rows}


class _Figures:
    """What happened, by month."""

    def __init__(self, town: Town) -> None:
        self.lines: defaultdict[tuple[int, int], defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        mine = town.business_id
        for one in db.session.scalars(select(Invoice).where(Invoice.business_id == mine, Invoice.status != "draft")):
            assert one.issued_at
            self._add(one.issued_at, f"invoices in {one.currency}", one.total_minor)
        for note in db.session.scalars(select(CreditNote).where(CreditNote.business_id == mine)):
            self._add(note.issued_at, f"credit notes in {note.currency}", note.total_minor)
        for paid in db.session.scalars(select(Payment).where(Payment.business_id == mine)):
            self._add(paid.created_at, f"payments by {paid.method} in {paid.currency}", paid.amount_minor)
        fees = select(LateFee.fee_invoice_id).where(LateFee.business_id == mine)
        for one in db.session.scalars(select(Invoice).where(Invoice.business_id == mine, Invoice.id.in_(fees))):
            assert one.issued_at
            self._add(one.issued_at, f"of these late fees in {one.currency}", one.total_minor)
        self.acts: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        for act in db.session.scalars(select(ServiceAction).where(ServiceAction.business_id == mine)):
            day = act.at.astimezone(LAGOS)
            self.acts[day.year, day.month][f"{act.verb} {act.state}"] += 1
        self.mails: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        for mail in town.mails:
            day = mail.at.astimezone(LAGOS)
            self.mails[day.year, day.month][mail.kind] += 1

    def _add(self, at: datetime, label: str, minor: int) -> None:
        day = at.astimezone(LAGOS)
        self.lines[day.year, day.month][label].append(minor)

    def month(self, year: int, number: int) -> list[str]:
        """Its lines."""
        found = self.lines[year, number]
        lines = [f"{label}: {len(all_)} of {_amount(sum(all_), label[-3:])}" for label, all_ in sorted(found.items())]
        acts = sorted(self.acts[year, number].items())
        lines += ["services: " + ", ".join(f"{many} {act}" for act, many in acts)] if acts else []
        mails = sorted(self.mails[year, number].items())
        return [*lines, "mail: " + ", ".join(f"{many} {kind.replace('_', ' ')}" for kind, many in mails)]


# -- the story of one --------------------------------------------------------------------------------------------------


def story(town: Town, resident: Resident) -> Iterator[str]:
    """Everything that happened to one resident, a line each, by day: the trail, and the mail as it came."""
    query = select(AuditEvent).where(
        AuditEvent.business_id == town.business_id, AuditEvent.client_id == resident.client_id
    )
    events = [(event.at, 0, place, _event(event))
              for place, event in enumerate(db.session.scalars(query.order_by(AuditEvent.id)))
              if (event.object_kind, event.verb) not in _SAID_BEFORE]  # fmt: skip
    boxes = [(mail.at, 1, place, _mail(mail)) for place, mail in enumerate(town.mails) if mail.to == resident.who.email]
    for at, _, _, words in sorted([*events, *boxes]):
        yield f"{at.astimezone(LAGOS):%d %b %H:%M}  {words}"


def _mail(mail: Mail) -> str:
    return f"mail: {mail.subject}"


def _event(event: AuditEvent) -> str:
    facts: dict[str, Any] = dict(event.facts)
    currency = str(facts.pop("currency", "") or "NGN")
    said = [text for key, value in sorted(facts.items()) if (text := _fact(key, value, currency))]
    if event.changes:
        said.append("changed " + ", ".join(sorted(event.changes)))
    words = f"{event.object_kind.replace('_', ' ')} {event.verb.replace('_', ' ')}"
    return words + (f" ({'; '.join(said)})" if said else "")


def _fact(key: str, value: Any, currency: str) -> str:
    if value in (None, "", [], {}, False) or key in _TECHNICAL or _ID.search(str(value)):
        return ""
    name = key.removesuffix("_minor").replace("_", " ")
    if key.endswith("_minor") and isinstance(value, int):
        return f"{name} {_amount(value, currency)}"
    return f"{name} {value}"


def _amount(minor: int, currency: str) -> str:
    return plain(Money(abs(minor), currency), "en") if minor >= 0 else f"-{plain(Money(-minor, currency), 'en')}"


def _grouped(model: Any, column: Any, business_id: uuid.UUID, *where: Any) -> list[tuple[str, int]]:
    query = select(model.currency, func.sum(column)).where(model.business_id == business_id, *where)
    return [(currency, int(minor)) for currency, minor in db.session.execute(query.group_by(model.currency))]
