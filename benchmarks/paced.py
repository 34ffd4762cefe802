"""The application with a clock that can go faster: `python -m benchmarks.paced` is its worker, `paced:app` its pages.

An hour of trouble cannot be waited for in every measurement, so it passes at a pace. All processes read one file: what
time it was when, how many seconds of the application pass in one of the machine, and by how much the patience with
providers (the seconds before a call is given up) is shorter. `app.clock` is the only reader of the wall clock, so
delays, pauses, leases and limits are as in production, in the application's own time: a job that failed waits up to two
minutes of it, the breaker tries every fifteen seconds of it, and a call that hangs blocks its thread for as much of it
as in earnest. To divide the figures of `Retry` instead would have left out whatever is counted elsewhere.

What a processor does is not faster: at a pace of 30 the machine has to do the work of an hour in two minutes, and what
it does not manage is done later, so it is behind a real hour rather than ahead of it. Where durations are measured
(pages, and until the last message has left) the pace is 1, and nothing is different at all.
"""

from __future__ import annotations

import os
import struct
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FILE = "BENCH_CLOCK"
"""The setting that names the file."""
LAYOUT = struct.Struct("dddd")


class Pace:
    """The clock of a measurement. The file holds: real seconds, the application's then, pace, part of the patience."""

    def __init__(self, file: Path) -> None:
        """Go on with the clock of a file, or begin one that goes like the machine's."""
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        if not os.pread(self._handle, LAYOUT.size, 0):
            began = time.time()
            self._write(began, began, 1.0, 1.0)

    def now(self) -> float:
        """The application's time, in seconds since 1970."""
        then, was, pace, _ = self._read()
        return float(was + (time.time() - then) * pace)

    def patience(self) -> float:
        """By how much the patience with providers is shorter."""
        return float(self._read()[3])

    def go(self, pace: float, patience: float) -> None:
        """From now on, so many seconds pass in one, and calls are given up that much sooner."""
        then, was, before, _ = self._read()
        real = time.time()
        self._write(real, was + (real - then) * before, pace, patience)

    def install(self) -> None:
        """Make it the application's clock in this process."""
        from app import clock

        clock.now = lambda: datetime.fromtimestamp(self.now(), UTC)
        clock.today = self._today

    def uninstall(self) -> None:
        """Give this process the machine's clock back."""
        from app import clock

        clock.now = lambda: datetime.now(UTC)
        clock.today = lambda timezone: datetime.now(ZoneInfo(timezone)).date()

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)

    def _today(self, timezone: str) -> date:
        return datetime.fromtimestamp(self.now(), ZoneInfo(timezone)).date()

    def _read(self) -> tuple[float, ...]:
        return LAYOUT.unpack(os.pread(self._handle, LAYOUT.size, 0))

    def _write(self, *values: float) -> None:
        # In one piece, so that nobody reads half of it.
        os.pwrite(self._handle, LAYOUT.pack(*values), 0)


def hurried(pace: Pace) -> None:
    """Shorten the patience of mail and texts as the file says; with 1 they are the channels of production."""
    from app.messages import registry
    from app.messages.channels.smtp import SmtpChannel
    from app.messages.channels.twilio import TwilioChannel

    mail, texts = registry.installation_channel, registry.text_channel
    made: dict[tuple[type, float], Any] = {}

    def shortened(channel: Any) -> Any:
        by = pace.patience()
        if not isinstance(channel, SmtpChannel | TwilioChannel) or by == 1:
            return channel
        if (type(channel), by) not in made:
            limits = {n: getattr(channel.settings, n) / by for n in LIMITS if hasattr(channel.settings, n)}
            made[type(channel), by] = type(channel)(replace(channel.settings, **limits))  # type: ignore[arg-type]
        return made[type(channel), by]

    registry.installation_channel = lambda: shortened(mail())
    registry.text_channel = lambda: shortened(texts())


LIMITS = ("connect_timeout", "read_timeout", "total_timeout")


def _begin() -> None:
    pace = Pace(Path(os.environ[FILE]))
    pace.install()
    hurried(pace)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    _begin()
    import worker

    # The relay beside the worker is this program, too.
    worker.__file__ = __file__
    sys.exit(worker.main(sys.argv[1:]))

if os.environ.get(FILE):
    # The web server asks for `benchmarks.paced:app`.
    _begin()
    from wsgi import app as app
