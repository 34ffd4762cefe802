"""A process that writes messages into the outbox, several at a time, as a web server does: `clerk.py BOOK BUSINESS N`.

After each commit the message's number and id go into the book. Started again, it goes on where the book ends.
"""

from __future__ import annotations

import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import func, select

from app import create_app
from app.extensions import db
from app.messages.models import Message
from app.messages.rules import TRANSIENT
from tests.faults.outgoing import CHANNELS, write

HANDS, MOST_WAITING = 4, 30


class Book:
    """What was written for certain."""

    def __init__(self, file: Path) -> None:
        self.file, self._lock = file, threading.Lock()
        file.touch()

    def entries(self) -> dict[int, uuid.UUID]:
        """The ids of messages by their numbers; a line that was not finished does not count."""
        lines = [line.split() for line in self.file.read_text().splitlines(keepends=True) if line.endswith(";\n")]
        return {int(number): uuid.UUID(made) for number, made, _ in lines}

    def note(self, number: int, made: uuid.UUID) -> None:
        with self._lock, self.file.open("a") as file:
            file.write(f"{number} {made} ;\n")


def main(file: str, business: str, messages: str) -> None:
    """Write what is not in the book yet, while not too much is waiting to leave."""
    app, book, business_id = create_app(), Book(Path(file)), uuid.UUID(business)
    waiting = select(func.count()).select_from(Message).where(Message.state.in_(TRANSIENT))

    def one(number: int) -> None:
        with app.app_context():
            while (db.session.scalar(waiting) or 0) >= MOST_WAITING:
                db.session.remove()
                time.sleep(0.05)
            db.session.remove()
            made, _ = write(business_id, CHANNELS[number % 3], number)
            book.note(number, made)

    left = sorted(set(range(int(messages))) - set(book.entries()))
    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(one, left))


if __name__ == "__main__":
    main(*sys.argv[1:])
