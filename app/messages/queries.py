"""Reading the message ledger and how messages are worded, always of one business."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import shorten

from sqlalchemy import ColumnElement, Text, bindparam, cast, func, literal, or_, select
from sqlalchemy.orm import aliased, load_only

from app.database import among
from app.extensions import db
from app.jobs.models import Job
from app.messages.models import Message, MessageTemplate, ReachedAddress
from app.messages.rules import TAKEN_OVER, TRANSIENT
from app.messages.wording import FIELDS, Wording
from app.messages.wordings import default_wording
from app.statements import built
from app.web.paging import Page, Walk, paginate

WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class MessageFilters:
    """What the ledger is narrowed to; `text` is looked for in subjects and recipients."""

    state: str = ""
    channel: str = ""
    kind: str = ""
    client_id: uuid.UUID | None = None
    text: str = ""
    object_id: uuid.UUID | None = None
    since: datetime | None = None

    @property
    def any(self) -> bool:
        return self != MessageFilters()


# What a list says of each; the text itself, and the HTML beside it, are long.
_TOLD = (
    Message.kind,
    Message.channel,
    Message.subject,
    Message.recipients,
    Message.object_kind,
    Message.object_id,
    Message.client_id,
    Message.state,
    Message.reason,
    Message.created_at,
    Message.sent_at,
    Message.failed_at,
    Message.delivered_at,
    Message.read_at,
)
_ABOUT = built(
    select(Message)
    .options(load_only(*_TOLD, raiseload=True))
    .where(Message.business_id == bindparam("business_id"))
    .where(Message.object_kind == bindparam("kind"), Message.object_id == bindparam("object_id"))
    .order_by(Message.id.desc())
    .limit(bindparam("most"))
)


def for_object(business_id: uuid.UUID, object_kind: str, object_id: uuid.UUID, limit: int = 20) -> list[Message]:
    """The messages about one thing, newest first."""
    values = {"business_id": business_id, "kind": object_kind, "object_id": object_id, "most": limit}
    return list(db.session.scalars(_ABOUT, values))


def asked_by(
    business_id: uuid.UUID, kind: str, object_kind: str, object_id: uuid.UUID, form_id: uuid.UUID | None
) -> Message | None:
    """The message that a form asked for before, if it did: whoever sends the same form again wants no second one.

    It is looked for among the last hundred about that object, while whoever asks holds the object.
    """
    if form_id is None:
        return None
    mine = (Message.business_id == business_id, Message.object_kind == object_kind, Message.object_id == object_id)
    form = Message.extras["form"].as_string()
    lately = select(Message.id, Message.kind, form.label("form")).where(*mine).order_by(Message.id.desc()).limit(100)
    rows = db.session.execute(lately)
    found = next((row.id for row in rows if row.kind == kind and row.form == str(form_id)), None)
    return find(business_id, found) if found else None


def provider_ids(message: Message) -> frozenset[str]:
    """The provider's ids of the other messages of this business to the same number, of its last thousand."""
    query = (
        select(Message.provider_id, Message.recipients)
        .where(Message.business_id == message.business_id, Message.channel == message.channel)
        .where(Message.provider_id != "", Message.id != message.id)
        .order_by(Message.id.desc())
        .limit(1000)
    )
    number = message.recipients[0][1]
    others = {row.provider_id for row in db.session.execute(query) if row.recipients[0][1] == number}
    return frozenset(others | set(message.extras.get("past_ids", ())))


def is_stuck(message: Message) -> bool:
    """Whether a message has not left and no work on it is waiting or running any more: it gave up or was discarded."""
    if message.state not in TRANSIENT:
        return False
    mine = (Job.business_id == message.business_id, Job.key.startswith(f"deliver:{message.id}:", autoescape=True))
    alive = select(Job.id).where(*mine, Job.state.in_(("ready", "rung", "running"))).limit(1)
    return db.session.scalar(alive) is None


def next_try(message: Message) -> datetime | None:
    """When a message that waits is tried next; None when nothing will try it, or somebody does just now."""
    if message.state not in TRANSIENT:
        return None
    mine = (Job.business_id == message.business_id, Job.key.startswith(f"deliver:{message.id}:", autoescape=True))
    return db.session.scalar(select(func.min(Job.due_at)).where(*mine, Job.state.in_(("ready", "rung"))))


def find(business_id: uuid.UUID, message_id: uuid.UUID) -> Message | None:
    """One message, or None."""
    return db.session.get(Message, (business_id, message_id))


@dataclass(frozen=True, slots=True)
class Closed:
    """An address that nothing is sent to by a channel, and why, in a sentence.

    `stopped_at` is when whoever has it wrote stop: only they can allow it again, by writing start.
    """

    channel: str
    address: str
    why: str
    stopped_at: datetime | None = None


