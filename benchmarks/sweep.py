"""The daily sweep: how long it takes to find what is due among a million invoices that are open."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, text

from app import clock
from app.auth.models import Business, Membership, Person
from app.auth.rules import Actor
from app.billing.rules.dunning import Terms
from app.billing.service.dunning_policies import set_policy
from app.clients.models import Client
from app.database import new_id, writing
from app.extensions import db
from app.reminders import service
from app.reminders.models import LadderStep
from app.reminders.rules import ActValues
from benchmarks.database import Engine
from benchmarks.processes import own_memory_mb

AHEAD, BEHIND = 30, 700
"""Days around today over which the due dates lie."""
CLIENTS = 10_000
SERVED = 10
"""One in so many invoices bills a service."""
KEPT = 260
"""Reminders are only made for steps of so many days: further back no sweep looks."""
DUE = 200
"""Reminders that are really sent, to see what one costs."""

_INVOICES = """
INSERT INTO invoice (business_id, id, client_id, status, number, currency, issue_date, due_date, terms_days, po_number,
  notes, tax_rounding, prices_include_tax, subtotal_minor, discount_minor, net_minor, tax_minor, total_minor,
  balance_minor, written_off_minor, credited_minor, buyer_name, buyer, seller, search, issued_at, void_reason,
  created_at, updated_at, version)
SELECT :business, gen_random_uuid(), client.id, 'open', 'S-' || n, 'NGN', :today - n % :span,
  :today + :ahead - n % :span, 30, '', '', 'line', false, 100000, 0, 100000, 0, 100000, 100000, 0, 0, client.name, '{}',
  '{}', '', CAST(:today - n % :span AS timestamp) AT TIME ZONE 'UTC', '', :now, :now, 1
FROM generate_series(1, :invoices) AS n
JOIN (SELECT id, name, row_number() OVER () AS place FROM client WHERE business_id = :business) AS client
  ON client.place = n % :clients + 1
"""
_SUBSCRIPTIONS = """
INSERT INTO subscription (business_id, id, client_id, name, currency, cycle_unit, cycle_count, anchor_on, anchor_day,
  ahead, stub, starts_on, billed_from, cancel_reason, po_number, notes, prices_include_tax, apart, search, created_at,
  updated_at, version, suspend_reason, until_paid)
SELECT :business, id, id, 'Home', 'NGN', 'month', 1, :today, 1, true, 'now', :today, :today, '', '', '', false, false,
  '', :now, :now, 1, '', false
FROM client WHERE business_id = :business
"""
_PERIODS = """
INSERT INTO billed_period (business_id, id, subscription_id, period_start, period_end, whole_start, whole_end, bill_on,
  state, reason, invoice_id, created_at)
SELECT :business, gen_random_uuid(), client_id, day, day + 1, day, day + 1, day, 'billed', '', id, :now
FROM (SELECT id, client_id, date '1990-01-01'
  + CAST(row_number() OVER (PARTITION BY client_id) AS integer) AS day
  FROM (SELECT id, client_id, row_number() OVER (ORDER BY due_date, id) AS n FROM invoice
    WHERE business_id = :business) AS numbered WHERE n % :served = 0) AS served
"""
_REMINDERS = """
INSERT INTO reminder (business_id, id, invoice_id, step_id, channel, outcome, on_day, created_at)
SELECT :business, gen_random_uuid(), invoice.id, step.id, step.channel, 'queued', invoice.due_date + step.days, :now
FROM invoice JOIN ladder_step AS step ON step.business_id = :business AND invoice.due_date + step.days <= :today
  AND invoice.due_date + step.days >= :today - :kept
WHERE invoice.business_id = :business AND (step.kind = 'remind' OR EXISTS (SELECT 1 FROM billed_period AS period
  WHERE period.business_id = :business AND period.invoice_id = invoice.id))
