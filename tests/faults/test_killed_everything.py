"""kill -9 of web, worker and PostgreSQL while customers pay: in the end Paystack's journal and our ledger agree.

Paystack is a process of its own that nobody kills. It sends its notices once, gives up after a second of silence, and
a part of the customers never come back, so some payments are heard of only because the janitor asks.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, create_app
from app.auth.queries import get_business
from app.extensions import db
from app.invoices.models import Invoice
from app.jobs.models import Job
from app.ledger.queries import account_balances
from app.payments.models import Attempt, Payment
from app.payments.service import accounts
from config import Config
from tests.contracts.fake_paystack import TEST_KEY, RemotePaystack, start_fake_paystack
from tests.faults.buyers import PATIENCE, Stubborn, Till, begun
from tests.faults.mortal import Mortal, MortalPostgres, MortalProgram, MortalWeb, wait_for
from tests.integration.races.orders import drop_drawings, work_off
from tests.support.databases import migrate
from tests.support.sound import violations
from tests.support.story import Story, a_business

AT_ONCE = 6

pytestmark = [pytest.mark.postgres, pytest.mark.engines("postgresql")]


@dataclass
class Storm:
    """An installation whose every part dies now and then, and what its customers did meanwhile."""

    app: Flask
    story: Story
    web: MortalWeb
    worker: MortalProgram
    postgres: MortalPostgres
    paystack: RemotePaystack
    journal: Path
    address: str
    chance: random.Random
    paid: list[str] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)

    def rage(self, payments: int, kills: int) -> None:
        """Let so many customers pay while so many times something is killed."""
        tokens = [self.story.link(self.story.issued(str(100 + number))) for number in range(payments)]
        drop_drawings(self.story.business_id)
        db.session.remove()
        db.engine.dispose()
        till = Till(self.paystack, self.journal)
        ended = threading.Event()
        reaper = threading.Thread(target=self._reap, args=(payments, kills, ended))
        hurrier = threading.Thread(target=self._hurry, args=(ended,))
        for thread in (reaper, hurrier):
            thread.start()
        try:
            with ThreadPoolExecutor(AT_ONCE) as crowd:
                list(crowd.map(lambda pair: self._buy(till, *pair), enumerate(tokens)))
        finally:
            ended.set()
            reaper.join()
            hurrier.join()

    def _buy(self, till: Till, number: int, token: str) -> None:
        until = time.monotonic() + PATIENCE
        customer = Stubborn(self.web.url, token)
        reference = till.pay(customer.reach_checkout(until))
        if number % 4:
            customer.come_back(reference, until)
        self.paid.append(reference)

    def _reap(self, payments: int, kills: int, ended: threading.Event) -> None:
        """Kill as the payments go on, everybody as often, and let each come back after a moment."""
        victims: list[Mortal] = [self.web, self.worker, self.postgres]
        turns = [victims[number % 3] for number in range(kills)]
        self.chance.shuffle(turns)
        for number, victim in enumerate(turns):
            while len(self.paid) < payments * number // kills and not ended.is_set():
                time.sleep(0.01)
            time.sleep(self.chance.uniform(0, 0.3))
            victim.kill()
            self.killed.append(victim.name)
            time.sleep(self.chance.uniform(0, 0.3))
            victim.start()
            if victim is not self.worker:
                wait_for(self.web.answers, f"the end of the outage of {victim.name}")

    def _hurry(self, ended: threading.Event) -> None:
        """Pages whose address was lost are looked for after a second and not after eight."""
        while not ended.wait(1):
            try:
                with psycopg.connect(self.address.replace("+psycopg", ""), autocommit=True) as connection:
                    connection.execute(
                        "UPDATE job SET due_at = now() WHERE task = 'payments.open' AND state = 'ready'"
                        " AND due_at > now() AND created_at < now() - interval '1 second'"
                    )
            except psycopg.Error:
                continue


@contextmanager
def storm(run_folder: Path, folder: Path, seed: int) -> Iterator[Storm]:
    """Everything started, with a business that has keys of its own and Paystack told where to send notices."""
    journal = folder / "paystack.jsonl"
    postgres = MortalPostgres(run_folder)
    postgres.start()
    web: MortalProgram | None = None
    worker: MortalProgram | None = None
    try:
        with start_fake_paystack(journal) as paystack:
            address = postgres.create("duely")
            instance = folder / "instance"
            migrate(address, instance)
            config = Config.for_tests(database_url=address, instance_dir=instance, paystack_base_url=paystack.base_url)
            environ = _environ(config)
            web = MortalWeb(environ, folder / "web.log")
            worker = MortalProgram("worker", ["worker.py"], {**environ, "SITE_URL": web.url}, folder / "worker.log")
            app = create_app(config)
            with app.app_context():
                story = a_business(app)
                accounts.save_account(story.owner, TEST_KEY, "", 0, now=clock.now())
                key = get_business(story.business_id).gateway_key
                paystack.deliver(f"{web.url}/webhooks/paystack/{key}/")
                web.start()
                worker.start()
                wait_for(web.answers, "the start of the web server")
                yield Storm(app, story, web, worker, postgres, paystack, journal, address, random.Random(seed))
                db.session.remove()
                db.engine.dispose()
    finally:
        for program in (web, worker):
            if program is not None:
                program.kill()
        postgres.stop()


def _environ(config: Config) -> dict[str, str]:
    lifted = dict.fromkeys(("RATE_LIMIT_AUTHENTICATED", "RATE_LIMIT_ANONYMOUS", "RATE_LIMIT_LOGIN"), "1000000")
    return lifted | {
        "APP_ENV": "development",
        "SECRET_KEY": config.secret_key,
        "ENCRYPTION_KEYS": ",".join(config.encryption_keys),
        "DATABASE_URL": config.database_url,
        "INSTANCE_DIR": str(config.instance_dir),
        "PAYSTACK_BASE_URL": config.paystack_base_url,
        "LOG_LEVEL": "WARNING",
    }


def agree(storm: Storm, payments: int) -> None:
    """What Paystack took is what stands in our books, reference by reference and to the minor unit."""
    storm.paystack.deliveries()
    storm.web.kill()
    storm.worker.kill()
    work_off(storm.story.business_id)
    business_id = storm.story.business_id
    took = storm.paystack.totals()
    assert len(took) >= payments
    assert set(storm.paid) <= set(took)
    rows = db.session.scalars(select(Payment).where(Payment.business_id == business_id)).all()
    assert sorted((row.gateway_reference, row.currency, row.amount_minor) for row in rows) == sorted(
        (reference, one["currency"], one["charged"]) for reference, one in took.items()
    )
    books = account_balances(business_id)
    charged, fees = (sum(int(one[figure]) for one in took.values()) for figure in ("charged", "fees"))
    assert books["fees", "NGN"] == fees
    assert books["cash:gateway", "NGN"] == charged - fees
    assert books.get(("client_credit", "NGN"), 0) == -sum(row.unallocated_minor for row in rows)
    owed = select(func.coalesce(func.sum(Invoice.balance_minor), 0)).where(Invoice.business_id == business_id)
    assert db.session.scalar(owed) == 0
    # Nobody was sent to a page that we had not written down first, and no page was opened twice.
    ours = set(db.session.scalars(select(Attempt.reference).where(Attempt.business_id == business_id)))
    pages = begun(storm.journal)
    assert len(set(pages)) == len(pages)
    assert set(pages) <= ours
    assert violations(business_id) == []
    waiting = (Job.business_id == business_id, Job.state.in_(("ready", "rung", "running")))
    assert list(db.session.scalars(select(Job.key).where(*waiting))) == []
    audit = storm.app.test_cli_runner().invoke(args=["audit", "--all"])
    assert audit.exit_code == 0, audit.output


def test_forty_payments_and_six_deaths(run_folder: Path, tmp_path: Path) -> None:
    with storm(run_folder, tmp_path, seed=40) as raging:
        raging.rage(40, kills=6)
        agree(raging, 40)
        assert sorted(raging.killed) == sorted(["web", "worker", "PostgreSQL"] * 2)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_five_hundred_payments_and_sixty_deaths(run_folder: Path, tmp_path: Path, seed: int) -> None:
    with storm(run_folder, tmp_path, seed) as raging:
        raging.rage(500, kills=60)
        agree(raging, 500)
        assert len(raging.killed) == 60