def closed(business_id: uuid.UUID, channel: str, addresses: Sequence[str]) -> list[Closed]:
    """Those of the addresses, folded, that nothing is sent to: they bounced, or their owner said stop."""
    keys = [address.casefold() for address in addresses]
    query = select(ReachedAddress.address, ReachedAddress.reason, ReachedAddress.stopped_at).where(
        ReachedAddress.business_id == business_id,
        ReachedAddress.channel == channel,
        among(ReachedAddress.address, keys),
        or_(ReachedAddress.failed_at.is_not(None), ReachedAddress.stopped_at.is_not(None)),
    )
    return [
        Closed(
            channel,
            row.address,
            "Whoever has it asked us to stop." if row.stopped_at else row.reason or "It did not take mail.",
            row.stopped_at,
        )
        for row in db.session.execute(query.order_by(ReachedAddress.address))
    ]


def refusing(business_id: uuid.UUID, channel: str, addresses: Sequence[str]) -> dict[str, str]:
    """{folded address: why} of those that nothing is sent to: they bounced, or their owner said stop."""
    return {one.address: one.why for one in closed(business_id, channel, addresses)}


def bounced(business_id: uuid.UUID, channel: str, addresses: Sequence[str]) -> list[str]:
    """Those of the addresses that nothing is sent to because they did not take it, in their order."""
    query = select(ReachedAddress.address).where(
        ReachedAddress.business_id == business_id,
        ReachedAddress.channel == channel,
        ReachedAddress.address.in_([address.casefold() for address in addresses]),
        ReachedAddress.failed_at.is_not(None),
    )
    known = set(db.session.scalars(query))
    return [address for address in addresses if address.casefold() in known]


def wrote_lately(business_id: uuid.UUID, channel: str, address: str, now: datetime) -> bool:
    """Whether somebody wrote to us within a day, so that WhatsApp takes free text."""
    query = select(ReachedAddress.wrote_at).where(
        ReachedAddress.business_id == business_id,
        ReachedAddress.channel == channel,
        ReachedAddress.address == address.casefold(),
    )
    wrote_at = db.session.scalar(query)
    return wrote_at is not None and now - wrote_at < WINDOW


def list_messages(business_id: uuid.UUID, filters: MessageFilters, cursor: str | Walk | None) -> Page[Message]:
    """A page of the ledger, the newest first."""
    query = select(Message).options(load_only(*_TOLD, raiseload=True))
    query = query.where(Message.business_id == business_id)
    state = "failed" if filters.state == TAKEN_OVER else filters.state
    if state == "failed":
        query = query.where(taken_over() if filters.state == TAKEN_OVER else ~taken_over())
    for column, value in (
        (Message.state, state),
        (Message.channel, filters.channel),
        (Message.kind, filters.kind),
        (Message.client_id, filters.client_id),
        (Message.object_id, filters.object_id),
    ):
        if value:
            query = query.where(column == value)  # type: ignore[arg-type]
    if filters.since:
        query = query.where(Message.created_at >= filters.since)
    if filters.text:
        words = func.lower(Message.subject + " " + cast(Message.recipients, Text))
        query = query.where(words.contains(filters.text.lower(), autoescape=True))
    return paginate(query, (Message.id.desc(),), cursor, scope=(business_id, "messages", filters))


def taken_over() -> ColumnElement[bool]:
    """Whether another channel took over from a message, as a condition on `Message`. What both are about finds it."""
    then = aliased(Message)
    about = (then.object_kind == Message.object_kind, then.object_id == Message.object_id)
    mine = (then.business_id == Message.business_id, *about, then.id > Message.id)
    return select(literal(1)).where(*mine, then.replaces == Message.id).exists()


def which_taken_over(business_id: uuid.UUID, messages: Sequence[Message]) -> set[uuid.UUID]:
    """The ids of those messages that failed and from which another channel took over."""
    failed = [message.id for message in messages if message.state == "failed"]
    query = select(Message.id).where(Message.business_id == business_id, Message.id.in_(failed), taken_over())
    return set(db.session.scalars(query)) if failed else set()


def first_words(business_id: uuid.UUID, messages: Sequence[Message], most: int = 90) -> dict[uuid.UUID, str]:
    """How those of the messages begin that have no subject where they are read: WhatsApp and SMS."""
    texts = [message.id for message in messages if message.channel != "email"]
    query = select(Message.id, func.substr(Message.text, 1, most + 1))
    rows = db.session.execute(query.where(Message.business_id == business_id, Message.id.in_(texts))) if texts else ()
    return {row[0]: shorten(row[1], most, placeholder=" …") for row in rows}


def counts(business_id: uuid.UUID) -> dict[str, int]:
    """How many messages have not left, did not get out by any channel, or may have."""
    query = (
        select(Message.state, func.count())
        .where(Message.business_id == business_id, Message.state.in_(("queued", "unknown", "failed")))
        .where(or_(Message.state != "failed", ~taken_over()))
        .group_by(Message.state)
    )
    return {state: int(number) for state, number in db.session.execute(query)}


def follower(message: Message) -> Message | None:
    """The message that took over when this one failed."""
    if message.state != "failed":
        return None
    mine = (Message.business_id == message.business_id, Message.replaces == message.id, Message.id > message.id)
    return db.session.scalar(select(Message).where(*mine).limit(1))


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
