"""Sending an export: whole before its first byte leaves, and few at a time.

The server keeps a thread for each answer that is not read yet, and a reader may take as long as they like. So large
files have a few places in each process and a time to be read in. What fits into one piece needs neither: the thread
is free as soon as the server has it.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import IO

from flask import Response, current_app

from app.extensions import db
from app.reports import journal
from app.reports.books import Title
from app.reports.errors import TooManyExports

AT_ONCE = 2
MAKING, SENDING = BoundedSemaphore(AT_ONCE), BoundedSemaphore(AT_ONCE)
PIECE = journal.SMALL
TO_READ = 600.0
"""Seconds after which a reader who still takes pieces gets no more; the length says that some are missing."""


def journal_response(title: Title, form: str, content_type: str) -> Response:
    """The journal as a file. Raises TooManyExports while the places of this process are taken."""
    db.session.rollback()
    if not MAKING.acquire(blocking=False):
        raise TooManyExports
    try:
        file = journal.spooled(db.engine, title, form, current_app.config["DUELY"].instance_dir)
    finally:
        MAKING.release()
    size = file.seek(0, 2)
    file.seek(0)
    place = SENDING if size > PIECE else None
    if place and not place.acquire(blocking=False):
        file.close()
        raise TooManyExports
    response = Response(_pieces(file), content_type=content_type)
    response.content_length = size
    # Once: when the answer is closed, or when nobody knows of it any more.
    response.call_on_close(weakref.finalize(response, _give_back, file, place))
    return response


def _give_back(file: IO[bytes], place: BoundedSemaphore | None) -> None:
    file.close()
    if place:
        place.release()


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    until = time.monotonic() + TO_READ
    while (piece := file.read(PIECE)) and time.monotonic() < until:
        yield piece
