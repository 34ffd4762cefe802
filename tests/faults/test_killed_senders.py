"""kill -9 of workers, relay, Redis and whoever writes while messages leave: the journals of providers have them all.

A mail leaves again only for a worker that died while it sent it, and is the same mail; a text never leaves twice.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.extensions import db
from app.jobs import parked
from app.jobs.models import Job
from app.messages.models import Message
from tests.faults.clerk import Book
from tests.faults.mortal import MortalProgram
from tests.faults.outgoing import CHANNELS, Providers, environ_of, providers
from tests.support.redis_server import RedisServer
from tests.support.story import a_business

LONGEST = 120
"""Seconds until the last message has left, after the last death."""
SENT = ("sent", "delivered", "read")


class Worker(MortalProgram):
    """A worker with little patience, and everything it started."""

    def __init__(self, number: int, environ: dict[str, str], folder: Path) -> None:
        super().__init__("worker", ["-m", "tests.faults.hasty"], environ, folder / f"worker-{number}.log")

    def kill(self) -> None:
        """kill -9 of the worker, its relay, and whoever runs a job, which RQ puts into a group of its own."""
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        super().kill()

    def kill_relay(self) -> None:
        """kill -9 of the relay beside it, if it has started one by now."""
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "--relay" in process.cmdline():
                    process.kill()

    def _family(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self._process.pid).children(recursive=True) if self._process else []
        except psutil.NoSuchProcess:
            return []


@dataclass
class Storm:
    """An installation that sends, whose every part dies now and then."""

    app: Flask
    both: Providers
    workers: list[Worker]
    redis: RedisServer | None
    folder: Path
    chance: random.Random
    business_id: Any
    killed: list[str] = field(default_factory=list)
    crashes: Counter[str] = field(default_factory=Counter)

    def rage(self, messages: int, kills: int) -> None:
        """Have so many messages written, and kill something so many times while they leave."""
        book = Book(self.folder / "book")
        command = ["-m", "tests.faults.clerk", str(book.file), str(self.business_id), str(messages)]
        clerk = MortalProgram("clerk", command, environ_of(self.app) | self.both.environ(), self.folder / "clerk.log")
        clerk.start()
        try:
            self._reap(clerk, messages, kills)
            until = time.monotonic() + LONGEST
            while len(book.entries()) < messages:
                assert time.monotonic() < until, clerk.log.read_text()
                time.sleep(0.05)
        finally:
            clerk.kill()
        assert set(book.entries().values()) <= set(self.written()), "what was committed is there"

    def written(self) -> dict[Any, tuple[str, str]]:
        """All messages: their channel, and what their provider has to have written down."""
        db.session.rollback()
        rows = db.session.scalars(select(Message)).all()
        return {row.id: (row.channel, row.subject if row.channel == "email" else row.text) for row in rows}

    def _reap(self, clerk: MortalProgram, messages: int, kills: int) -> None:
        """Kill as messages leave, everybody as often."""
        ways = self._ways(clerk)
        turns = [ways[number % len(ways)] for number in range(kills)]
        self.chance.shuffle(turns)
        for number, (name, kill) in enumerate(turns):
            until = time.monotonic() + LONGEST
            while self.both.took() < messages * (number + 0.5) // (kills + 1) and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(self.chance.uniform(0, 0.2))
            kill()
            self.killed.append(name)

    def _ways(self, clerk: MortalProgram) -> list[tuple[str, Callable[[], None]]]:
        def again(one: MortalProgram) -> Callable[[], None]:
            return lambda: (one.kill(), one.start())[1]

        ways = [("worker", again(one)) for one in self.workers] + [("clerk", again(clerk))]
        if self.redis:
            ways += [("relay", self.workers[0].kill_relay), ("Redis", self._restart_redis), ("flush", self.redis.flush)]
        return ways

    def _restart_redis(self) -> None:
        assert self.redis
        self.redis.stop()
        time.sleep(self.chance.uniform(0, 0.3))
        self.redis.start()

    def left(self) -> bool:
        """Whether every message has left; what was given up after three crashes a person tries again."""
        with self.app.app_context():
            given_up = select(Job.id, Job.args, Job.crashes).where(Job.state == "parked")
            for job_id, args, crashes in db.session.execute(given_up).all():
                db.session.rollback()
                self.crashes[args["message_id"]] += crashes
                parked.try_again(self.business_id, job_id, clock.now())
            waiting = select(func.count()).select_from(Message).where(Message.state.not_in(SENT))
            return not db.session.scalar(waiting)


@contextmanager
def storm(app: Flask, both: Providers, redis: RedisServer | None, folder: Path, seed: int) -> Iterator[Storm]:
    """Workers that run: one beside Redis, two without it."""
    environ = environ_of(app) | both.environ() | {"WORKER_THREADS": "4"}
    workers = [Worker(number, environ, folder) for number in range(1 if redis else 2)]
    with app.app_context():
        business_id = a_business(app).business_id
        db.session.remove()
        try:
            for worker in workers:
                worker.start()
            yield Storm(app, both, workers, redis, folder, random.Random(seed), business_id)
        finally:
            for worker in workers:
                worker.kill()


def agree(storm: Storm) -> None:
    """Every message left, its provider has it, and nothing is there twice but what died on its way."""
    until = time.monotonic() + LONGEST
    while not storm.left():
        assert time.monotonic() < until, (
            f"not everything left: {[one.log.read_text()[-3000:] for one in storm.workers]}"
        )
        time.sleep(0.1)
    for worker in storm.workers:
        worker.kill()
    mails, texts, written = storm.both.mails(), storm.both.texts(), storm.written()
    of = {channel: {word for one, word in written.values() if one == channel} for channel in CHANNELS}
    assert set(mails) == of["email"]
    assert texts == dict.fromkeys(of["whatsapp"] | of["sms"], 1)
    for job in db.session.scalars(select(Job).where(Job.task == "messages.deliver")):
        storm.crashes[job.args["message_id"]] += job.crashes
    again = {word: copies - 1 for word, copies in mails.items() if copies > 1}
    allowed = {word: storm.crashes[str(made)] for made, (_, word) in written.items()}
    assert {word: more for word, more in again.items() if more > allowed[word]} == {}
    deaths = storm.killed.count("worker")
    # RQ runs one job at a time; of four threads three may ask the same provider.
    hands = 1 if storm.redis else 3
    assert sum(again.values()) <= deaths * hands, "more than workers had in their hands when they died"
    audit = storm.app.test_cli_runner().invoke(args=["audit", "--all"])
    assert audit.exit_code == 0, audit.output


@pytest.fixture
def rage(make_app: Any, engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Storm]:
    """Lets a storm rage over an engine: PostgreSQL with Redis and a relay, SQLite with two workers of its own."""
    redis: RedisServer | None = request.getfixturevalue("own_redis") if engine_name == "postgresql" else None

    def through(messages: int, kills: int, seed: int) -> Storm:
        with providers(tmp_path, slow=0.05) as both:
            app = make_app(**both.settings(), redis_url=redis.url if redis else "")
            with storm(app, both, redis, tmp_path, seed) as raging:
                raging.rage(messages, kills)
                agree(raging)
                return raging

    return through


@pytest.mark.redis
def test_dozens_of_messages_and_five_deaths(rage: Callable[..., Storm], engine_name: str) -> None:
    # RQ forks a process for each, which takes its time.
    messages = 60 if engine_name == "sqlite" else 36
    raging = rage(messages, kills=5, seed=60)
    assert len(raging.killed) == 5


@pytest.mark.redis
@pytest.mark.long
def test_five_hundred_messages_and_forty_deaths(rage: Callable[..., Storm]) -> None:
    raging = rage(500, kills=40, seed=500)
    assert len(raging.killed) == 40
