"""Billing runs on many subscriptions: how long planning and posting take, and how much memory they want.

A business of its own is made for it, with so many clients, each with one subscription that was billed last month.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psutil
from sqlalchemy import select, text

from app import bulk, create_app
from app.auth.models import Business
from app.auth.rules import Actor
from app.billing import service
from app.billing.models import BilledPeriod, BillingRun, Subscription, SubscriptionItem
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.service import run_posting, running
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.clients.models import Client
from app.database import new_id, writing
from app.extensions import db
from benchmarks.measures import Bench
from benchmarks.processes import MEGABYTE
from benchmarks.settings import ROOT
from config import Config

BEFORE, AS_OF, AFTER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
PRICES = (8_000, 12_500, 18_500, 27_500, 43_000, 86_000)
"""What the plans cost a month, in major units, VAT on top."""
AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Office:
    """The business that is billed, with its plans."""

    business_id: uuid.UUID
    plans: tuple[uuid.UUID, ...]

    @property
    def actor(self) -> Actor:
        """The program, in this business."""
        return Actor.system(self.business_id)


def open_office() -> Office:
    """A business with plans and no clients. Wants an application's context."""
    with writing() as session:
        business = Business(name="Bulk Fibre", gateway_key=secrets.token_hex(10), created_at=NOW)
        session.add(business)
        session.flush()
        business_id = business.id
    actor = Actor.system(business_id)
    vat = catalog.create_tax(actor, TaxValues("VAT", Decimal("7.5")), now=NOW).id
    plans = []
    for price in PRICES:
        values = PlanValues(f"Plan {price}", anchor_day=1, tax_ids=(vat,))
        first = PriceValues("NGN", Decimal(price), date(2020, 1, 1))
        plans.append(service.create_plan(actor, values, first, today=date(2020, 1, 1), now=NOW).id)
    return Office(business_id, tuple(plans))


def populate(office: Office, count: int) -> None:
    """So many clients, each with one subscription that is due on AS_OF and was billed on BEFORE."""
    for first in range(0, count, AT_ONCE):
        _add(office, first, min(AT_ONCE, count - first))
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def _add(office: Office, first: int, count: int) -> None:
    business = office.business_id
    stamps: dict[str, Any] = {"created_at": NOW, "version": 1}
    clients = bulk.Sheet(Client, ("id", "name", "email", "sort_name", "search"), business, updated_at=NOW, **stamps)
    agreed = bulk.Sheet(
        Subscription, ("id", "client_id"), business, name="Home", currency="NGN", anchor_on=BEFORE, anchor_day=1,
        starts_on=date(2025, 3, 1), billed_from=date(2025, 3, 1), terms_days=14, next_bill_on=AS_OF, updated_at=NOW,
        search="home", **stamps,
    )  # fmt: skip
    items = bulk.Sheet(
        SubscriptionItem, ("id", "subscription_id", "plan_id"), business, position=0, title="Home",
        quantity=Decimal(1), since=date(2025, 3, 1), created_at=NOW,
    )  # fmt: skip
    claims = bulk.Sheet(
        BilledPeriod, ("id", "subscription_id", "total_minor"), business, period_start=BEFORE, period_end=AS_OF,
        whole_start=BEFORE, whole_end=AS_OF, bill_on=BEFORE, created_at=NOW,
    )  # fmt: skip
    for number in range(first, first + count):
        client, subscription, kind = new_id().hex, new_id().hex, number % len(PRICES)
        name = f"Client {number:07}"
        clients.add((client, name, f"c{number}@mail.example", name.lower(), name.lower()))
        agreed.add((subscription, client))
        items.add((new_id().hex, subscription, office.plans[kind].hex))
        # One in fifty pays something else than the last time.
        claims.add((new_id().hex, subscription, PRICES[kind] * (107 if number % 50 else 100) + PRICES[kind] // 2))
    with writing():
        bulk.write((clients, agreed, items, claims))


def measure(bench: Bench, count: int) -> dict[str, Any]:
    """{"subscriptions", and of planning and of posting so many (`plan_`, `post_`): "seconds", "cpu_seconds" of the
    application, "db_cpu_seconds", "memory_mb" at most}, in a process of its own."""
    with bench.app.app_context():
        business_id = open_and_populate(count)
        db.session.remove()
        db.engine.dispose()
    found: dict[str, Any] = {"subscriptions": count}
    for step in ("plan", "post"):
        before = bench.engine.cpu()
        command = [sys.executable, "-m", "benchmarks.billing", step, str(business_id)]
        told = subprocess.run(command, cwd=ROOT, env=bench.environ, stdout=subprocess.PIPE, text=True, check=True)
        figures = json.loads(told.stdout) | {"db_cpu_seconds": round(bench.engine.cpu() - before, 2)}
        found |= {f"{step}_{name}": figure for name, figure in figures.items()}
    return found | {"posted_per_second": round(count / found["post_seconds"])}


def open_and_populate(count: int) -> uuid.UUID:
    """A business with so many subscriptions to be billed. Wants an application's context."""
    office = open_office()
    populate(office, count)
    return office.business_id


def plan(business_id: uuid.UUID) -> dict[str, Any]:
    """Plan a run of all of them, to the figures of it."""
    run_id = running.start_run(Actor.system(business_id), AS_OF, now=NOW, by_job=False).id
    found = _timed(lambda: running.plan_next(business_id, run_id, now=NOW, by_job=False))
    service.approve(Actor.system(business_id), run_id, version=None, looked=True, now=NOW)
    return found


def post(business_id: uuid.UUID) -> dict[str, Any]:
    """Post the run that was planned, to the figures of it."""
    run_id = db.session.scalars(select(BillingRun.id).where(BillingRun.business_id == business_id)).one()
    return _timed(lambda: run_posting.post_next(business_id, run_id, now=NOW, by_job=False))


def _timed(step: Callable[[], bool]) -> dict[str, Any]:
    """Do one piece after the other until none is left; of the processor only what this process used."""
    process, most, more = psutil.Process(), 0, True
    began, used = time.monotonic(), time.process_time()
    while more:
        more = step()
        db.session.remove()
        most = max(most, process.memory_info().rss // MEGABYTE)
    seconds, cpu = time.monotonic() - began, time.process_time() - used
    return {"seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2), "memory_mb": most}


if __name__ == "__main__":
    app = create_app(Config.from_env(dict(os.environ)))
    with app.app_context():
        print(json.dumps({"plan": plan, "post": post}[sys.argv[1]](uuid.UUID(sys.argv[2]))))
