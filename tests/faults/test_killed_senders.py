"""kill -9 of web server, workers, relay and Redis while staff send: the journals of providers have it all, once.

Staff are signed in and send over HTTP, from the pages of the product. What was answered is in the database and has
left; what had no answer is asked for again, and has left once. A mail leaves again only for a worker that died while it
sent it, and is the same mail; a text never leaves twice.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.auth.models import Person
from app.database import writing
from app.extensions import db
from app.jobs import parked
from app.jobs.models import Job
from app.messages.models import Message
from app.messages.rules import TRANSIENT
from app.payments.models import Allocation
from tests.faults.colleagues import SENT, Colleague, Traffic
from tests.faults.errands import Errand, prepare
from tests.faults.hasty import SETTLED
from tests.faults.mortal import MortalProgram, MortalWeb, wait_for
from tests.faults.outgoing import Providers, environ_of, providers
from tests.faults.workers import Worker
from tests.support.redis_server import RedisServer
from tests.support.story import Story, a_business

LONGEST = 300
"""Seconds until the last message has left, after the last death."""
HANDS, MOST_WAITING = 4, 24
LATER = 10
"""Seconds after a death in which a text that was on its way may still arrive at its provider."""
LEAVES = ("messages.deliver", "payments.send_receipt")
"""The work by which messages leave, and by which receipts are written."""


@dataclass
class Storm:
    """An installation from which staff send, whose every part dies now and then."""

    app: Flask
    story: Story
    both: Providers
    web: MortalWeb
    workers: list[Worker]
    redis: RedisServer | None
    chance: random.Random
    errands: list[Errand] = field(default_factory=list)
    traffic: Traffic = field(default_factory=Traffic)
    killed: list[str] = field(default_factory=list)
    crashes: Counter[str] = field(default_factory=Counter)
    figures: dict[str, Any] = field(default_factory=dict)

    def rage(self, messages: int, kills: int) -> None:
        """Have so many messages sent, and kill something so many times meanwhile."""
        self.errands = prepare(self.story, messages)
        email = db.session.scalars(select(Person.email).where(Person.id == self.story.owner.person_id)).one()
        db.session.remove()
        wait_for(self.web.answers, "the start of the web server")
        staff = [Colleague(self.web.url, email, self.traffic, self.count) for _ in range(HANDS)]
        for one in staff:
            one.sign_in()
        ended = Event()
        reaper = Thread(target=self._reap, args=(messages, kills, ended))
        reaper.start()
        try:
            with ThreadPoolExecutor(HANDS) as hands:
                list(hands.map(self._work, staff, [self.errands[hand::HANDS] for hand in range(HANDS)]))
        finally:
            ended.set()
            reaper.join()

    def _work(self, colleague: Colleague, errands: list[Errand]) -> None:
        for errand in errands:
            until = time.monotonic() + LONGEST
            while self._count(Message.state.in_(TRANSIENT)) >= MOST_WAITING:
                assert time.monotonic() < until, "nothing leaves"
                time.sleep(0.05)
            colleague.run(errand)

    def count(self, errand: Errand, *states: str) -> int:
        """How many messages about an errand's target there are, in these states or in any."""
        return self._count(Message.object_id == errand.target, *([Message.state.in_(states)] if states else []))

    def _count(self, *which: Any) -> int:
        with self.app.app_context():
            return db.session.scalar(select(func.count()).select_from(Message).where(*which)) or 0

    def _reap(self, messages: int, kills: int, ended: Event) -> None:
        """Kill as messages leave, everybody as often, until the last has been asked for."""
        ways = self._ways(ended)
        turns = [ways[number % len(ways)] for number in range(kills)]
        self.chance.shuffle(turns)
        for number, (name, kill) in enumerate(turns):
            while self.both.took() < messages * (number + 0.5) // (kills + 1) and not ended.is_set():
                time.sleep(0.01)
            time.sleep(self.chance.uniform(0, 0.2))
            kill()
            self.killed.append(name)

    def _ways(self, ended: Event) -> list[tuple[str, Callable[[], None]]]:
        def again(*victims: MortalProgram) -> Callable[[], None]:
            def kill() -> None:
                if self.web in victims:
                    # Somebody should be hit by it.
                    while not self.traffic.pressing and not ended.is_set():
                        time.sleep(0.001)
                    time.sleep(self.chance.uniform(0, 0.06))
                for victim in victims:
                    victim.kill()
                self._let_leases_end([victim for victim in victims if isinstance(victim, Worker)])
                for victim in victims:
                    victim.start()

            return kill

        web, everything = ("web", again(self.web)), ("all", again(self.web, *self.workers))
        workers = [("worker", again(one)) for one in self.workers]
        if not self.redis:
            return [web, *workers, web, everything]
        redis, empty = ("Redis", self._restart_redis), ("flush", self.redis.flush)
        return [web, *workers, ("relay", self._kill_relays), redis, empty, web, everything]

    def _let_leases_end(self, dead: list[Worker]) -> None:
        """Let the time pass at once in which nobody touches what the dead had in their hands."""
        now = clock.now()
        taken = {tuple(line.split()) for one in dead for line in one.taken.read_text().splitlines()}
        with self.app.app_context(), writing():
            for job in db.session.scalars(select(Job).where(Job.state == "running")).all():
                if (str(job.id), str(job.attempts)) not in taken:
                    continue
                job.due_at = now
                if job.task == "messages.deliver":
                    # What a dying worker said may reach a provider a little later.
                    asked = (Message.id == uuid.UUID(job.args["message_id"]), Message.asked_at.is_not(None))
                    since = now - timedelta(seconds=SETTLED - LATER)
                    db.session.execute(update(Message).where(*asked).values(asked_at=since))

    def _kill_relays(self) -> None:
        for worker in self.workers:
            worker.kill_relay()

    def _restart_redis(self) -> None:
        assert self.redis
        self.redis.stop()
        time.sleep(self.chance.uniform(0, 0.3))
        self.redis.start()

    def left(self) -> bool:
        """Whether every message has left; what was given up after three crashes a person tries again."""
        db.session.rollback()
        for job_id, args, crashes in db.session.execute(
            select(Job.id, Job.args, Job.crashes).where(Job.state == "parked")
        ).all():
            db.session.rollback()
            self.crashes[args.get("message_id", "")] += crashes
            parked.try_again(self.story.business_id, job_id, clock.now())
        under_way = select(func.count()).select_from(Job).where(Job.task.in_(LEAVES), Job.state != "done")
        waiting = select(func.count()).select_from(Message).where(Message.state.not_in(SENT))
        return not db.session.scalar(under_way) and not db.session.scalar(waiting)


