"""The forms of a measurement: how many invoices, on which engines, and for how long each thing is asked."""

from __future__ import annotations

from dataclasses import dataclass

CONNECTIONS = 16
"""Keep-alive connections that ask at once, each signed in as a browser of its own."""


@dataclass(frozen=True, slots=True)
class Form:
    """`postgresql` and `sqlite` are numbers of invoices, `seconds` how long each page is asked for, there and there.

    `most` bounds the operations of one measure, `documents` is how many PDFs are drawn, `sample` how many different
    invoices, clients and links are visited, `jobs` how long the queue is.
    """

    name: str
    postgresql: tuple[int, ...]
    sqlite: tuple[int, ...]
    seconds: float
    sqlite_seconds: float
    most: int = 100_000
    documents: int = 40
    sample: int = 200
    clients: int = 500
    connections: int = CONNECTIONS
    jobs: int = 100_000


SHORT = Form("short", (10_000,), (10_000,), seconds=6, sqlite_seconds=2.5)
FULL = Form("full", (10_000, 100_000, 1_000_000), (10_000, 100_000), seconds=15, sqlite_seconds=10, documents=100)
SMOKE = Form(
    "smoke", (60,), (), seconds=5, sqlite_seconds=5, most=4, documents=1, sample=3, clients=12, connections=2, jobs=3000
)
