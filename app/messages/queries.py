"""Reading the message ledger and how messages are worded, always of one business."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import load_only

from app.extensions import db
from app.messages.models import Message, MessageTemplate
from app.messages.wording import FIELDS, Wording
from app.messages.wordings import default_wording
from app.statements import built

# What a list says of each; the text itself, and the HTML beside it, are long.
_TOLD = (
    Message.kind,
    Message.subject,
    Message.recipients,
    Message.state,
    Message.reason,
    Message.created_at,
    Message.sent_at,
    Message.failed_at,
)
_ABOUT = built(
    select(Message)
    .options(load_only(*_TOLD))
    .where(Message.business_id == bindparam("business_id"))
    .where(Message.object_kind == bindparam("kind"), Message.object_id == bindparam("object_id"))
    .order_by(Message.id.desc())
    .limit(bindparam("most"))
)


def for_object(business_id: uuid.UUID, object_kind: str, object_id: uuid.UUID, limit: int = 20) -> list[Message]:
    """The messages about one thing, newest first."""
    values = {"business_id": business_id, "kind": object_kind, "object_id": object_id, "most": limit}
    return list(db.session.scalars(_ABOUT, values))


def find(business_id: uuid.UUID, message_id: uuid.UUID) -> Message | None:
    """One message, or None."""
    return db.session.get(Message, (business_id, message_id))


def failed(business_id: uuid.UUID, limit: int = 5) -> tuple[int, list[Message]]:
    """How many messages failed for good, and the newest of them."""
    where = (Message.business_id == business_id, Message.state == "failed")
    count = db.session.scalar(select(func.count()).select_from(Message).where(*where)) or 0
    rows = db.session.scalars(select(Message).where(*where).order_by(Message.id.desc()).limit(limit)) if count else ()
    return count, list(rows)


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind of message is worded, and the template that WhatsApp approved for it, if there is one.

    `variables` are the names that the template's {{1}}, {{2}}, ... stand for. `changed_at` is None, and `version` 0,
    where the words are those Duely is delivered with.
    """

    wording: Wording
    content_sid: str = ""
    variables: tuple[str, ...] = ()
    changed_at: datetime | None = None
    version: int = 0


def wording_of(business_id: uuid.UUID | None, kind: str, language: str) -> Words:
    """How a business words a kind of message; without words of its own, or without a business, as delivered."""
    row = db.session.scalar(_WORDS, {"business_id": business_id, "kind": kind}) if business_id else None
    return _words(row) if row else Words(default_wording(kind, language))


def own_wordings(business_id: uuid.UUID) -> dict[str, Words]:
    """{kind: words} of the kinds that a business words itself."""
    query = select(MessageTemplate).where(MessageTemplate.business_id == business_id)
    return {row.kind: _words(row) for row in db.session.scalars(query)}


_WORDS = built(
    select(MessageTemplate).where(
        MessageTemplate.business_id == bindparam("business_id"), MessageTemplate.kind == bindparam("kind")
    )
)


def _words(row: MessageTemplate) -> Words:
    wording = Wording(**{name: getattr(row, name) for name in FIELDS})
    return Words(wording, row.content_sid, tuple(row.variables), row.updated_at, row.version)
