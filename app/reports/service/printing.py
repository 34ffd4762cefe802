"""The PDF of a statement. It is stored under the hash of what it says and nowhere else written down: the same statement
never renders twice, and losing the file loses nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app import jobs
from app.auth.queries import get_business
from app.auth.service import links
from app.clock import day_in
from app.database import transactional
from app.extensions import db
from app.invoices.pdf import content_key, render_isolated
from app.reports.periods import Period
from app.reports.printing import printed
from app.reports.statement_queries import Account, get_account
from app.storage.base import FileMissing
from app.storage.registry import storage


@dataclass(frozen=True, slots=True)
class Asked:
    """Which statement: of whom, of which days, in which currency ("" for the client's own)."""

    business_id: uuid.UUID
    client_id: uuid.UUID
    period: Period
    currency: str = ""

    def spelled(self) -> dict[str, str]:
        """As a job and a mail carry it."""
        return {
            "client_id": str(self.client_id),
            "first": self.period.first.isoformat(),
            "last": self.period.last.isoformat(),
            "currency": self.currency,
        }


def asked_in(business_id: uuid.UUID, spelled: Mapping[str, Any]) -> Asked:
    """What `Asked.spelled` wrote."""
    period = Period(date.fromisoformat(spelled["first"]), date.fromisoformat(spelled["last"]))
    return Asked(business_id, uuid.UUID(spelled["client_id"]), period, spelled["currency"])


def read_account(asked: Asked, now: datetime) -> Account:
    """What the statement says now. Raises NotFound, TooManyMovements."""
    today = day_in(now, get_business(asked.business_id).timezone)
    return get_account(asked.business_id, asked.client_id, asked.period, today, asked.currency)


def find_printed(asked: Asked, now: datetime) -> bytes | None:
    """The stored PDF of what the statement says now, or None when it was not rendered yet."""
    return _stored(_place(asked, _canonical(read_account(asked, now))))


def ensure_pdf(asked: Asked, now: datetime) -> bytes:
    """The PDF, rendered and stored if need be. No transaction is open while it is drawn.

    Raises NotFound, TooManyMovements, RenderFailed.
    """
    document = _canonical(read_account(asked, now))
    place = _place(asked, document)
    pdf = _stored(place)
    if pdf is None:
        db.session.remove()
        pdf = render_isolated(document)
        storage().put(place, pdf, "application/pdf")
    return pdf


@transactional
def request_pdf(asked: Asked, *, now: datetime) -> None:
    """Ask the queue to draw what the statement says by then; once a minute at most."""
    place = _place(asked, _canonical(read_account(asked, now)))
    key = f"statement:{asked.client_id}:{place[-36:-4]}:{now:%Y%m%d%H%M}"
    jobs.enqueue("reports.print_statement", key, asked.spelled(), business_id=asked.business_id)


def _canonical(account: Account) -> Any:
    """What the PDF says. The client's link stands on it when there is one."""
    business, client = account.business, account.client
    try:
        logo = storage().get(business.logo_key) if business.logo_key else None
    except FileMissing:
        logo = None
    token = links.find_live_token(business.id, "client", client.id)
    return printed(account, logo, links.public_url(f"/c/{token}/") if token else None)


def _place(asked: Asked, document: Any) -> str:
    return f"{asked.business_id}/statements/{content_key(document)}.pdf"


def _stored(place: str) -> bytes | None:
    try:
        return storage().get(place)
    except FileMissing:
        return None
