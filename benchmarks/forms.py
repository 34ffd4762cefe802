"""The forms of a measurement: how many invoices, on which engines, and for how long each thing is asked."""

from __future__ import annotations

from dataclasses import dataclass

CONNECTIONS = 16
"""Keep-alive connections that ask at once, each signed in as a browser of its own."""


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of ill providers: in which ways (`vendors.ILLS`), and in which of them pages are asked for.

    So many `messages` wait for `seconds`, of which `pace` pass in one, and `pace_after` in one of the time after it;
    the worker is watched for `watched_seconds`. With `redis` it is an RQ worker with its relay.
    """

    modes: tuple[str, ...]
    pages: tuple[str, ...] = ("hang",)
    messages: int = 1000
    seconds: float = 3600
    pace: float = 30
    pace_after: float = 1
    watched_seconds: float = 30
    redis: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """`postgresql` and `sqlite` are numbers of invoices, `seconds` how long each page is asked for, there and there.

    `most` bounds the operations of one measure, `documents` is how many PDFs are drawn, `sample` how many different
    invoices, clients and links are visited, `jobs` how long the queue is, `hour` how providers are ill, `posted` and
    `sqlite_posted` how many invoices are posted at once, `billed` and `sqlite_billed` how many subscriptions a billing
    run has, `owed` how many open invoices are swept, and
    `users` how many programs ask the API at once, for `crowd_seconds` at each of `paces` rates at most.
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
    posted: int = 100_000
    sqlite_posted: int = 20_000
    billed: int = 100_000
    sqlite_billed: int = 10_000
    hour: Hour = Hour(("hang",))
    owed: int = 1_000_000
    users: int = 1000
    crowd_seconds: float = 30
    paces: int = 7


EVERY_WAY = Hour(("hang", "refused", "500", "drip", "bad-json"))
SHORT = Form("short", (10_000,), (10_000,), seconds=6, sqlite_seconds=2.5)
FULL = Form(
    "full",
    (10_000, 100_000, 1_000_000),
    (10_000, 100_000),
    seconds=15,
    sqlite_seconds=10,
    documents=100,
    hour=EVERY_WAY,
)
SMOKE = Form(
    "smoke",
    (60,),
    (),
    seconds=5,
    sqlite_seconds=5,
    most=4,
    documents=1,
    sample=3,
    owed=300,
    users=20,
    crowd_seconds=1,
    paces=1,
    clients=12,
    connections=2,
    jobs=3000,
    posted=300,
    billed=300,
    hour=Hour(("hang",), messages=9, seconds=600, pace=60, pace_after=6, watched_seconds=1),
)