@contextmanager
def storm(app: Flask, both: Providers, redis: RedisServer | None, folder: Path, seed: int) -> Iterator[Storm]:
    """Everything started: the web server as the container starts it, and two workers, with relays beside Redis."""
    lifted = dict.fromkeys(("RATE_LIMIT_AUTHENTICATED", "RATE_LIMIT_ANONYMOUS", "RATE_LIMIT_LOGIN"), "1000000")
    environ = environ_of(app) | both.environ() | lifted | {"WORKER_THREADS": "4"}
    web = MortalWeb(environ, folder / "web.log")
    environ |= {"SITE_URL": web.url}
    workers = [Worker(number, environ, folder) for number in range(2)]
    with app.app_context():
        story = a_business(app)
        db.session.remove()
        try:
            for program in (web, *workers):
                program.start()
            yield Storm(app, story, both, web, workers, redis, random.Random(seed))
        finally:
            for program in (web, *workers):
                program.kill()


def targets(rows: list[Message]) -> Counter[uuid.UUID | None]:
    """How many messages there are about each invoice, itself or a payment of it, and each client's statement."""
    paid = dict(db.session.execute(select(Allocation.payment_id, Allocation.invoice_id)).all())
    return Counter(paid[one.object_id] if one.object_kind == "payment" else one.object_id for one in rows)


