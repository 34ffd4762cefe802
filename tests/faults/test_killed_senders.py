"""kill -9 of workers, relay and Redis while messages leave: the providers' journals have every one of them.

A mail leaves again only for a worker that died while it sent it, and is the same mail; a text never leaves twice.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
from tests.faults.mortal import MortalProgram
from tests.faults.outgoing import CHANNELS, Providers, environ_of, providers, write
from tests.support.redis_server import RedisServer
from tests.support.story import a_business

WRITERS = 4
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
    chance: random.Random
    business_id: Any
    written: dict[Any, tuple[str, str]] = field(default_factory=dict)
    killed: list[str] = field(default_factory=list)

    def rage(self, messages: int, kills: int) -> None:
        """Write so many messages, and kill something so many times while they leave."""
        db.session.remove()
        reaper = threading.Thread(target=self._reap, args=(messages, kills))
        reaper.start()
        with ThreadPoolExecutor(WRITERS) as clerks:
            list(clerks.map(self._write, range(messages)))
        reaper.join()

    def _write(self, number: int) -> None:
        # Not everything at once: messages are written while things die, too.
        while number > self.both.took() + 30:
            time.sleep(0.02)
        channel = CHANNELS[number % 3]
        with self.app.app_context():
            made, word = write(self.business_id, channel, number)
            self.written[made] = (channel, word)

    def _reap(self, messages: int, kills: int) -> None:
        """Kill as messages leave, everybody as often."""
        ways = self._ways()
        turns = [ways[number % len(ways)] for number in range(kills)]
        self.chance.shuffle(turns)
        for number, (name, kill) in enumerate(turns):
            until = time.monotonic() + LONGEST
            while self.both.took() < messages * (number + 0.5) // (kills + 1) and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(self.chance.uniform(0, 0.2))
            kill()
            self.killed.append(name)

    def _ways(self) -> list[tuple[str, Callable[[], None]]]:
        ways: list[tuple[str, Callable[[], None]]] = [
            ("worker", lambda one=one: self._again(one)) for one in self.workers
        ]
        if self.redis:
            ways += [("relay", self.workers[0].kill_relay), ("Redis", self._restart_redis), ("flush", self.redis.flush)]
        return ways

    def _again(self, worker: Worker) -> None:
        worker.kill()
        worker.start()

    def _restart_redis(self) -> None:
        assert self.redis
        self.redis.stop()
        time.sleep(self.chance.uniform(0, 0.3))
        self.redis.start()

    def left(self) -> bool:
        """Whether every message has left; what was given up after three crashes a person tries again."""
        with self.app.app_context():
            for job_id in db.session.scalars(select(Job.id).where(Job.state == "parked")).all():
                db.session.rollback()
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
            yield Storm(app, both, workers, redis, random.Random(seed), business_id)
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
    mails, texts = storm.both.mails(), storm.both.texts()
    of = {channel: {word for one, word in storm.written.values() if one == channel} for channel in CHANNELS}
    assert set(mails) == of["email"]
    assert texts == dict.fromkeys(of["whatsapp"] | of["sms"], 1)
    crashes = {
        row.args["message_id"]: row.crashes for row in db.session.scalars(select(Job)) if "message_id" in row.args
    }
    again = {word: copies - 1 for word, copies in mails.items() if copies > 1}
    allowed = {word: crashes[str(made)] for made, (_, word) in storm.written.items()}
    assert {word: more for word, more in again.items() if more > allowed[word]} == {}
    deaths = storm.killed.count("worker")
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
    assert len(raging.written) == messages
    assert len(raging.killed) == 5


@pytest.mark.redis
@pytest.mark.long
def test_five_hundred_messages_and_forty_deaths(rage: Callable[..., Storm]) -> None:
    raging = rage(500, kills=40, seed=500)
    assert len(raging.written) == 500
    assert len(raging.killed) == 40
