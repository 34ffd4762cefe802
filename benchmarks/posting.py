"""Posting many invoices at once: how many a second, in how much memory, and what another business feels of it.

`python -m benchmarks.posting` is the process that posts, as a worker would: piece by piece it issues invoices and puts
their messages into the outbox, each piece in one transaction. It is measured alone first, and then once more while
somebody of another business opens pages, one after the other at the pace of people.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from itertools import cycle, islice
from typing import Any

from sqlalchemy import select

from app import bulk, clock, create_app
from app.auth.models import Business
from app.auth.rules import Actor
from app.catalog import service as catalog
from app.catalog.models import Tax
from app.catalog.rules import TaxValues
from app.clients.models import Client
from app.database import new_id, writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.values import DraftValues, LineValues
from benchmarks.goals import FAST
from benchmarks.load import Outcome, drive, percentile
from benchmarks.measures import Bench
from benchmarks.processes import own_memory_mb
from benchmarks.server import APPLICATION, Server
from benchmarks.settings import ROOT
from benchmarks.traffic import PAGES, STAFF, browsers, strangers
from config import Config

PIECE = 2000
"""Invoices of one transaction."""
PRICES = (8_000, 12_500, 18_500, 27_500, 43_000, 86_000)
WARM = 200
EVERY = 0.1
"""Seconds from one page that somebody opens to the next."""


def measure(bench: Bench) -> dict[str, Any]:
    """{"invoices", "per_second", "app_cpu_ms" and "db_cpu_ms" of one, "memory_mb" at first and at most, "page_p95_ms",
    "per_second_beside" while pages are opened}."""
    count = bench.form.posted if bench.engine.name == "postgresql" else bench.form.sqlite_posted
    with bench.app.app_context():
        business_id = _office(count)
        db.session.remove()
        db.engine.dispose()
    bench.tell(f"posting {count:,} invoices")
    before = bench.engine.cpu()
    found = _heard(_begun(bench, business_id, count))
    found["db_cpu_ms"] = round((bench.engine.cpu() - before) / (count + WARM) * 1000, 3)
    bench.tell("another business's pages meanwhile")
    took, beside = _pages_beside(bench, business_id, count)
    pages = {f"page_{name}": percentile(took, share) for name, share in (("p50_ms", 0.5), ("p95_ms", 0.95))}
    return {**found, **pages, "pages": len(took), "per_second_beside": beside["per_second"]}


def _begun(bench: Bench, business_id: uuid.UUID, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.posting", str(business_id), str(count)]
    return subprocess.Popen(command, cwd=ROOT, env=bench.environ, stdout=subprocess.PIPE, text=True)


def _heard(process: subprocess.Popen[str]) -> dict[str, Any]:
    told, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("posting failed")
    found: dict[str, Any] = json.loads(told)
    return found


def _pages_beside(bench: Bench, business_id: uuid.UUID, count: int) -> tuple[list[float], dict[str, Any]]:
    """Seconds of each page that was opened while invoices were posted, sorted, and the figures of the posting."""
    wanted = [page for page in PAGES if page.name in FAST]
    with Server(APPLICATION, bench.environ, bench.folder / "beside.log") as server:
        server.wait()
        [member] = browsers(1, bench.books.email, bench.books.password, server.port)
        [customer] = strangers(1)
        outcome, waiting = Outcome(), []
        for page in wanted:
            visitor = member if page.who == STAFF else customer
            waiting.append(cycle([(visitor, one) for one in page.operations(bench.sample)]))
        turns = (next(pages) for pages in cycle(waiting))
        for visitor, operation in islice(turns, 8 * len(wanted)):
            drive(server.port, [visitor], iter([operation]), 1)
        posting = _begun(bench, business_id, count)
        while posting.poll() is None:
            began = time.monotonic()
            visitor, operation = next(turns)
            one = drive(server.port, [visitor], iter([operation]), 1)
            if one.refused:
                raise RuntimeError(f"a page was refused:\n{one.refused}")
            outcome.took.extend(one.took)
            time.sleep(max(0.0, EVERY - (time.monotonic() - began)))
        return sorted(outcome.took), _heard(posting)


def _office(count: int) -> uuid.UUID:
    """A business with so many clients, who get mail."""
    now = datetime(2026, 9, 1, 8, tzinfo=UTC)
    with writing() as session:
        business = Business(name="Bulk Fibre", gateway_key=secrets.token_hex(10), created_at=now)
        session.add(business)
        session.flush()
        business_id = business.id
    catalog.create_tax(Actor.system(business_id), TaxValues("VAT", Decimal("7.5")), now=now)
    columns = ("id", "name", "email", "sort_name", "search")
    for first in range(0, count, 10 * PIECE):
        clients = bulk.Sheet(Client, columns, business_id, created_at=now, updated_at=now, version=1)
        for number in range(first, min(first + 10 * PIECE, count)):
            name, email = f"Client {number:07}", f"client{number}@mail.example"
            clients.add((new_id().hex, name, email, name.lower(), f"{name.lower()}\n{email}"))
        with writing():
            bulk.write([clients])
    return business_id


def post(business_id: uuid.UUID, count: int) -> dict[str, Any]:
    """Issue and send so many invoices of a business, one to each client. Wants an application's context."""
    actor, now = Actor.system(business_id), clock.now()
    tax = db.session.scalars(select(Tax.id).where(Tax.business_id == business_id)).one()
    mine = select(Client.id).where(Client.business_id == business_id).order_by(Client.id)
    clients = list(db.session.scalars(mine.limit(count)))
    db.session.remove()
    said = [
        (LineValues(f"Home, {price}", Decimal(1), Decimal(price), "1 to 30 September 2026", "month", tax_ids=(tax,)),)
        for price in PRICES
    ]

    def piece(some: list[uuid.UUID]) -> None:
        drafts = [
            DraftValues("NGN", now.date(), 14, client_id=client, lines=said[number % len(said)])
            for number, client in enumerate(some)
        ]
        with writing():
            made = invoices.issue_many(actor, drafts, now=now)
            invoices.send_many(actor, [one.id for one in made], now=now)
        db.session.remove()

    piece(clients[:WARM])
    began, cpu, memory = time.perf_counter(), time.process_time(), []
    for first in range(0, count, PIECE):
        piece(clients[first : first + PIECE])
        memory.append(own_memory_mb())
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return {
        "invoices": count,
        "seconds": round(seconds, 2),
        "per_second": round(count / seconds),
        "app_cpu_ms": round(cpu / count * 1000, 3),
        "memory_mb": round(memory[0], 1),
        "most_memory_mb": round(max(memory), 1),
    }


if __name__ == "__main__":
    app = create_app(Config.from_env(dict(os.environ)))
    with app.app_context():
        print(json.dumps(post(uuid.UUID(sys.argv[1]), int(sys.argv[2]))))
