"""Providers that are ill for an hour: what pages cost meanwhile, and how soon everything has left once they are well.

As users run it: the container's web server, a worker process, PostgreSQL, and providers that are servers on this
machine and write down what they took. For each way of being ill, messages of several businesses are queued (mails,
WhatsApp and SMS in turn), an hour of the application's time passes at a pace (`paced.py` says how and why), at its end
pages are asked for at the pace of people, and then the providers recover. What is measured from then on is in real
seconds.
"""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, select

from app import clock
from app.auth.models import Business
from app.database import new_id, writing
from app.extensions import db
from app.jobs.models import Job
from app.messages.models import Message
from app.messages.rules import TRANSIENT
from benchmarks import words
from benchmarks.measures import Bench, load
from benchmarks.paced import FILE, Pace
from benchmarks.processes import cpu_seconds, memory_mb
from benchmarks.server import Server
from benchmarks.settings import ROOT
from benchmarks.traffic import DURING, PAYING, STAFF, browsers, customers, strangers
from benchmarks.vendors import Vendors, vendors
from tests.faults.outgoing import CHANNELS, write
from tests.support.redis_server import RedisServer

WEB = "benchmarks.paced:app"
DELIVER = "messages.deliver"
SENT = ("sent", "delivered", "read")
BUSINESSES = 10
CLICKING, CLICKS = 4, 20.0
"""Customers who press Pay at the same time, again and again, and for how many seconds."""
LOOK = 0.5
LONGEST = 900
"""Seconds after which a queue that has not drained is given up."""
STOP_SECONDS = 60
SHARES = {"half_s": 0.5, "most_s": 0.95, "last_s": 1.0}


def measure(bench: Bench) -> dict[str, Any]:
    """{"messages", "pace", "modes": {way of being ill: figures}}; "pages" are in the way they were asked for in."""
    hour, file = bench.form.hour, bench.folder / "clock"
    pace = Pace(file)
    pace.install()
    found: dict[str, Any] = {}
    try:
        with bench.app.app_context(), vendors(pace) as ill, _redis(bench, hour.redis) as address:
            environ = bench.environ | ill.environ() | {FILE: str(file), "REDIS_URL": address}
            with (
                Server(WEB, environ, bench.folder / "paced.log") as server,
                _worker(environ, bench.folder / "worker.log") as worker,
            ):
                server.wait()
                for how in hour.modes:
                    bench.tell(f"providers that are ill for an hour: {how}")
                    found[how] = _one(how, bench, ill, pace, worker, server)
                    for line in words.lines({"modes": {how: found[how]}}):
                        bench.tell(line)
    finally:
        pace.uninstall()
        pace.close()
    return {"messages": hour.messages, "pace": hour.pace, "redis": hour.redis, "modes": found}


def _one(how: str, bench: Bench, ill: Vendors, pace: Pace, worker: psutil.Process, server: Server) -> dict[str, Any]:
    """One hour and what comes after it, which begins when the last message is queued.

    `left` are the messages that left after it, `queued` those that waited at its end: people sent some more meanwhile.
    """
    hour = bench.form.hour
    number = list(hour.modes).index(how)
    ill.fall_ill(how)
    _queue_up(_businesses(), hour.messages, number * hour.messages)
    began, before = pace.now(), memory_mb(worker.pid)["rss_mb"]
    pace.go(hour.pace, hour.pace)
    time.sleep(max(0.0, began + hour.seconds - pace.now()) / hour.pace)
    pace.go(1, 1)
    found: dict[str, Any] = {"worker_share": _share(worker, hour.watched_seconds)}
    if how in hour.pages:
        found["pages"] = _pages(bench, server)
    found |= {"threads": worker.num_threads(), "grew_mb": round(memory_mb(worker.pid)["rss_mb"] - before, 1)}
    found["tries"], found["queued"] = _tries(), _waiting()
    well = pace.now()
    ill.recover()
    pace.go(hour.pace_after, 1)
    drained = _drain(hour.pace_after)
    pace.go(1, 1)
    return found | {"drained": drained} | _timeline(well) | _truth(ill)


