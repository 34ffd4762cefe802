"""The figures for people, as a table, and for programs, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import api, words
from benchmarks.goals import SMALL
from benchmarks.traffic import BARE, PAGES

TITLES = {page.name: page.title for page in (*BARE, *PAGES, *api.PAGES)} | {"pdf": "PDF"}
ENGINES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
COLUMNS = (
    ("req/s", "per_second", 9),
    ("p50 ms", "p50_ms", 9),
    ("p95 ms", "p95_ms", 9),
    ("p99 ms", "p99_ms", 9),
    ("app CPU", "app_cpu_ms", 9),
    ("db CPU", "db_cpu_ms", 8),
    ("CPU ms", "cpu_ms", 8),
    ("stmts", "statements", 7),
    ("KB", "kilobytes", 7),
    ("x bare", "times_bare", 9),
    ("x select", "times_select", 10),
)


def table(run: dict[str, Any], misses: list[dict[str, Any]]) -> str:
    """One database: a line for each measure, and behind it the goals it missed."""
    head = f"{ENGINES[run['engine']]}, {run['invoices']:,} invoices"
    lines = ["", f"{head:<28}" + "".join(f"{title:>{width}}" for title, _, width in COLUMNS)]
    for name, figures in run["measures"].items():
        cells = "".join(f"{_cell(figures.get(key)):>{width}}" for _, key, width in COLUMNS)
        missed = "; ".join(_missed(run, misses, name))
        lines.append(f"{TITLES[name]:<28}{cells}" + (f"   MISSED: {missed}" if missed else ""))
    pdf = run["measures"].get("pdf", {})
    if "of_reference" in pdf:
        lines.append(
            f"  the reference renderer draws {pdf['reference_per_second']} a second in {pdf['reference_cpu_ms']} ms of "
            f"CPU; by CPU ours reaches {pdf['of_reference']:.0%} of it"
        )
    worker, start = run["memory"]["worker"], run["memory"]["worker_at_start"]
    missed = "; ".join(_missed(run, misses, "memory"))
    lines.append(
        f"  a worker holds {worker['rss_mb']} MB ({worker['pss_mb']} MB of its own share), {start['rss_mb']} MB before "
        f"the load" + (f"   MISSED: {missed}" if missed else "")
    )
    if queue := run.get("queue"):
        missed = "; ".join(_missed(run, misses, "queue"))
        lines.append(f"  {in_words(queue)}" + (f"   MISSED: {missed}" if missed else ""))
    if sweep := run.get("sweep"):
        missed = "; ".join(_missed(run, misses, "sweep"))
        lines.append(f"  {swept_in_words(sweep)}" + (f"   MISSED: {missed}" if missed else ""))
    if posting := run.get("posting"):
        missed = "; ".join(_missed(run, misses, "posting"))
        lines.append(f"  {words.posting(posting)}" + (f"   MISSED: {missed}" if missed else ""))
    if billing := run.get("billing"):
        missed = "; ".join(_missed(run, misses, "billing"))
        lines.append(f"  {words.billing(billing)}" + (f"   MISSED: {missed}" if missed else ""))
    if crowd := run.get("crowd"):
        missed = "; ".join(_missed(run, misses, "crowd"))
        lines.append(f"  {words.crowd(crowd)}" + (f"   MISSED: {missed}" if missed else ""))
    if outage := run.get("outage"):
        lines += [f"  {line}" for line in words.lines(outage)]
        lines += [f"  MISSED: {sentence}" for sentence in _missed(run, misses, "outage")]
    lines.append(f"  the books were made in {run['made_in_seconds']} s")
    return "\n".join(lines)


def in_words(queue: dict[str, Any]) -> str:
    """What a long queue costs."""
    return (
        f"of {queue['jobs']:,} queued jobs the relay picks 1,000 in {queue['relay_cpu_ms']:g} ms of processor time "
        f"(its own and the database's) and {queue['relay_ms']:g} ms by the clock; its memory grew by "
        f"{queue['relay_grew_mb']:g} MB; the runner takes one in {queue['take_ms']:g} ms by the clock; another "
        f"business's job was done {queue['behind_ms']:,} ms after it was added, "
        f"{queue['behind_jobs']:,} jobs after"
    )


def swept_in_words(sweep: dict[str, Any]) -> str:
    """What a sweep over open invoices costs."""
    return (
        f"a sweep over {sweep['invoices']:,} open invoices of which nothing is due takes {sweep['sweep_s']:g} s "
        f"({sweep['db_cpu_s']:g} s of the database's processor time), and {sweep['with_due_s']:g} s with "
        f"{sweep['sent']} reminders to send"
    )


def growth(runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """{"postgresql 100000 to 10000": {measure: how many times the CPU}}."""
    found: dict[str, dict[str, float]] = {}
    for small in (run for run in runs if run["invoices"] == SMALL):
        for run in runs:
            if run["engine"] != small["engine"] or run["invoices"] <= SMALL:
                continue
            found[f"{run['engine']} {run['invoices']} to {SMALL}"] = {
                name: round(figures["cpu_ms"] / small["measures"][name]["cpu_ms"], 2)
                for name, figures in run["measures"].items()
                if small["measures"].get(name, {}).get("cpu_ms")
            }
    return found


def keep(result: dict[str, Any], folder: Path) -> Path:
    """Write the JSON file; its name says when and in which form."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{result['form']}.json"
    file.write_text(json.dumps(result, indent=1) + "\n")
    return file


def _missed(run: dict[str, Any], misses: list[dict[str, Any]], measure: str) -> Iterator[str]:
    for miss in misses:
        if (miss["engine"], miss["invoices"], miss["measure"]) == (run["engine"], run["invoices"], measure):
            yield miss["sentence"]


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,.1f}" if isinstance(value, float) and value >= 100 else f"{value:g}"
