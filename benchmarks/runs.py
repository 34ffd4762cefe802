"""One database from its making to its figures."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from app import create_app
from app.extensions import db
from benchmarks import api, billing, outage, outbox, posting, sample, sweep
from benchmarks.data import prepare
from benchmarks.database import Engine
from benchmarks.forms import Form
from benchmarks.measures import Bench, measure
from benchmarks.settings import environment, keep_secrets
from benchmarks.statements import Desk, asked_by, explained, profiled
from benchmarks.traffic import PAGES, Page
from config import Config

QUEUE, OUTAGE, POSTING, BILLING, SWEEP, CROWD = "queue", "outage", "posting", "billing", "sweep", "crowd"
"""Measures of the outbox, of posting many invoices, of billing runs, of the sweep and of the API, by name. Providers
that are ill are measured on PostgreSQL unless they are asked for; those, posting and billing with the first number of
invoices of a form."""


class Run:
    """An engine with books of one size; from `with` to its end the application of this process is open on it."""

    def __init__(self, engine: Engine, invoices: int, form: Form, folder: Path, keep: Path | None) -> None:
        self.engine, self.form, self.folder = engine, form, folder
        self._instance = tempfile.TemporaryDirectory(prefix="duely-bench-instance-")
        secret, instance = keep_secrets(folder), Path(self._instance.name)
        kept = folder if keep else None
        self.books, url = prepare(engine, invoices, form.clients, secret, instance, kept)
        self.environ = environment(url, instance, secret)

    def __enter__(self) -> Run:
        self.app = create_app(Config.from_env(self.environ))
        with self.app.app_context():
            taken = sample.take(self.form.sample)
            self.sample = replace(taken, far=api.far_on(taken.business_id, self.books.invoices))
        return self

    def __exit__(self, *_: object) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        self.engine.drop("measured")
        self._instance.cleanup()

    def measure(self, only: Collection[str], tell: Callable[[str], None]) -> dict[str, Any]:
        """All figures of this database."""
        bench = Bench(
            engine=self.engine,
            books=self.books,
            app=self.app,
            sample=self.sample,
            form=self.form,
            seconds=self.form.seconds if self.engine.name == "postgresql" else self.form.sqlite_seconds,
            environ=self.environ | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")},
            folder=Path(self._instance.name),
            tell=tell,
        )
        made = {"engine": self.engine.name, "invoices": self.books.invoices, "made_in_seconds": self.books.seconds}
        found = made | measure(bench, only)
        if not only or QUEUE in only:
            tell("a long queue")
            found["queue"] = outbox.measure(self.app, self.engine, self.form.jobs)
        postgresql = self.engine.name == "postgresql"
        if postgresql and (not only or CROWD in only):
            found["crowd"] = api.measure(bench)
        if postgresql and self.books.invoices == self.form.postgresql[0] and (not only or SWEEP in only):
            tell("a sweep over open invoices")
            found["sweep"] = sweep.measure(self.app, self.engine, self.form.owed)
        sizes = self.form.postgresql if postgresql else self.form.sqlite
        if self.books.invoices == sizes[0] and (OUTAGE in only or (not only and postgresql)):
            found["outage"] = outage.measure(bench)
        if self.books.invoices == sizes[0] and (BILLING in only or not only):
            tell("a billing run")
            found["billing"] = billing.measure(bench, self.form.billed if postgresql else self.form.sqlite_billed)
        if self.books.invoices == sizes[0] and (POSTING in only or not only):
            # Last of all, for what is posted stays.
            found["posting"] = posting.measure(bench)
        return found

    def explain(self, name: str) -> str:
        """The statements of a page and how the database goes about them."""
        return explained(self.app, asked_by(self._desk(), _page(name), self.sample))

    def profile(self, name: str) -> str:
        """Where a page spends its time, and its statements."""
        desk = self._desk()
        told = profiled(desk, _page(name), self.sample)
        return told + explained(self.app, asked_by(desk, _page(name), self.sample))

    def _desk(self) -> Desk:
        return Desk(self.app, self.books.email, self.books.password)


def _page(name: str) -> Page:
    return next(page for page in (*PAGES, *api.PAGES) if page.name == name)
