"""`python -m benchmarks.tables FILE`: the figures of a results file as the tables of docs/performance.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import words
from benchmarks.report import ENGINES, TITLES, in_words

COLUMNS = (
    ("requests/s", "per_second"),
    ("p50 ms", "p50_ms"),
    ("p95 ms", "p95_ms"),
    ("p99 ms", "p99_ms"),
    ("application CPU ms", "app_cpu_ms"),
    ("database CPU ms", "db_cpu_ms"),
    ("CPU ms", "cpu_ms"),
    ("× one SELECT", "times_select"),
    ("statements", "statements"),
)


def tables(result: dict[str, Any]) -> Iterator[str]:
    """Lines of Markdown: what it was measured on, a table for each database, what was missed."""
    facts = result["machine"]
    yield (
        f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_mb']} MB, Python {facts['python']}, "
        f"PostgreSQL {result['databases'].get('postgresql', {}).get('server_version', '-')}, "
        f"load {facts['load_before']} before and {facts['load_after']} after."
    )
    for run in result["runs"]:
        yield from ("", f"### {ENGINES[run['engine']]}, {run['invoices']:,} invoices", "")
        yield "| | " + " | ".join(title for title, _ in COLUMNS) + " |"
        yield "|---|" + "---:|" * len(COLUMNS)
        for name, figures in run["measures"].items():
            yield f"| {TITLES[name]} | " + " | ".join(_cell(figures.get(key)) for _, key in COLUMNS) + " |"
        yield from ("", _below(run))
        if "outage" in run:
            yield from ("", *words.markdown(run["outage"]))
    yield from ("", "### Missed", "")
    for miss in result["missed"]:
        where, what = f"{ENGINES[miss['engine']]}, {miss['invoices']:,}", TITLES.get(miss["measure"], miss["measure"])
        yield f"- {where}: {what}, {miss['sentence']}"


def _below(run: dict[str, Any]) -> str:
    pdf, worker = run["measures"].get("pdf", {}), run["memory"]["worker"]
    share = f" PDFs reach {pdf['of_reference']:.0%} of the reference renderer." if "of_reference" in pdf else ""
    queue = f" Of a long queue: {in_words(run['queue'])}." if "queue" in run else ""
    posted = f" Posting many at once: {words.posting(run['posting'])}." if "posting" in run else ""
    asked = f" Of the API: {words.crowd(run['crowd'])}." if "crowd" in run else ""
    return (
        f"A worker holds {worker['rss_mb']} MB, {worker['pss_mb']} MB of which are its own share.{share} "
        f"The books were made in {run['made_in_seconds']} s.{queue}{posted}{asked}"
    )


def _cell(value: Any) -> str:
    return "–" if value is None else f"{value:,.0f}" if isinstance(value, float) and value >= 100 else f"{value:g}"


if __name__ == "__main__":
    print("\n".join(tables(json.loads(Path(sys.argv[1]).read_text()))))
