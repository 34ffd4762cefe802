"""What was found about ill providers, for people: as lines of the report and as tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.traffic import DURING, PAYING

TITLES = {page.name: page.title for page in (*DURING, PAYING)} | {"beside": f"{DURING[0].title}, beside those clicks"}
ILL = {
    "refused": "refuse connections",
    "hang": "take connections and say nothing",
    "500": "answer 451 and 500",
    "drip": "say a byte every 50 ms",
    "bad-json": "answer what cannot be read",
}
PERCENTILES = ("p50_ms", "p95_ms", "p99_ms")


def posting(found: dict[str, Any]) -> str:
    """What posting many invoices at once costs."""
    return (
        f"{found['invoices']:,} invoices are posted, their messages in the outbox, in {found['seconds']:g} s: "
        f"{found['per_second']:,} a second, each for {found['app_cpu_ms']:g} ms of processor time of the application "
        f"and {found['db_cpu_ms']:g} ms of the database, in {found['memory_mb']:g} to {found['most_memory_mb']:g} MB; "
        f"while somebody of another business opens pages it is {found['per_second_beside']:,} a second, and those take "
        f"{found['page_p50_ms']:g} ms, {found['page_p95_ms']:g} ms at p95"
    )


def billing(found: dict[str, Any]) -> str:
    """What a billing run of many subscriptions costs."""
    planned = (
        f"{found['plan_seconds']:g} s, for {found['plan_cpu_seconds']:g} s of processor time of the application and "
        f"{found['plan_db_cpu_seconds']:g} s of the database"
    )
    posted = f"{found['post_seconds']:g} s, for {found['post_cpu_seconds']:g} and {found['post_db_cpu_seconds']:g} s"
    return (
        f"a billing run of {found['subscriptions']:,} subscriptions is planned in {planned}, in "
        f"{found['plan_memory_mb']:g} MB; posted in {posted}, {found['posted_per_second']:,} a second, in "
        f"{found['post_memory_mb']:g} MB"
    )


def crowd(found: dict[str, Any]) -> str:
    """How fast many programs can ask the API."""
    paces = "; ".join(
        f"at {one['per_minute']:,.0f} requests a minute {one['p50_ms']:g} ms, {one['p95_ms']:g} ms at p95, "
        f"{one['answered_per_minute']:,} answered, errors {one['errors']:.2%}, {one['app_cpu_ms']:g} ms of CPU"
        for one in found["pace"]
    )
    return f"{found['users']:,} programs of the API that think between requests: {paces}"


def lines(outage: dict[str, Any]) -> Iterator[str]:
    """One for each way of being ill, and the pages meanwhile."""
    for how, found in outage["modes"].items():
        last = f"the last left {found['last_s']:g} s after" if found["drained"] and found["left"] else "NOT ALL LEFT"
        half, most = found.get("half_s", "-"), found.get("most_s", "-")
        yield (
            f"providers {ILL[how]} for an hour: of {found['queued']:,} messages half left {half} s and "
            f"95 % {most} s after they were well, {last}; taken twice {found['twice']}, lost {found['lost']}, "
            f"unknown to us {found['not_said']}, failed {found['failed']}"
        )
        yield (
            f"  meanwhile the worker took {found['worker_share']:.0%} of a processor, grew by {found['grew_mb']:g} MB, "
            f"has {found['threads']} threads"
        )
        for name, figures in found.get("pages", {}).items():
            times = ", ".join(f"{key[:3]} {figures[key]:g} ms" for key in PERCENTILES)
            yield f"  {TITLES[name]:<32} {times}, {figures['operations']:,} times"


def markdown(outage: dict[str, Any]) -> Iterator[str]:
    """A table of the ways of being ill, and one of the pages meanwhile."""
    yield "| for an hour providers | waited | half left | 95 % left | all left | taken twice, lost, failed | worker |"
    yield "|---|" + 6 * "---:|"
    for how, found in outage["modes"].items():
        times = " | ".join(f"{found[key]:g} s" if key in found else "–" for key in ("half_s", "most_s", "last_s"))
        wrong = f"{found['twice']}, {found['lost'] + found['not_said']}, {found['failed']}"
        yield f"| {ILL[how]} | {found['queued']:,} | {times} | {wrong} | {found['worker_share']:.0%} of a processor |"
    for how, found in outage["modes"].items():
        if "pages" in found:
            yield from ("", f"While providers {ILL[how]}:", "", "| | p50 ms | p95 ms | p99 ms | times |")
            yield "|---|" + 4 * "---:|"
            for name, figures in found["pages"].items():
                cells = " | ".join(f"{figures[key]:,.0f}" for key in PERCENTILES)
                yield f"| {TITLES[name]} | {cells} | {figures['operations']:,} |"
