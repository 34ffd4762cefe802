"""Doing once what a program asks for twice: its key and the answer are stored in the transaction of what was done."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete

from app.auth.models import ANSWERS_KEPT, KeptAnswer
from app.auth.service import answer_keys
from app.auth.service.answer_keys import PATIENCE_SECONDS, RUNNING, Answered, Key, StillRunning
from app.database import transactional
from app.extensions import db

DEAD = timedelta(minutes=2)
"""After which whoever began apart and has not answered is taken for dead: no call to others takes as long."""
LEFT_BEHIND = timedelta(hours=1)
"""After which a key of somebody dead is forgotten, if no twin took it over."""


@transactional
def answer_once(key: Key, make: Callable[[], Answered], now: datetime) -> tuple[Answered, bool]:
    """What `make` answers, unless it was asked before with this key: then what it answered. And which of the two.

    A twin that is running is waited for. What `make` raises undoes the key as well. Raises StillRunning, KeyReused.
    """
    known = answer_keys.begin(key, now)
    if known is not None:
        return known, True
    answered = make()
    answer_keys.keep(key, answered)
    return answered, False


def answer_apart(key: Key, make: Callable[[], Answered], now: datetime) -> tuple[Answered, bool]:
    """As `answer_once`, where `make` calls other computers, so that no transaction may be open meanwhile.

    The key is kept before that and the answer after it. Where a process died in between, twins are told for two minutes
    that it is running; then one of them does it. Raises StillRunning, KeyReused.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while (known := answer_keys.begin(key, now)) == RUNNING:
        if answer_keys.take_over(key, now - DEAD, now):
            known = None
            break
        if time.monotonic() > until:
            raise StillRunning
        time.sleep(0.1)
    if known is not None:
        return known, True
    try:
        answered = make()
    except BaseException:
        answer_keys.give_back(key)
        raise
    answer_keys.keep(key, answered)
    return answered, False


@transactional
def forget_answers(now: datetime) -> None:
    """Forget answers that nobody may ask for any more, and keys without one that a dead process left behind."""
    over = KeptAnswer.created_at <= now - ANSWERS_KEPT
    left = (KeptAnswer.status == 0) & (KeptAnswer.created_at <= now - LEFT_BEHIND)
    db.session.execute(delete(KeptAnswer).where(over | left).execution_options(synchronize_session=False))
