"""What programs ask of the API: an invoice, lists near their beginning and far on, statistics; and a crowd of them.

`measures` asks for each thing with 16 busy connections, as for pages. The crowd is a thousand programs with tokens of
their own, each of which asks, thinks and asks again (`benchmarks.crowd`): first at the rate that an older system
claimed, then faster and faster until answers are late.
"""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app import clock
from app.auth.models import Membership
from app.auth.rules import SCOPES
from app.auth.service.api_tokens import make_token
from app.extensions import db
from app.invoices.queries.lists import Filters
from app.invoices.queries.plain import list_whole
from app.web.paging import Walk
from benchmarks.load import Step, Visitor
from benchmarks.sample import Sample
from benchmarks.server import APPLICATION, Server
from benchmarks.settings import ROOT
from benchmarks.traffic import PROGRAM, Page, get, programs

if TYPE_CHECKING:
    from benchmarks.measures import Bench

LISTED = 25
DEEP = 20_000
"""The page far from the beginning; in smaller books the last full one."""
PACE = 5000
"""Requests a minute that the older of our systems claimed for a thousand users."""
FASTER = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
"""The crowd asks so many times faster, until answers are late."""
LATE_MS, MOST_ERRORS = 300.0, 0.001
_STRIDE = 5000

LIST = f"/api/billing/invoices/?limit={LISTED}"
PAGES = (
    Page("api_invoice", "API, invoice by id", lambda s: [get(_invoice(one)) for one in s.invoices], who=PROGRAM),
    Page("api_list", f"API, list of {LISTED}", lambda _: [get(LIST)], who=PROGRAM),
    Page("api_deep", f"API, list of {LISTED}, far on", lambda s: [get(f"{LIST}&cursor={s.far}")], who=PROGRAM),
    Page("api_stats", "API, statistics of invoices", lambda _: [get("/api/billing/stats/invoices/")], who=PROGRAM),
    Page("api_paid", "API, statistics of payments", lambda _: [get("/api/billing/stats/payments/")], who=PROGRAM),
)
"""What is measured by itself."""


def tokens(count: int) -> list[str]:
    """So many tokens of the one business, good for everything. Wants an application's context."""
    person_id, business_id = db.session.execute(select(Membership.person_id, Membership.business_id)).first() or (0, 0)
    now = clock.now()
    found = [make_token(person_id, business_id, list(SCOPES), 7, now=now) for _ in range(count)]
    db.session.remove()
    return found


def far_on(business_id: uuid.UUID, invoices: int) -> str:
    """The cursor of page 20,000 of the list of invoices, or of the last full page. Wants an application's context."""
    left = LISTED * min(DEEP - 1, max(0, invoices // LISTED - 1))
    cursor, today = "", clock.today("UTC")
    while left > 0:
        walk = Walk(cursor, min(_STRIDE, left))
        page = list_whole(business_id, Filters(), walk, today, lines=False)
        if page.next is None:
            break
        cursor, left = page.next, left - walk.limit
        db.session.rollback()
    db.session.remove()
    return cursor


def measure(bench: Bench) -> dict[str, Any]:
    """{"users", "pace": [{"per_minute" asked for, "answered_per_minute", "p50_ms", "p95_ms", "errors" (share), …}]}.

    The first is what was claimed; from there on it gets faster until answers are late, which is the last one.
    """
    with bench.app.app_context():
        held = tokens(bench.form.users)
        db.engine.dispose()
    found: list[dict[str, Any]] = []
    with Server(APPLICATION, bench.environ, bench.folder / "crowd.log") as server:
        server.wait()
        for faster in FASTER[: bench.form.paces]:
            bench.tell(f"{len(held):,} programs, {PACE * faster:,.0f} requests a minute")
            before = server.cpu()
            figures = _crowd(bench, server.port, programs(held), PACE * faster)
            used = round((server.cpu() - before) / max(1, figures["asked"]) * 1000, 2)
            found.append({"per_minute": PACE * faster, **figures, "app_cpu_ms": used})
            if late(figures):
                break
    return {"users": len(held), "pace": found}


def late(figures: dict[str, Any]) -> bool:
    """Whether a crowd waits too long, or is refused too often."""
    return bool(figures["p95_ms"] >= LATE_MS or figures["errors"] >= MOST_ERRORS)


def _crowd(bench: Bench, port: int, visitors: list[Visitor], per_minute: float) -> dict[str, Any]:
    job = {
        "port": port,
        "visitors": [asdict(visitor) for visitor in visitors],
        "operations": [asdict(step) for step in _turns(bench.sample)],
        "per_minute": per_minute,
        "seconds": bench.form.crowd_seconds,
    }
    command = [sys.executable, "-m", "benchmarks.crowd"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(job), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the crowd failed:\n{done.stderr[-4000:]}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _turns(sample: Sample) -> list[Step]:
    """What programs do, in turn: of ten requests seven read an invoice or a list, two something else, one writes."""
    found: list[Step] = []
    for number, invoice_id in enumerate(sample.invoices):
        client_id = sample.clients[number % len(sample.clients)]
        found += [
            *(step for _ in range(4) for step in get(_invoice(invoice_id))),
            *(step for _ in range(3) for step in get(LIST)),
            *get(f"/api/customers/{client_id}/"),
            *get("/api/billing/stats/payments/"),
            Step("POST", "/api/billing/invoices/", _draft(sample, number)),
        ]
    return found


def _draft(sample: Sample, number: int) -> str:
    lines = []
    for place in range(3):
        _, name, price = sample.items[(number + 7 * place) % len(sample.items)]
        lines.append({"description": name, "quantity": str(place + 1), "unit_price": price})
    return json.dumps(
        {"customer_id": str(sample.clients[number % len(sample.clients)]), "currency": "NGN", "lines": lines}
    )


def _invoice(invoice_id: uuid.UUID) -> str:
    return f"/api/billing/invoices/{invoice_id}/"