def agree(storm: Storm) -> None:
    """Every request that was answered has its messages, every message left, and none twice but what died on its way."""
    began = time.monotonic()
    until = began + LONGEST
    while not storm.left():
        logs = [one.log.read_text()[-3000:] for one in (storm.web, *storm.workers)]
        assert time.monotonic() < until, f"not everything left: {logs}"
        time.sleep(0.2)
    storm.figures["seconds until all had left"] = round(time.monotonic() - began)
    for program in (storm.web, *storm.workers):
        program.kill()
    rows = list(db.session.scalars(select(Message)))
    wanted = {one.target: one.expected for one in storm.errands}
    written = targets(rows)
    assert set(written) <= set(wanted)
    wrong = [one for one, (least, most) in wanted.items() if not least <= written[one] <= most]
    assert wrong == [], [one for one in storm.errands if one.target in wrong]
    mails, texts = storm.both.letters(), [one["sid"] for one in storm.both.twilio.messages]
    assert set(mails) == {row.message_id for row in rows if row.channel == "email"}
    assert sorted(texts) == sorted(row.provider_id for row in rows if row.channel != "email")
    for job in db.session.scalars(select(Job).where(Job.task == "messages.deliver")):
        storm.crashes[job.args["message_id"]] += job.crashes
    again = {word: copies - 1 for word, copies in mails.items() if copies > 1}
    allowed = {row.message_id: storm.crashes[str(row.id)] for row in rows}
    assert {word: more for word, more in again.items() if more > allowed[word]} == {}
    deaths = sum(name in ("worker", "all", "relay") for name in storm.killed)
    # RQ runs one job at a time; of four threads three may ask the same provider. Both workers may die at once.
    hands = 2 if storm.redis else 6
    assert sum(again.values()) <= deaths * hands, "more than workers had in their hands when they died"
    audit = storm.app.test_cli_runner().invoke(args=["audit", "--all"])
    assert audit.exit_code == 0, audit.output
    storm.figures |= {
        "messages": len(rows), "mails": sum(mails.values()), "texts": len(texts), "mails twice": sum(again.values()),
        "deaths": dict(Counter(storm.killed)), "presses": storm.traffic.pressed, "cut": storm.traffic.cut,
        "not answered but done": sum(one.happened for one in storm.errands),
        "given up": sum(not one.over for one in storm.errands),
    }  # fmt: skip


@pytest.fixture
def rage(make_app: Any, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Storm]:
    """Lets a storm rage over an engine, with Redis and a relay or with two workers that do without."""

    def through(messages: int, kills: int, seed: int, *, with_redis: bool) -> Storm:
        redis: RedisServer | None = request.getfixturevalue("own_redis") if with_redis else None
        with providers(tmp_path, slow=0.05) as both:
            app = make_app(**both.settings(), redis_url=redis.url if redis else "")
            with storm(app, both, redis, tmp_path, seed) as raging:
                raging.rage(messages, kills)
                agree(raging)
                (tmp_path / "figures.json").write_text(json.dumps(raging.figures))
                return raging

    return through


@pytest.mark.redis
def test_dozens_of_messages_and_five_deaths(rage: Callable[..., Storm], engine_name: str) -> None:
    # RQ forks a process for each, which takes its time.
    with_redis = engine_name == "postgresql"
    raging = rage(12 if with_redis else 32, kills=5, seed=60, with_redis=with_redis)
    assert len(raging.killed) == 5


@pytest.mark.redis
@pytest.mark.long
@pytest.mark.parametrize("with_redis", [False, True])
def test_five_hundred_messages_and_forty_deaths(rage: Callable[..., Storm], with_redis: bool) -> None:
    raging = rage(500, kills=40, seed=500, with_redis=with_redis)
    assert len(raging.killed) == 40
