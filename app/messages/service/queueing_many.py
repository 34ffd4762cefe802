"""Putting messages into the outbox by the thousand. Each is worded when it leaves, and not before.

To compose a hundred thousand mails takes an hour, and by the time they leave they may say what is no longer true. So
nothing but to whom, by which channel and about what is written down; whoever looks at one that waits sees the words it
would have now (`would_say`).
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from app import bulk, jobs
from app.bulk import Sheet, hyphened
from app.database import transactional
from app.messages.models import Message
from app.messages.queries import refusing
from app.messages.rules import About, Face
from app.messages.service.queueing import mail_id

_OWN = (
    "id",
    "channel",
    "object_id",
    "client_id",
    "recipients",
    "reply_to",
    "sender_name",
    "subject",
    "attachments",
    "extras",
    "message_id",
)


class Queued(NamedTuple):
    """A message in the outbox: its id, its channel and to how many it goes."""

    id: uuid.UUID
    channel: str
    recipients: int


@transactional
def dispatch_many(
    business_id: uuid.UUID,
    letters: Sequence[tuple[About, Sequence[Face]]],
    *,
    now: datetime,
    not_before: datetime | None = None,
) -> list[Queued | None]:
    """As `dispatch` writes each, but for the words; None for one that no channel would take.

    All are about the same kind of thing, one that can be worded when they leave. Faces have subjects, by which they
    are known until then, and no words.
    """
    if not letters:
        return []
    closed = _closed(business_id, [face for _, faces in letters for face in faces])
    kinds = {(about.kind, about.object_kind) for about, _ in letters}
    if len(kinds) != 1:
        raise ValueError("messages of several kinds at once")
    [(kind, object_kind)] = kinds
    same = {"kind": kind, "object_kind": object_kind, "created_at": now, "not_before": not_before}
    messages = Sheet(Message, _OWN, business_id, **same, text="", html="", state="queued", tries=0)
    work = jobs.sheet_of("messages.deliver", business_id, not_before)
    ids = bulk.ids()
    found: list[Queued | None] = []
    with bulk.press() as press:
        for place, (about, faces) in enumerate(letters, 1):
            left = [one for face in faces if (one := _open(face, closed)).recipients]
            found.append(_queue(messages, work, ids, about, left) if left else None)
            press.now_and_then(place, (messages, work))
        press.put((messages, work))
    return found


def _queue(messages: Sheet, work: Sheet, ids: Iterator[str], about: About, faces: Sequence[Face]) -> Queued:
    """One message as the first of these faces, and the work of delivering it."""
    message = next(ids)
    spelled = hyphened(message)
    first = faces[0]
    extras: dict[str, Any] = {"media": dict(first.media)} if first.media else {}
    if first.unsubscribe:
        extras["unsubscribe"] = first.unsubscribe
    if faces[1:]:
        extras["next"] = [other.stored() for other in faces[1:]]
    messages.add(
        (
            message,
            first.channel,
            about.object_id.hex if about.object_id else None,
            about.client_id.hex if about.client_id else None,
            json.dumps(first.recipients),
            about.reply_to,
            about.sender_name,
            first.subject,
            json.dumps(first.attachments),
            json.dumps(extras) if extras else "{}",
            mail_id(spelled),
        )
    )
    work.add((next(ids), f"deliver:{spelled}:0", f'{{"message_id": "{spelled}"}}'))
    return Queued(uuid.UUID(message), first.channel, len(first.recipients))


def _closed(business_id: uuid.UUID, faces: Sequence[Face]) -> dict[str, Collection[str]]:
    """{channel: folded addresses that nothing is sent to} among those of some faces."""
    asked: dict[str, set[str]] = defaultdict(set)
    for face in faces:
        asked[face.channel] |= {address.casefold() for _, address in face.recipients}
    return {channel: refusing(business_id, channel, sorted(addresses)) for channel, addresses in asked.items()}


def _open(face: Face, closed: dict[str, Collection[str]]) -> Face:
    """A face with those it may go to."""
    shut = closed[face.channel]
    left = tuple(pair for pair in face.recipients if pair[1].casefold() not in shut) if shut else face.recipients
    left = left if face.channel == "email" else left[:1]
    return face if left == face.recipients else replace(face, recipients=left)
