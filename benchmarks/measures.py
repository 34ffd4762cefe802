"""Measuring one database: bare routes first, then every page under load, then PDFs; and counting statements."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from benchmarks import api, drawing
from benchmarks.data import Books
from benchmarks.database import Engine
from benchmarks.forms import Form
from benchmarks.load import Visitor
from benchmarks.sample import Sample
from benchmarks.server import APPLICATION, BARE, Server
from benchmarks.settings import ROOT
from benchmarks.statements import Desk, asked_by
from benchmarks.traffic import BARE as BARE_PAGES
from benchmarks.traffic import PAGES, PROGRAM, STAFF, STRANGER, Page, browsers, programs, strangers

WARM = 48
KNOWN_STATEMENTS = {"bare": 0, "select": 1}
PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Bench:
    """What one database is measured with. `tell` hears a word on each step."""

    engine: Engine
    books: Books
    app: Flask
    sample: Sample
    form: Form
    seconds: float
    environ: dict[str, str]
    folder: Path
    tell: Callable[[str], None]


def measure(bench: Bench, only: Collection[str]) -> dict[str, Any]:
    """{"measures": {name: figures}, "memory": of a worker after all of it}, of the pages named, or of all."""
    wanted = [page for page in (*PAGES, *api.PAGES) if not only or page.name in only]
    counted = _count_statements(bench, wanted)
    found: dict[str, Any] = {}
    with (
        Server(BARE, bench.environ, bench.folder / "bare.log") as bare,
        Server(APPLICATION, bench.environ, bench.folder / "server.log") as server,
    ):
        bare.wait()
        server.wait()
        for page in BARE_PAGES:
            found[page.name] = load(bench, page, bare, strangers(bench.form.connections))
        before = server.memory()
        count = bench.form.connections
        with bench.app.app_context():
            held = api.tokens(count)
        visitors = {
            STAFF: browsers(count, bench.books.email, bench.books.password, server.port),
            STRANGER: strangers(count),
            PROGRAM: programs(held),
        }
        for page in wanted:
            found[page.name] = load(bench, page, server, visitors[page.who])
        memory = {"worker": server.memory(), "worker_at_start": before}
    for name, statements in counted.items():
        found[name]["statements"] = statements
    if not only or PDF in only:
        bench.tell("PDF")
        arguments = (bench.app, bench.engine, bench.sample.business_id, bench.sample.owed, bench.form.documents)
        found[PDF] = drawing.measure(*arguments)
    _compare(found)
    return {"measures": found, "memory": memory}


def _count_statements(bench: Bench, pages: list[Page]) -> dict[str, int]:
    bench.tell("counting statements")
    desk = Desk(bench.app, bench.books.email, bench.books.password)
    return KNOWN_STATEMENTS | {page.name: len(asked_by(desk, page, bench.sample)) for page in pages}


def load(bench: Bench, page: Page, server: Server, visitors: list[Visitor], cold: bool = False) -> dict[str, Any]:
    """The figures of one page under load, after some requests that do not count. Raises RuntimeError when refused.

    `cold`: the first request counts.
    """
    bench.tell(page.title)
    operations = page.operations(bench.sample)
    warm = min(max(WARM, len(operations)) if not page.once else min(WARM, len(operations)) // 2, bench.form.most)
    warm = 0 if cold else warm
    job = {
        "port": server.port,
        "visitors": [asdict(visitor) for visitor in visitors],
        "operations": [
            [asdict(step) for step in operation] for operation in _enough(operations, max(1, warm), page.once)
        ],
        "warm": warm,
        "once": page.once,
        "most": bench.form.most,
        "seconds": bench.seconds,
    }
    command = [sys.executable, "-m", "benchmarks.load"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        _say(process.stdin, json.dumps(job))
        warmed = _hear(process.stdout)
        app, database = server.cpu(), bench.engine.cpu()
        _say(process.stdin, "go")
        told = _hear(process.stdout)
        app, database = server.cpu() - app, bench.engine.cpu() - database
    if refused := warmed["refused"] or told["refused"]:
        raise RuntimeError(f"{page.title} was refused:\n{refused}")
    return _figures(told, app, database)


def _enough(operations: list[Any], warm: int, once: bool) -> list[Any]:
    """At least as many as are needed to warm up; those that can be repeated begin anew."""
    return operations if once else operations * -(-warm // len(operations))


def _say(pipe: Any, line: str) -> None:
    pipe.write(line + "\n")
    pipe.flush()


def _hear(pipe: Any) -> dict[str, Any]:
    line = pipe.readline()
    if not line:
        raise RuntimeError("the load ended without a word")
    heard: dict[str, Any] = json.loads(line)
    return heard


def _figures(told: dict[str, Any], app: float, database: float) -> dict[str, Any]:
    operations, seconds = told["operations"], told["seconds"]
    shown = {name: told[name] for name in ("operations", "requests", "seconds", "p50_ms", "p95_ms", "p99_ms")}
    return shown | {
        "per_second": round(operations / seconds, 1),
        "app_cpu_ms": round(app / operations * 1000, 2),
        "db_cpu_ms": round(database / operations * 1000, 2),
        "cpu_ms": round((app + database) / operations * 1000, 2),
        "load_cpu_ms": round(told["load_cpu_seconds"] / operations * 1000, 3),
        "kilobytes": round(told["bytes"] / operations / 1024, 1),
        "statuses": told["statuses"],
    }


def _compare(found: dict[str, Any]) -> None:
    """How many bare routes, and routes with one SELECT, each page costs."""
    for name in KNOWN_STATEMENTS:
        base = found[name]["cpu_ms"]
        for figures in found.values():
            figures[f"times_{name}"] = round(figures["cpu_ms"] / base, 1) if base else None
