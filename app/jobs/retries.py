"""How often and how long work that failed is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_FAILURES = 10
FIRST_DELAY = 15
LONGEST_DELAY = 3600 * 3


@dataclass(frozen=True, slots=True)
class Retry:
    """A task's own patience: at most `longest` seconds between two tries, until one of the two ends is reached.

    `times` is after how many failures the job is parked. `give_up_after` are the seconds since it was due first after
    which no try follows; the last one is made just then. With neither, it is parked after ten failures.
    """

    longest: float = LONGEST_DELAY
    give_up_after: float | None = None
    times: int | None = None

    def is_last(self, failures: int, first_due: datetime, now: datetime) -> bool:
        """Whether no other try follows one that begins now, after so many failures."""
        times = MAX_FAILURES if self.times is None and self.give_up_after is None else self.times
        end = self._end(first_due)
        return (times is not None and failures + 1 >= times) or (end is not None and now >= end)

    def next_try(self, failures: int, first_due: datetime, now: datetime) -> datetime:
        """When to try again after a failure that had so many before it."""
        end, then = self._end(first_due), now + delay(failures, self.longest)
        return then if end is None else min(then, end)

    def _end(self, first_due: datetime) -> datetime | None:
        return None if self.give_up_after is None else first_due + timedelta(seconds=self.give_up_after)


def delay(failures: int, longest: float = LONGEST_DELAY) -> timedelta:
    """How long to wait after the n-th failure: exponential with full jitter, so that retries do not march in step."""
    ceiling = min(longest, FIRST_DELAY * 2 ** min(failures, 30))
    return timedelta(seconds=random.uniform(1, ceiling))  # noqa: S311  (spreading load, not guarding a secret)
