"""What the figures are held against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchmarks.api import LATE_MS, MOST_ERRORS, late

FAST = ("list", "invoice", "dashboard", "customer")
MOST_STATEMENTS = 6
MOST_CPU_MS = 6.0
MOST_GROWTH = 1.5
MOST_CREATING_MS = 15.0
LEAST_OF_REFERENCE = 0.85
MOST_MEMORY_MB = 110.0
MOST_RELAY_MS = 50.0
MOST_BEHIND_MS = 60_000
MOST_SWEEP_S = 5.0
MOST_DRAINING_S = 600
MOST_PAGE_MS = 1000
LEAST_POSTED = {"postgresql": 5000, "sqlite": 2000}
"""Invoices a second, with their messages."""
MOST_POSTING_MB, MOST_POSTING_GROWTH_MB = 300, 15
MOST_PLANNING_S, PLANNED = 10, 100_000
"""Planning a billing run of so many subscriptions, on PostgreSQL."""
MOST_BILLING_MB = 300
MOST_BESIDE_MS = 200
"""Another business's pages at p95 meanwhile, on PostgreSQL: SQLite lets one write at a time."""
LEFT_TO_THEMSELVES = ("paying",)
"""Not a page of the goal: a click on Pay waits for a company that hangs as long as its own limits say."""
MOST_API_STATEMENTS, LEAST_OF_SELECT, MOST_DEEPER, MOST_STATS_MS = 4, 0.3, 1.2, 50
"""Of the API: statements of an invoice and of a list, requests a second as a share of the route with one SELECT, how
many times the first page a far one may take, and what statistics may take of processor time."""
SMALL, LARGE = 10_000, 1_000_000


