"""Ringing RQ workers: the only importer of rq. Without Redis, and while it is down, the runner drains the table."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, Worker
from rq.exceptions import DeserializationError, DuplicateJobError
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from sqlalchemy import event
from sqlalchemy.exc import InterfaceError, OperationalError

from app.extensions import db
from app.jobs import schedule
from app.jobs.crew import Crew
from app.jobs.outbox import run_due
from app.jobs.ringing import claim

QUEUE = "duely"
BELL = "duely:bell"
PERFORM = "app.jobs.perform.perform"
BATCH = 100
AHEAD, AHEAD_OF_ONE = 4, 3
"""Bells that may lie in the queue for each worker, and those of one business among them: what is rung is served in the
order of ringing, whosever it is."""
NEXT_LOOK = 0.1
SILENCE_AFTER_FAILURE = 5.0
GIVE_UP_ON_REDIS_AFTER = 10.0
LOOK_FOR_REDIS_EVERY = 5.0
AFTER_DATABASE_FAILURE = 1.0

log = structlog.get_logger("duely.relay")


def connect(url: str) -> Redis:
    """A connection that fails fast: the web request that rings must not wait for a dead Redis."""
    retry = Retry(NoBackoff(), 0)
    return Redis.from_url(url, socket_connect_timeout=0.1, socket_timeout=0.1, retry=retry)


class Bell:
    """Wakes the relay. A failure silences it for a few seconds, so that no other request waits for a dead Redis."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url)
        self._silent_until = 0.0

    def ring(self) -> None:
        """Leave one word for the relay; that it could not be left loses nothing."""
        if time.monotonic() < self._silent_until:
            return
        try:
            self._redis.pipeline().lpush(BELL, "1").ltrim(BELL, 0, 0).execute()
        except RedisError:
            self._silent_until = time.monotonic() + SILENCE_AFTER_FAILURE


def install_bell(app: Flask, url: str) -> None:
    """After each commit that added work, ring the relay."""
    app.extensions["duely_bell"] = Bell(url)
    with app.app_context():
        if not event.contains(db.session, "after_commit", _ring):
            event.listen(db.session, "after_commit", _ring)
            event.listen(db.session, "after_rollback", _forget)


def _ring(session: Any) -> None:
    bell = current_app.extensions.get("duely_bell")
    if session.info.pop("bell", False) and bell:
        bell.ring()


def _forget(session: Any) -> None:
    session.info.pop("bell", None)


def room_for(queue: Queue) -> int:
    """How many more bells may lie in the queue: what is rung ahead of the workers is served in the order of ringing."""
    return AHEAD * _workers(queue) - int(queue.count)


def _workers(queue: Queue) -> int:
    return max(1, int(Worker.count(queue=queue)))


def relay_once(queue: Queue) -> int:
    """Ring for what is due, as far as workers can take it soon. Returns how many bells were rung."""
    room = min(BATCH, room_for(queue))
    if room <= 0:
        return 0
    rung = claim(room, AHEAD_OF_ONE * _workers(queue))
    db.session.remove()
    for table, job_id, rings, business_id in rung:
        try:
            queue.enqueue_call(
                PERFORM,
                args=(table, job_id, business_id),
                job_id=f"{job_id}-{rings}",
                result_ttl=0,
                failure_ttl=60,
                unique=True,
            )
        except DuplicateJobError:
            continue
    return len(rung)


def run_relay(stop: Callable[[], bool]) -> None:
    """Ring workers for due rows until told to stop; after ten seconds without Redis do the work itself."""
    redis = Redis.from_url(current_app.config["DUELY"].redis_url, socket_connect_timeout=1, socket_timeout=5)
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    down_since: float | None = None
    while not stop():
        try:
            redis.ping()
            down_since = None
            if survive(lambda: insert_and_ring(queue)) or queue.count:
                time.sleep(NEXT_LOOK)
            else:
                redis.blpop([BELL], timeout=1)
        except RedisError:
            down_since = down_since or time.monotonic()
            if time.monotonic() - down_since > GIVE_UP_ON_REDIS_AFTER:
                _do_it_ourselves(redis, stop)
            else:
                time.sleep(0.5)


def _do_it_ourselves(redis: Redis, stop: Callable[[], bool]) -> None:
    """Until Redis is back."""
    look_at = time.monotonic() + LOOK_FOR_REDIS_EVERY

    def back() -> bool:
        nonlocal look_at
        if time.monotonic() < look_at:
            return False
        look_at = time.monotonic() + LOOK_FOR_REDIS_EVERY
        try:
            return bool(redis.ping())
        except RedisError:
            return False

    run_embedded(lambda: stop() or back())


def run_embedded(stop: Callable[[], bool], idle: float = 0.3) -> None:
    """Run due jobs in this process until told to stop, as many at a time as WORKER_THREADS says."""
    threads = current_app.config["DUELY"].worker_threads
    if threads > 1:
        Crew(threads, survive, idle).run(stop)
        return
    while not stop():
        if not survive(insert_and_run):
            time.sleep(idle)


def insert_and_run() -> int:
    """Add what the calendar asks for, then run the job that is due longest. Returns how many ran.

    One at a time, so that whoever asks the runner to stop waits for one job and not for a long queue.
    """
    schedule.insert_due()
    return run_due(limit=1)


def insert_and_ring(queue: Queue) -> int:
    """Add what the calendar asks for, then ring for what is due. Returns how many bells were rung."""
    schedule.insert_due()
    return relay_once(queue)


def survive(step: Callable[[], int]) -> int:
    """One round of work; a database that does not answer is waited for, it does not end the runner. 0 after that."""
    try:
        return step()
    except (OperationalError, InterfaceError) as error:
        log.warning("runner.database_unreachable", error=type(error).__name__)
        db.session.remove()
        time.sleep(AFTER_DATABASE_FAILURE)
        return 0


class RegisteredOnly(Worker):
    """An RQ worker that refuses anything but our one entry point, whatever Redis says."""

    def execute_job(self, job: RqJob, queue: Queue) -> None:
        function = _asked(job)
        if function != PERFORM:
            log.error("relay.refused", function=function)
            job.delete()
            return
        super().execute_job(job, queue)


def _asked(job: RqJob) -> str:
    """What a job from Redis wants to have run; with what RQ would import or call beside it, that instead."""
    for name in ("_success_callback_name", "_failure_callback_name", "_stopped_callback_name", "webhooks"):
        if getattr(job, name, None):
            return f"{name.strip('_')} {getattr(job, name)}"
    try:
        return str(job.func_name)
    except DeserializationError:
        return "unreadable"


def run_rq_worker(redis_url: str, stop: Callable[[], bool]) -> None:
    """Serve the queue until a signal ends it; the application must exist already, so that forks inherit it.

    Without Redis there is nothing to serve: the relay beside it does the work until Redis is back.
    """
    connection = Redis.from_url(redis_url)
    queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
    while not stop():
        try:
            RegisteredOnly([queue], connection=connection, serializer=JSONSerializer).work(logging_level="WARNING")
            return
        except RedisError as error:
            log.warning("worker.redis_unreachable", error=type(error).__name__)
            time.sleep(1)
