"""The sheets that generated rows are collected on, and the two things everybody writes: journal entries and events."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from typing import Any

from app.auth.models import AuditEvent, Link
from app.bulk import Filled, Sheet
from app.demo.bulk import moments
from app.demo.bulk.business import Base
from app.invoices import stencils
from app.invoices.models import Invoice, InvoiceFigure, InvoiceLine, LineTax
from app.jobs.models import Job
from app.ledger.models import JournalEntry, JournalLine
from app.payments.models import Allocation, Attempt, AttemptRef, Payment

# fmt: off
_COLUMNS: Mapping[type[Any], tuple[str, ...]] = {
    Invoice: (
        "id", "client_id", "status", "number", "currency", "issue_date", "due_date", "terms_days", "po_number",
        "tax_rounding", "discount_kind", "discount_value", "subtotal_minor", "discount_minor", "net_minor",
        "tax_minor", "total_minor", "balance_minor", "buyer_name", "buyer", "seller", "search", "issued_at", "sent_at",
        "paid_at", "voided_at", "void_reason", "created_by", "created_at", "updated_at", "version",
    ),
    InvoiceLine: ("id", "invoice_id", *stencils.LINE),
    LineTax: ("id", "invoice_id", "line_id", *stencils.LINE_TAX),
    InvoiceFigure: ("id", "invoice_id", "line_id", *stencils.FIGURE),
    JournalEntry: ("id", "kind", "source_kind", "source_id", "on_date", "at", "memo"),
    JournalLine: ("id", "entry_id", "account", "currency", "amount_minor", "client_id", "invoice_id"),
    Payment: (
        "id", "client_id", "currency", "amount_minor", "unallocated_minor", "method", "received_on", "reference",
        "note", "gateway", "gateway_reference", "created_by", "created_at", "updated_at", "version",
    ),
    Allocation: ("id", "payment_id", "invoice_id", "amount_minor", "created_at"),
    Link: ("token_hash", "token_encrypted", "kind", "object_id", "created_at", "seen_at", "seen_count"),
    Attempt: (
        "id", "invoice_id", "gateway", "mode", "reference", "currency", "amount_minor", "email", "link_hash", "state",
        "checkout_url", "checks", "created_at", "settled_at",
    ),
    AttemptRef: ("reference", "attempt_id"),
    AuditEvent: (
        "id", "at", "actor_kind", "actor_id", "actor_name", "verb", "object_kind", "object_id", "client_id", "facts",
    ),
    Job: ("id", "key", "task", "args", "state", "attempts", "due_at", "first_due_at", "created_at", "done_at"),
}
# fmt: on
# Who acts: kind, id and name, as an audit event has them.
Who = tuple[str, str | None, str]
# What is acted on: kind and id.
Subject = tuple[str, str]
CUSTOMER: Who = ("customer", None, "")
SYSTEM: Who = ("system", None, "Duely")
JOB_TAKES_MS = 1500


class Books:
    """The sheets of one business. Moments are milliseconds since 1970, ids 32 hex digits."""

    def __init__(self, base: Base, chance: random.Random) -> None:
        self.ids = moments.Ids(chance)
        self.owner: Who = ("person", base.owner.id.hex, base.owner.name)
        self.sheets = {model: Sheet(model, columns, base.business.id) for model, columns in _COLUMNS.items()}

    def take(self) -> list[Filled]:
        """Everything collected so far, in an order in which no row points to one that is not there yet."""
        return [filled for sheet in self.sheets.values() if (filled := sheet.take()).rows]

    def post(
        self, kind: str, source: Subject, on_date: str, ms: int, memo: str, lines: Iterable[tuple[Any, ...]]
    ) -> None:
        """One entry of the journal; lines are (account, currency, minor units, client, invoice)."""
        entry = self.ids.text(ms)
        self.sheets[JournalEntry].add((entry, kind, *source, on_date, moments.stamp(ms), memo))
        add = self.sheets[JournalLine].add
        for line in lines:
            if line[2]:
                add((self.ids.text(ms), entry, *line))

    def note(
        self,
        who: Who,
        verb: str,
        subject: Subject,
        client: str,
        ms: int,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """One event of the audit trail about (kind, id)."""
        told = json.dumps(facts) if facts else "{}"
        self.sheets[AuditEvent].add((self.ids.text(ms), moments.stamp(ms), *who, verb, *subject, client, told))

    def job_done(self, task: str, key: str, args: Mapping[str, str], ms: int) -> None:
        """Deferred work that was done soon after."""
        made, done = moments.stamp(ms), moments.stamp(ms + JOB_TAKES_MS)
        self.sheets[Job].add((self.ids.text(ms), key, task, json.dumps(args), "done", 1, made, made, made, done))
