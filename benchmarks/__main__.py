"""`python -m benchmarks`: see --help, and docs/performance.md for what the figures mean."""

from __future__ import annotations

import argparse
import atexit
import fcntl
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import api, forms, machine, report
from benchmarks.database import Postgres, Sqlite
from benchmarks.forms import Form
from benchmarks.goals import misses
from benchmarks.measures import PDF
from benchmarks.runs import BILLING, CROWD, OUTAGE, POSTING, QUEUE, SWEEP, Run
from benchmarks.server import APPLICATION, command
from benchmarks.settings import LIFTED, ROOT
from benchmarks.traffic import PAGES
from benchmarks.vendors import ILLS

RESULTS = ROOT / "benchmarks" / "results"
ENGINES = {"postgresql": Postgres, "sqlite": Sqlite}


def main() -> int:
    """Measure, tell, and keep the figures. Returns 1 with --strict when a goal is missed."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    form = _form(options)
    began, result = time.monotonic(), _head(form)
    with _folder(options.keep) as folder:
        for name, sizes in (("postgresql", form.postgresql), ("sqlite", form.sqlite)):
            if not sizes:
                continue
            engine = ENGINES[name](folder)
            try:
                result["databases"][name] = engine.facts()
                for invoices in sizes:
                    _one(Run(engine, invoices, form, folder, options.keep), options, result)
            finally:
                engine.stop()
    if options.explain or options.profile:
        return 0
    result["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    result["seconds"] = round(time.monotonic() - began, 1)
    result["growth"], result["missed"] = report.growth(result["runs"]), list(misses(result["runs"]))
    _say(f"\n{report.keep(result, options.results)} after {result['seconds']:.0f} s")
    return 1 if options.strict and result["missed"] else 0


def _one(run: Run, options: argparse.Namespace, result: dict[str, Any]) -> None:
    with run:
        if options.explain:
            _say(run.explain(options.explain))
        if options.profile:
            _say(run.profile(options.profile))
        if not (options.explain or options.profile):
            figures = run.measure(options.only, lambda step: print(f"  {step} ...", file=sys.stderr, flush=True))
            result["runs"].append(figures)
            _say(report.table(figures, list(misses(result["runs"]))))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="What each page costs, on books of a known size.")
    names = [page.name for page in (*PAGES, *api.PAGES)]
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--short", action="store_true", help="10,000 invoices, about 13 minutes (the default)")
    form.add_argument("--full", action="store_true", help="10,000, 100,000 and 1,000,000 invoices; an hour and a half")
    form.add_argument("--smoke", action="store_true", help="a few requests, to see that it works")
    parser.add_argument("--invoices", type=int, action="append", help="another number of invoices; may be repeated")
    parser.add_argument("--engine", choices=list(ENGINES), help="this database only")
    parser.add_argument(
        "--only",
        choices=[*names, PDF, QUEUE, OUTAGE, BILLING, POSTING, SWEEP, CROWD],
        action="append",
        default=[],
        help="this only",
    )
    parser.add_argument("--ill", choices=list(ILLS), action="append", help="how providers are ill; may be repeated")
    parser.add_argument("--redis", action="store_true", help="ill providers: with Redis and an RQ worker")
    parser.add_argument("--pace", type=float, help="how fast the hour of ill providers passes (30; 1 is a real hour)")
    parser.add_argument("--seconds", type=float, help="how long each page is asked for")
    parser.add_argument("--keep", type=Path, help="keep the data in this folder, and use what is kept there")
    parser.add_argument("--explain", choices=names, help="show the statements of a page and their plans, no more")
    parser.add_argument("--profile", choices=names, help="show where the time of a page goes, no more")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON file goes")
    parser.add_argument("--strict", action="store_true", help="end with status 1 when a goal is missed")
    return parser.parse_args()


def _form(options: argparse.Namespace) -> Form:
    form = forms.FULL if options.full else forms.SMOKE if options.smoke else forms.SHORT
    if options.invoices:
        sizes = tuple(options.invoices)
        form = replace(form, name="chosen", postgresql=sizes, sqlite=sizes)
    if options.explain or options.profile:
        form = replace(form, sqlite=form.sqlite if options.engine == "sqlite" else ())
    if options.seconds:
        form = replace(form, seconds=options.seconds, sqlite_seconds=options.seconds)
    if options.ill or options.pace or options.redis:
        hour = form.hour
        ways, pace = tuple(options.ill or hour.modes), options.pace or hour.pace
        form = replace(form, hour=replace(hour, modes=ways, pace=pace, redis=options.redis))
    if options.engine:
        form = replace(form, **{name: () for name in ENGINES if name != options.engine})
    return form


def _head(form: Form) -> dict[str, Any]:
    """What holds for all of it, told first."""
    facts = machine.facts()
    _say(
        f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_mb']} MB, Python {facts['python']}, "
        f"commit {facts['commit']}, load {facts['load_before']}\n"
        f"server: {' '.join(command(0, APPLICATION)[1:])}, 1 worker, production settings behind a proxy that the load "
        f"plays\nlimits lifted: {', '.join(f'{name}={value}' for name, value in LIFTED.items())}\n"
        f"load: {form.connections} connections; CPU is milliseconds of processor for one operation"
    )
    return {
        "form": form.name,
        "machine": facts,
        "server": command(0, APPLICATION)[1:],
        "limits_lifted": LIFTED,
        "connections": form.connections,
        "databases": {},
        "runs": [],
    }


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Where databases live: a temporary folder, or the one to keep, which one run uses at a time."""
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        keep.chmod(0o711)
        with (keep / "in-use").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield keep.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="duely-bench-"))
    # As root PostgreSQL runs as another user, who has to be able to walk in.
    folder.chmod(0o711)
    # Last of all: the package that runs PostgreSQL writes its lock file once more when this process ends.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    yield folder


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
