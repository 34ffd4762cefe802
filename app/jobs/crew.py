"""Several threads that run due jobs side by side, so that what hangs in one does not hold up the others."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

from flask import Flask, current_app

from app import clock
from app.extensions import db
from app.jobs import schedule
from app.jobs.outbox import Taken, take
from app.jobs.perform import run
from app.jobs.tasks import VendorTask, find_task

Survive = Callable[[Callable[[], int]], int]


class Crew:
    """Some threads of one runner. Jobs that call the same kind of vendor get all of them but one."""

    def __init__(self, threads: int, survive: Survive, idle: float) -> None:
        """`survive` runs one round and waits for a database that is away; `idle` are seconds between looks."""
        self._threads, self._survive, self._idle = threads, survive, idle
        self._most_of_one = max(1, threads - 1)
        self._calling: Counter[str] = Counter()
        # One at a time looks for work, so that two cannot both take the last place of a vendor.
        self._taking = threading.Lock()
        self._quiet_until = 0.0
        self._ended = threading.Event()
        self._broken: BaseException | None = None

    def run(self, stop: Callable[[], bool]) -> None:
        """Work until told to stop; what runs then comes to its end first. Raises what ended a thread unforeseen."""
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        members = [threading.Thread(target=self._work, args=(app,), name=f"job-{n}") for n in range(self._threads)]
        for member in members:
            member.start()
        try:
            while not stop() and not self._ended.is_set():
                db.session.remove()
                self._survive(schedule.insert_due)
                self._ended.wait(self._idle)
        finally:
            self._ended.set()
            for member in members:
                member.join()
            db.session.remove()
        if self._broken:
            raise self._broken

    def _work(self, app: Flask) -> None:
        try:
            with app.app_context():
                while not self._ended.is_set():
                    if not self._survive(self._one):
                        self._ended.wait(self._idle)
        except BaseException as error:
            # A runner that is short of threads must not go on as if nothing were: whoever started it starts it again.
            self._broken = error
            self._ended.set()

    def _one(self) -> int:
        """Take a job and run it. Returns how many that were."""
        taken = self._take()
        if taken is None:
            return 0
        try:
            run(taken)
        finally:
            with self._taking:
                self._calling[taken.task] -= 1
                self._quiet_until = 0.0
        return 1

    def _take(self) -> Taken | None:
        with self._taking:
            if self._ended.is_set() or time.monotonic() < self._quiet_until:
                return None
            busy = frozenset(task for task, number in self._calling.items() if number >= self._most_of_one)
            vendors = frozenset(task for task in busy if isinstance(find_task(task), VendorTask))
            try:
                taken = take(clock.now(), vendors)
            finally:
                db.session.remove()
            if taken is None:
                # What one thread did not find, the next one need not look for at once.
                self._quiet_until = time.monotonic() + self._idle
            else:
                self._calling[taken.task] += 1
            return taken
