"""One breaker for each channel, shared by all processes: a provider that answers nobody is asked by one at a time.

Five failures in a row open it. What a provider would not take for one reader is none: it answered. While it is open
messages wait without being tried; every few seconds one goes through to see whether the provider is back. The longer
that goes on, the longer and the more apart the others wait: a thousand that all look when a pause ends would keep a
processor busy with nothing.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import case, select, update

from app.database import insert_once
from app.extensions import db
from app.messages.models import ChannelBreaker

FAILURES = 5
PAUSE = timedelta(seconds=15)
SPREAD = timedelta(seconds=120)
"""How far apart, at most, messages look again that wait for one provider."""


def wait(channel: str, now: datetime) -> float:
    """Seconds to wait before a provider may be asked; 0 to go on. In the open transaction."""
    row = db.session.execute(
        select(ChannelBreaker.failures, ChannelBreaker.open_until).where(ChannelBreaker.channel == channel)
    ).first()
    if row is None or row.open_until is None:
        return 0.0
    if row.open_until > now:
        return float((row.open_until - now).total_seconds()) + _apart(row.failures)
    # Its pause is over: whoever moves the mark tries, and the others wait for what comes of it.
    mine = (ChannelBreaker.channel == channel, ChannelBreaker.open_until == row.open_until)
    tried = db.session.execute(update(ChannelBreaker).where(*mine).values(open_until=now + 2 * PAUSE))
    return 0.0 if tried.rowcount else PAUSE.total_seconds() + _apart(row.failures)  # type: ignore[attr-defined]


def _apart(failures: int) -> float:
    """Seconds to wait beyond a pause, at random: up to as long again for each pause that did not help."""
    most = min(SPREAD, PAUSE * max(0, failures - FAILURES))
    return random.uniform(0, most.total_seconds())  # noqa: S311  (spreading load, not guarding a secret)


def worked(channel: str) -> None:
    """A provider answered: everybody may ask again. In the open transaction."""
    broken = (ChannelBreaker.channel == channel, ChannelBreaker.failures > 0)
    db.session.execute(update(ChannelBreaker).where(*broken).values(failures=0, open_until=None))


def failed(channel: str, now: datetime) -> None:
    """A provider did not answer, or refused everybody for now. In the open transaction."""
    if insert_once(ChannelBreaker, channel=channel, failures=1, open_until=None):
        return
    more = ChannelBreaker.failures + 1
    until = case((more >= FAILURES, now + PAUSE), else_=ChannelBreaker.open_until)
    db.session.execute(
        update(ChannelBreaker).where(ChannelBreaker.channel == channel).values(failures=more, open_until=until)
    )
