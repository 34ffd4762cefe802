"""Databases full of made-up books, made by `flask generate-test-data` or taken from those that were kept."""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import clock, create_app
from app.auth.models import Business
from app.auth.rules import Actor
from app.extensions import db
from app.payments.service.accounts import save_account
from benchmarks.database import Engine
from benchmarks.settings import PAYSTACK_KEY, ROOT, environment
from config import Config


@dataclass(frozen=True, slots=True)
class Books:
    """One database: where it is, who signs in, how long it took to make."""

    invoices: int
    email: str
    password: str
    seconds: float
    digest: str


def prepare(
    engine: Engine, invoices: int, clients: int, secret: dict[str, str], instance: Path, keep: Path | None
) -> tuple[Books, str]:
    """A database to be measured and its address. A kept one is copied, so that measuring leaves it as it was."""
    if keep is None:
        url = engine.create("measured")
        return _make(url, invoices, clients, secret, instance), url
    name, note = f"books_{invoices}", keep / f"{engine.name}_{invoices}.json"
    books = Books(**json.loads(note.read_text())) if note.exists() and engine.exists(name) else None
    if books is None or books.digest != _digest(clients):
        note.unlink(missing_ok=True)
        books = _make(engine.create(name), invoices, clients, secret, instance)
        note.write_text(json.dumps(asdict(books)))
    return books, engine.create("measured", like=name)


def _make(url: str, invoices: int, clients: int, secret: dict[str, str], instance: Path) -> Books:
    app = create_app(Config.from_env(environment(url, instance, secret)))
    runner = app.test_cli_runner()
    _run(runner, "prepare")
    began = time.perf_counter()
    told = _run(runner, "generate-test-data", "--invoices", str(invoices), "--clients", str(clients), "--force")
    seconds = time.perf_counter() - began
    with app.app_context():
        _take_payments()
        db.session.remove()
        if db.engine.dialect.name == "sqlite":
            # Into the one file that is copied.
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    found = re.search(r"Sign in as (\S+) with the password (\S+)", told)
    assert found, told
    return Books(invoices, found[1], found[2], round(seconds, 1), _digest(clients))


def _take_payments() -> None:
    """Made-up keys of a payment company, so that customers' pages offer to pay as they do in earnest."""
    business_id = db.session.scalar(select(Business.id))
    assert business_id
    save_account(Actor.system(business_id), PAYSTACK_KEY, "pk_test_" + 40 * "0", 0, now=clock.now())


def _run(runner: Any, *arguments: str) -> str:
    done = runner.invoke(args=list(arguments))
    if done.exit_code:
        raise RuntimeError(f"flask {' '.join(arguments)} failed:\n{done.output}\n{done.exception!r}")
    return str(done.output)


def _digest(clients: int) -> str:
    """What kept data depends on: the schema, and what is generated."""
    digest = hashlib.sha256(str(clients).encode())
    for pattern in ("migrations/versions/*.py", "app/demo/bulk/*.py", "app/invoices/rules/*.py"):
        for file in sorted(ROOT.glob(pattern)):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