"""


def measure(app: Flask, engine: Engine, invoices: int) -> dict[str, Any]:
    """In seconds: `sweep_s` for a sweep over so many open invoices of which nothing is due, and `with_due_s` for one
    in which some reminders are. `db_cpu_s` is the database's part of the first; `grew_mb` how much memory it took.
    """
    with app.app_context():
        business_id = _business(invoices)
        now = clock.now()
        held, busy, began = own_memory_mb(), engine.cpu(), time.perf_counter()
        found = _sweep(business_id, now)
        sweep_s, db_cpu_s = time.perf_counter() - began, engine.cpu() - busy
        grew = own_memory_mb() - held
        due = _make_due(business_id, now)
        began = time.perf_counter()
        sent = _sweep(business_id, now)
        with_due_s = time.perf_counter() - began
    return {
        "invoices": invoices,
        "sweep_s": round(sweep_s, 2),
        "db_cpu_s": round(db_cpu_s, 2),
        "grew_mb": round(grew, 1),
        "found": found,
        "due": due,
        "sent": sent,
        "with_due_s": round(with_due_s, 2),
    }


def _sweep(business_id: uuid.UUID, now: Any) -> int:
    """One sweep from the first chunk to the last; how many reminders it sent."""
    sent, after = 0, None
    while True:
        swept = service.sweep(business_id, now, after)
        db.session.remove()
        sent, after = sent + swept.sent, swept.after
        if after is None:
            return sent


def _business(invoices: int) -> uuid.UUID:
    """A business whose every step up to today was done."""
    now, clients = clock.now(), min(CLIENTS, invoices)
    business_id, owner = new_id(), uuid.uuid4()
    actor = Actor("person", business_id, role="owner", person_id=owner, name="Bench")
    with writing():
        row = Business(id=business_id, name="Sweep", gateway_key=uuid.uuid4().hex[:20], created_at=now, timezone="UTC")
        row.reminders, row.workdays, row.quiet_from, row.quiet_until = True, "1234567", 0, 0
        db.session.add(row)
        # Nothing leaves by itself before somebody has shown that their address is theirs.
        email = f"bench-{owner}@example.com"
        about = {"email": email, "email_key": email, "name": "Bench", "password_hash": ""}
        db.session.add(Person(id=owner, verified_at=now, created_at=now, **about))
        db.session.flush()
        db.session.add(Membership(business_id=business_id, person_id=owner, role="owner", created_at=now))
        for n in range(clients):
            about = {"name": f"Client {n}", "email": f"client{n}@example.com"}
            db.session.add(Client(business_id=business_id, created_at=now, **about))
        db.session.flush()
        service.begin_ladder(actor, now=now - timedelta(days=2 * BEHIND))
        service.add_act(actor, ActValues("suspend", 30), now=now - timedelta(days=2 * BEHIND))
        set_policy(actor, Terms(enabled=True), 0, now=now)
    values = {"business": business_id, "today": now.date(), "now": now, "invoices": invoices, "clients": clients}
    values |= {"span": AHEAD + BEHIND, "ahead": AHEAD, "served": SERVED, "kept": KEPT}
    with writing():
        # A million rows and what points to them: their keys are good, and are not looked up one by one.
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in (_INVOICES, _SUBSCRIPTIONS, _PERIODS, _REMINDERS):
            names = {name: value for name, value in values.items() if f":{name}" in statement}
            db.session.execute(text(statement), names)
    for table in ("invoice", "reminder", "billed_period", "subscription", "ladder_step", "client"):
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"VACUUM ANALYZE {table}"))
    db.session.remove()
    return business_id


def _make_due(business_id: uuid.UUID, now: Any) -> int:
    """Take back that some steps of today were done; how many."""
    first = select(LadderStep.id).where(LadderStep.business_id == business_id, LadderStep.days == 3)
    with writing():
        step_id = db.session.scalar(first)
        taken = text(
            "DELETE FROM reminder WHERE (business_id, id) IN (SELECT business_id, id FROM reminder WHERE business_id ="
            " :business AND step_id = :step AND on_day = :today LIMIT :due)"
        )
        values = {"business": business_id, "step": step_id, "today": now.date(), "due": DUE}
        return int(db.session.execute(taken, values).rowcount)  # type: ignore[attr-defined]