def misses(runs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each goal that was missed: {run, measure, sentence}. Goals are set for PostgreSQL, that of posting for both."""
    for run in runs:
        for sentence in _of_posting(run["engine"], run.get("posting")):
            yield {"engine": run["engine"], "invoices": run["invoices"], "measure": "posting", "sentence": sentence}
    wanted = [run for run in runs if run["engine"] == "postgresql"]
    small = next((run for run in wanted if run["invoices"] == SMALL), None)
    for run in wanted:
        for name, figures in run["measures"].items():
            grown = small["measures"].get(name) if small and run["invoices"] == LARGE else None
            for sentence in _of(name, figures, grown):
                yield {"engine": run["engine"], "invoices": run["invoices"], "measure": name, "sentence": sentence}
        for name, sentence in _of_api(run["measures"]):
            yield {"engine": run["engine"], "invoices": run["invoices"], "measure": name, "sentence": sentence}
        for measure, of in _OF_OWN.items():
            for sentence in of(run.get(measure)):
                yield {"engine": run["engine"], "invoices": run["invoices"], "measure": measure, "sentence": sentence}
        memory = run["memory"]["worker"]["rss_mb"]
        if memory >= MOST_MEMORY_MB:
            sentence = f"a worker holds {memory} MB, not under {MOST_MEMORY_MB:g}"
            yield {"engine": run["engine"], "invoices": run["invoices"], "measure": "memory", "sentence": sentence}


def _of_api(measures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("api_invoice", "api_list", "api_deep"):
        if name in measures and measures[name]["statements"] > MOST_API_STATEMENTS:
            yield name, f"{measures[name]['statements']} statements, not {MOST_API_STATEMENTS}"
    if "api_invoice" in measures:
        share = measures["api_invoice"]["per_second"] / measures["select"]["per_second"]
        if share < LEAST_OF_SELECT:
            yield "api_invoice", f"{share:.0%} of the route with one SELECT, not {LEAST_OF_SELECT:.0%}"
    if "api_deep" in measures and "api_list" in measures:
        times = measures["api_deep"]["cpu_ms"] / measures["api_list"]["cpu_ms"]
        if times > MOST_DEEPER:
            yield "api_deep", f"{times:.2f} times the first page, not {MOST_DEEPER:g}"
    for name in ("api_stats", "api_paid"):
        if name in measures and measures[name]["cpu_ms"] >= MOST_STATS_MS:
            yield name, f"{measures[name]['cpu_ms']} ms CPU, not under {MOST_STATS_MS}"


def _of_crowd(crowd: dict[str, Any] | None) -> Iterator[str]:
    if crowd and late(first := crowd["pace"][0]):
        met = f"{first['p95_ms']} ms at p95, errors {first['errors']:.2%}"
        goal = f"not under {LATE_MS:g} ms and {MOST_ERRORS:.1%}"
        yield f"at {first['per_minute']:,.0f} requests a minute {met}: {goal}"


def _of_queue(queue: dict[str, Any] | None) -> Iterator[str]:
    if queue and queue["relay_cpu_ms"] >= MOST_RELAY_MS:
        yield f"the relay picks 1,000 jobs in {queue['relay_cpu_ms']} ms CPU, not under {MOST_RELAY_MS:g}"
    if queue and queue["behind_ms"] >= MOST_BEHIND_MS:
        yield f"a job waits {queue['behind_ms']} ms behind another business's, not under {MOST_BEHIND_MS:,}"


def _of_sweep(sweep: dict[str, Any] | None) -> Iterator[str]:
    if sweep and sweep["sweep_s"] >= MOST_SWEEP_S:
        yield f"a sweep over {sweep['invoices']:,} open invoices takes {sweep['sweep_s']} s, not under {MOST_SWEEP_S:g}"


def _of_billing(billing: dict[str, Any] | None) -> Iterator[str]:
    if billing and billing["subscriptions"] == PLANNED and billing["plan_seconds"] >= MOST_PLANNING_S:
        yield f"{PLANNED:,} subscriptions are planned in {billing['plan_seconds']} s, not under {MOST_PLANNING_S}"
    if billing and max(billing["plan_memory_mb"], billing["post_memory_mb"]) >= MOST_BILLING_MB:
        yield f"a billing run wants {MOST_BILLING_MB} MB or more"


def _of_posting(engine: str, posting: dict[str, Any] | None) -> Iterator[str]:
    if posting is None:
        return
    if posting["per_second"] < LEAST_POSTED[engine]:
        yield f"{posting['per_second']:,} invoices posted a second, not {LEAST_POSTED[engine]:,}"
    if posting["most_memory_mb"] >= MOST_POSTING_MB:
        yield f"{posting['most_memory_mb']} MB while posting, not under {MOST_POSTING_MB}"
    if posting["most_memory_mb"] - posting["memory_mb"] >= MOST_POSTING_GROWTH_MB:
        yield f"memory grew from {posting['memory_mb']} to {posting['most_memory_mb']} MB while posting"
    if engine == "postgresql" and posting["page_p95_ms"] >= MOST_BESIDE_MS:
        yield f"another business's pages take {posting['page_p95_ms']} ms at p95 meanwhile, not under {MOST_BESIDE_MS}"


def _of_outage(outage: dict[str, Any] | None) -> Iterator[str]:
    for how, found in (outage or {"modes": {}})["modes"].items():
        if not found["drained"] or found.get("last_s", 0) > MOST_DRAINING_S:
            yield f"after an hour of {how} the last message left after {found.get('last_s')} s, not {MOST_DRAINING_S}"
        for name in ("twice", "lost", "not_said", "failed"):
            if found[name]:
                yield f"after an hour of {how} {found[name]} messages: {name.replace('_', ' ')}"
        for page, figures in found.get("pages", {}).items():
            if page not in LEFT_TO_THEMSELVES and figures["p95_ms"] >= MOST_PAGE_MS:
                yield f"{page} while providers {how}: {figures['p95_ms']} ms at p95, not under {MOST_PAGE_MS:,}"


def _of(name: str, figures: dict[str, Any], grown_from: dict[str, Any] | None) -> Iterator[str]:
    if name in FAST:
        if figures["statements"] > MOST_STATEMENTS:
            yield f"{figures['statements']} statements, not {MOST_STATEMENTS}"
        if grown_from is None and figures["cpu_ms"] > MOST_CPU_MS:
            yield f"{figures['cpu_ms']} ms CPU, not {MOST_CPU_MS:g}"
        if grown_from and figures["cpu_ms"] > MOST_GROWTH * grown_from["cpu_ms"]:
            times = figures["cpu_ms"] / grown_from["cpu_ms"]
            yield f"{times:.2f} times the CPU of {SMALL:,} invoices, not {MOST_GROWTH:g}"
    if name == "create_issue" and figures["cpu_ms"] >= MOST_CREATING_MS:
        yield f"{figures['cpu_ms']} ms CPU, not under {MOST_CREATING_MS:g}"
    if name == "pdf" and "of_reference" in figures and figures["of_reference"] < LEAST_OF_REFERENCE:
        yield f"{figures['of_reference']:.0%} of the reference renderer, not {LEAST_OF_REFERENCE:.0%}"


_OF_OWN: Mapping[str, Callable[[dict[str, Any] | None], Iterator[str]]] = {
    "billing": _of_billing,
    "crowd": _of_crowd,
    "queue": _of_queue,
    "sweep": _of_sweep,
    "outage": _of_outage,
}
"""What is measured beside pages, by name."""
