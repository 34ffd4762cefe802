"""The visitors: a process of its own that keeps connections busy and notes how long each answer took.

It talks the little HTTP that is needed over plain sockets, since on a small machine it takes the same processors as
what it measures. `python -m benchmarks.load` reads one line of JSON, warms up, says "ready", waits for a line, measures
and writes one line of JSON.
"""

from __future__ import annotations

import gzip
import json
import select
import socket
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, cycle, islice
from typing import Any

CHUNK = 262_144
CSRF = "@csrf@"
PATIENCE = 60.0
"""Seconds after which a server that says nothing has failed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request: its body is JSON, or a form in which CSRF stands for the token of the session."""

    method: str
    path: str
    body: str = ""
    headers: str = ""


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser: its headers, each with its line end, and its key against forged requests."""

    headers: str
    csrf: str = ""

    def request(self, step: Step) -> bytes:
        """The bytes that ask for this step."""
        head = f"{step.method} {step.path} HTTP/1.1\r\n{self.headers}{step.headers}"
        if step.method == "GET":
            return f"{head}\r\n".encode()
        body = step.body.replace(CSRF, self.csrf).encode()
        what = "application/json" if step.body.startswith("{") else "application/x-www-form-urlencoded"
        kind = f"Content-Type: {what}\r\n"
        return f"{head}{kind}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass(slots=True)
class Outcome:
    """What came back. `took` holds the seconds of each operation; an operation may be several requests."""

    took: array[float] = field(default_factory=lambda: array("d"))
    requests: int = 0
    bytes: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    refused: str = ""


class _Connection:
    """One connection, waiting for the answer to the step it asked for last."""

    def __init__(self, port: int, visitor: Visitor, outcome: Outcome) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._visitor, self._outcome = visitor, outcome
        self._steps: Iterator[Step] = iter(())
        self._buffer = bytearray()
        self._wanted = 0
        self._began = 0.0
        self._asked = ""

    def begin(self, operation: list[Step]) -> None:
        """Ask for the first step of an operation."""
        self._steps = iter(operation)
        self._began = time.perf_counter()
        self._ask()

    def readable(self) -> bool:
        """Take what arrived. Returns whether the operation is complete. Raises ConnectionError when it was cut off."""
        arrived = self.socket.recv(CHUNK)
        if not arrived:
            raise ConnectionError("the server closed a connection")
        self._buffer += arrived
        if not self._wanted:
            self._wanted = answer_length(self._buffer)
        if not self._wanted or len(self._buffer) < self._wanted:
            return False
        self._note()
        if self._ask():
            return False
        self._outcome.took.append(time.perf_counter() - self._began)
        return True

    def _ask(self) -> bool:
        step = next(self._steps, None)
        if step is not None:
            self._asked = f"{step.method} {step.path}"
            self.socket.sendall(self._visitor.request(step))
        return step is not None

    def _note(self) -> None:
        status = int(self._buffer[9:12])
        self._outcome.requests += 1
        self._outcome.bytes += self._wanted
        self._outcome.statuses[status] += 1
        if status >= 400 and not self._outcome.refused:
            head, _, body = bytes(self._buffer[: self._wanted]).partition(b"\r\n\r\n")
            told = (head + b"\n\n" + readable(body)[:4000]).decode("utf-8", "replace")
            self._outcome.refused = f"{self._asked}\n{told}"
        del self._buffer[: self._wanted]
        self._wanted = 0


def readable(body: bytes) -> bytes:
    """The content of an answer, which may have come compressed."""
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def answer_length(buffer: bytearray) -> int:
    """Bytes of an answer, head and body; 0 while that cannot be known. Raises ValueError when it never will."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = bytes(buffer[:end]).lower()
    at = head.find(b"content-length:")
    if at < 0:
        if head[9:12] in (b"204", b"304"):
            return end + 4
        raise ValueError("an answer without a length")
    return end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])


def drive(port: int, visitors: list[Visitor], operations: Iterator[list[Step]], seconds: float) -> Outcome:
    """Keep one connection for each visitor busy with the next operation until time or operations run out."""
    outcome = Outcome()
    poll = select.epoll()
    busy: dict[int, _Connection] = {}
    deadline = time.monotonic() + seconds
    for visitor in visitors:
        connection = _Connection(port, visitor, outcome)
        if (operation := next(operations, None)) is not None:
            poll.register(connection.socket, select.EPOLLIN)
            busy[connection.socket.fileno()] = connection
            connection.begin(operation)
    while busy:
        ready = poll.poll(PATIENCE)
        if not ready:
            raise TimeoutError("the server does not answer")
        for number, _ in ready:
            if not busy[number].readable():
                continue
            following = next(operations, None) if time.monotonic() < deadline else None
            if following is None:
                poll.unregister(number)
                busy.pop(number).socket.close()
            else:
                busy[number].begin(following)
    return outcome


def percentile(took: list[float], share: float) -> float:
    """The time (milliseconds) within which this share of sorted seconds lies."""
    return round(took[min(len(took) - 1, int(len(took) * share))] * 1000, 2)


def _report(outcome: Outcome, seconds: float, cpu: float) -> dict[str, Any]:
    took = sorted(outcome.took)
    return {
        "operations": len(took),
        "requests": outcome.requests,
        "seconds": round(seconds, 3),
        "p50_ms": percentile(took, 0.50),
        "p95_ms": percentile(took, 0.95),
        "p99_ms": percentile(took, 0.99),
        "bytes": outcome.bytes,
        "statuses": dict(outcome.statuses),
        "refused": outcome.refused,
        "load_cpu_seconds": round(cpu, 3),
    }


def main() -> None:
    """Do what the line on standard input asks for."""
    job = json.loads(sys.stdin.readline())
    visitors = [Visitor(**visitor) for visitor in job["visitors"]]
    operations = [[Step(**step) for step in operation] for operation in job["operations"]]
    warm = drive(job["port"], visitors, iter(operations[: job["warm"]]), 2 * job["seconds"])
    again = operations[job["warm"] :] if job["once"] else operations
    waiting = islice(again if job["once"] else cycle(again), job["most"])
    print(json.dumps({"refused": warm.refused}), flush=True)
    sys.stdin.readline()
    began, cpu = time.perf_counter(), time.process_time()
    outcome = drive(job["port"], visitors, chain(waiting), job["seconds"])
    print(json.dumps(_report(outcome, time.perf_counter() - began, time.process_time() - cpu)), flush=True)


if __name__ == "__main__":
    main()
