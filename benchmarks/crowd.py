"""A crowd of programs that ask, think and ask again: a process of its own, over plain sockets as `benchmarks.load` is.

`python -m benchmarks.crowd` reads one JSON document: `visitors`, `operations` (single requests, handed out in
turn, over and over), `per_minute` (how many all of them ask together) and `seconds`. Each thinks between half and one
and a half times the mean. An answer's time counts from when its turn had come, so what a slow server or a slow crowd
keeps waiting counts. Everybody's first two requests are told apart (`first_p95_ms`): with the first one it is noted
that their token is used, which happens every five minutes at most, and the second waits for what that held up.
"""

from __future__ import annotations

import contextlib
import heapq
import json
import random
import resource
import select
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import Any

from benchmarks.load import CHUNK, Step, Visitor, answer_length, percentile

PATIENCE = 30.0
"""Seconds after which an answer that has not come is an error."""


class _User:
    """One program with its connection, which it opens again when the server closed it meanwhile."""

    def __init__(self, number: int, port: int, visitor: Visitor) -> None:
        self.number, self._port, self._visitor = number, port, visitor
        self.socket: socket.socket | None = None
        self.turn = 0.0
        self._buffer = bytearray()

    def ask(self, step: Step, turn: float) -> None:
        """Send a request whose turn it was at that moment. Raises OSError."""
        self.turn, self._buffer = turn, bytearray()
        asked = self._visitor.request(step)
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(asked)

    def take(self) -> int:
        """What arrived: the status of an answer that is whole, 0 while more is to come. Raises OSError."""
        assert self.socket
        arrived = self.socket.recv(CHUNK)
        if not arrived:
            raise ConnectionError("the server closed a connection")
        self._buffer += arrived
        length = answer_length(self._buffer)
        return int(self._buffer[9:12]) if length and len(self._buffer) >= length else 0

    def close(self) -> None:
        """Let go of the connection."""
        if self.socket is not None:
            with contextlib.suppress(OSError):
                self.socket.close()
        self.socket = None


class _Crowd:
    """All of them, until no more turns are given out and every answer has come."""

    def __init__(self, port: int, visitors: list[Visitor], steps: Iterator[Step], per_minute: float) -> None:
        self._steps, self._chance = steps, random.Random(11)
        self._mean = 60 * len(visitors) / per_minute
        self._users = [_User(number, port, visitor) for number, visitor in enumerate(visitors)]
        self._poll = select.epoll()
        self._waiting: dict[int, _User] = {}
        self.took: list[float] = []
        self.first: list[float] = []
        self._counted_from = 0.0
        self.statuses: Counter[int] = Counter()

    def act(self, seconds: float) -> float:
        """Ask twice each, then for so long; returns after how many seconds of those the last answer came."""
        began = time.perf_counter()
        self._counted_from = began + 2 * self._mean
        until = self._counted_from + seconds
        turns = [(began + self._mean * self._chance.random(), number) for number in range(len(self._users))]
        heapq.heapify(turns)
        while turns or self._waiting:
            now = time.perf_counter()
            while turns and turns[0][0] <= now:
                turn, number = heapq.heappop(turns)
                if turn < until:
                    self._ask(number, turn, turns)
            if turns and turns[0][0] >= until:
                turns.clear()
            self._listen(max(0.0, min(turns[0][0] - time.perf_counter(), 1.0)) if turns else 1.0, turns)
            self._give_up(turns)
        return time.perf_counter() - self._counted_from

    def _ask(self, number: int, turn: float, turns: list[tuple[float, int]]) -> None:
        user, step = self._users[number], next(self._steps)
        for again in (False, True):
            try:
                user.ask(step, turn)
            except OSError:
                user.close()
                if again:
                    self._done(number, 0, turns)
                continue
            assert user.socket
            self._poll.register(user.socket, select.EPOLLIN)
            self._waiting[user.socket.fileno()] = user
            return

    def _listen(self, seconds: float, turns: list[tuple[float, int]]) -> None:
        for fileno, _ in self._poll.poll(seconds):
            user = self._waiting[fileno]
            try:
                status = user.take()
            except OSError:
                status = -1
            if status:
                self._let_go(fileno, broken=status < 0)
                self._done(user.number, max(0, status), turns)

    def _give_up(self, turns: list[tuple[float, int]]) -> None:
        late = time.perf_counter() - PATIENCE
        for fileno, user in [one for one in self._waiting.items() if one[1].turn < late]:
            self._let_go(fileno, broken=True)
            self._done(user.number, 0, turns)

    def _let_go(self, fileno: int, broken: bool) -> None:
        self._poll.unregister(fileno)
        user = self._waiting.pop(fileno)
        if broken:
            user.close()

    def _done(self, number: int, status: int, turns: list[tuple[float, int]]) -> None:
        now, turn = time.perf_counter(), self._users[number].turn
        self.statuses[status] += 1
        (self.took if turn >= self._counted_from else self.first).append(now - turn)
        heapq.heappush(turns, (now + self._mean * (0.5 + self._chance.random()), number))


def _told(crowd: _Crowd, seconds: float, cpu: float) -> dict[str, Any]:
    # In a smoke test the first answers may take all the time there is.
    took = sorted(crowd.took or crowd.first)
    asked = crowd.statuses.total()
    wrong = sum(count for status, count in crowd.statuses.items() if not 200 <= status < 300)
    return {
        "operations": len(took),
        "asked": asked,
        "seconds": round(seconds, 2),
        "answered_per_minute": round(60 * len(took) / seconds),
        "p50_ms": percentile(took, 0.50),
        "p95_ms": percentile(took, 0.95),
        "p99_ms": percentile(took, 0.99),
        "first_p95_ms": percentile(sorted(crowd.first), 0.95),
        "errors": round(wrong / max(1, asked), 5),
        "statuses": dict(crowd.statuses),
        "load_cpu_seconds": round(cpu, 2),
    }


def main() -> None:
    """Do what the document on standard input asks for."""
    job = json.load(sys.stdin)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192) if most > 0 else 8192, most))
    visitors = [Visitor(**visitor) for visitor in job["visitors"]]
    steps = cycle([Step(**step) for step in job["operations"]])
    crowd, cpu = _Crowd(job["port"], visitors, steps, job["per_minute"]), time.process_time()
    seconds = crowd.act(job["seconds"])
    print(json.dumps(_told(crowd, seconds, time.process_time() - cpu)), flush=True)


if __name__ == "__main__":
    main()