def _businesses() -> list[uuid.UUID]:
    """Some that have nothing but their name, so that messages are not all of one."""
    rows = [{"id": new_id(), "name": f"Ill {n}", "gateway_key": uuid.uuid4().hex[:20]} for n in range(BUSINESSES)]
    with writing():
        db.session.add_all([Business(created_at=clock.now(), **row) for row in rows])
    return [row["id"] for row in rows]  # type: ignore[misc]


def _queue_up(businesses: list[uuid.UUID], messages: int, first: int) -> None:
    for n in range(messages):
        write(businesses[n % len(businesses)], CHANNELS[n % len(CHANNELS)], first + n)
        db.session.remove()


def _share(worker: psutil.Process, seconds: float) -> float:
    """What part of one processor the worker needs while everything waits, at the pace of people."""
    began, used = time.monotonic(), cpu_seconds(worker.pid)
    time.sleep(seconds)
    return round((cpu_seconds(worker.pid) - used) / (time.monotonic() - began), 3)


def _pages(bench: Bench, server: Server) -> dict[str, Any]:
    """The figures of each page, then of clicks on Pay while the payment company hangs, and of a page beside them."""
    visitors = browsers(bench.form.connections, bench.books.email, bench.books.password, server.port)
    found = {}
    for page in DURING:
        found[page.name] = load(bench, page, server, visitors if page.who == STAFF else strangers(len(visitors)))
    payers = customers(CLICKING, server.port, bench.sample.payable)
    with ThreadPoolExecutor(1) as beside:
        clicks = beside.submit(load, replace(bench, seconds=CLICKS), PAYING, server, payers, cold=True)
        found["beside"] = load(bench, DURING[0], server, visitors)
        return found | {PAYING.name: clicks.result()}


def _drain(pace: float) -> bool:
    """Wait until nothing waits any more. Returns whether that came about."""
    until = time.monotonic() + LONGEST / pace
    while _waiting():
        if time.monotonic() > until:
            return False
        time.sleep(LOOK)
    return True


def _waiting() -> int:
    """How many messages have neither left nor failed."""
    try:
        return db.session.scalar(select(func.count()).select_from(Message).where(Message.state.in_(TRANSIENT))) or 0
    finally:
        db.session.remove()


def _tries() -> int:
    """How often a provider was asked for what still waits."""
    tries = func.coalesce(func.sum(Job.failures), 0)
    try:
        return int(db.session.scalar(select(tries).where(Job.task == DELIVER, Job.state != "done")) or 0)
    finally:
        db.session.remove()


def _timeline(well: float) -> dict[str, Any]:
    """When messages left, in seconds after everything was well: half of them, 95 of 100, and the last."""
    since = datetime.fromtimestamp(well, UTC)
    sent = select(Message.sent_at).where(Message.sent_at >= since).order_by(Message.sent_at)
    after = [(one - since).total_seconds() for one in db.session.scalars(sent) if one]
    db.session.remove()
    at = {name: after[min(len(after) - 1, int(len(after) * share))] for name, share in SHARES.items()} if after else {}
    return {"left": len(after)} | {name: round(seconds, 1) for name, seconds in at.items()}


def _truth(ill: Vendors) -> dict[str, int]:
    """What the providers' journals say of all messages until now, held against what we say."""
    rows = db.session.execute(
        select(Message.channel, Message.message_id, Message.recipients, Message.text, Message.state)
    ).all()
    db.session.remove()
    mails = {row.message_id for row in rows if row.channel == "email" and row.state in SENT}
    texts = {(row.recipients[0][1], row.text) for row in rows if row.channel != "email" and row.state in SENT}
    took: Counter[Any] = Counter(ill.mails()) + Counter(ill.texts())
    said = mails | texts
    return {
        "lost": sum(1 for one in said if not took[one]),
        "twice": sum(1 for copies in took.values() if copies > 1),
        "not_said": sum(1 for one in took if one not in said),
        "failed": sum(1 for row in rows if row.state not in SENT and row.state not in TRANSIENT),
    }


@contextmanager
def _redis(bench: Bench, wanted: bool) -> Iterator[str]:
    """The address of a Redis until the end; "" when none is wanted."""
    if not wanted:
        yield ""
        return
    server = RedisServer(bench.folder / "redis")
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def _worker(environ: dict[str, str], log: Path) -> Iterator[psutil.Process]:
    """The worker process, until the end; it may finish what it does."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.paced"], cwd=ROOT, env=environ, stdout=output, stderr=output
        )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
