"""What is learned of addresses and numbers: they bounced or work again, their owners wrote, said stop or start."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from app.database import insert_once, locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.messages.models import Message, ReachedAddress
from app.messages.queries import bounced

Trusted = Callable[[Any, str, Sequence[str], tuple[str, uuid.UUID], uuid.UUID | None, datetime], None]
Asked = Callable[[uuid.UUID, uuid.UUID, str, str, bool, datetime], None]
Owners = Callable[[str], Sequence[tuple[uuid.UUID, uuid.UUID]]]


@transactional
def inbound(
    channel: str, address: str, now: datetime, *, stop: bool, start: bool, business_id: uuid.UUID | None = None
) -> None:
    """A customer wrote to our number: WhatsApp is open for a day; "stop" ends what we send there, "start" allows it.

    The number is the installation's, so this counts for every business that ever sent something there, for those that
    have a client with this number, whether or not anything has reached it yet, and for the one that the webhook's
    address stood for. Any number of these at once, and a message that is just being accepted there, make one row each.
    The trail of the clients says that they wrote stop or start, once.
    """
    said: dict[str, Any] = {"wrote_at": now}
    if stop:
        said["stopped_at"] = now
    elif start:
        said |= {"stopped_at": None, "failed_at": None, "reason": ""}
    owners: Owners | None = current_app.extensions.get("duely_owners_of_number")
    clients = owners(address) if owners else ()
    concerned = {business for business, _ in clients} | ({business_id} if business_id else set())
    for one in sorted(concerned):
        mark(one, channel, address)
    known = (ReachedAddress.channel == channel, ReachedAddress.address == address.casefold())
    asked: Asked | None = current_app.extensions.get("duely_on_stop")
    if asked and (stop or start):
        now_other = ReachedAddress.stopped_at.is_(None) if stop else ReachedAddress.stopped_at.is_not(None)
        query = select(ReachedAddress.business_id).where(*known, now_other).order_by(ReachedAddress.business_id)
        changed = set(db.session.scalars(query.with_for_update()))
        for business, client in clients:
            if business in changed:
                asked(business, client, channel, address, stop, now)
    db.session.execute(update(ReachedAddress).where(*known).values(**said))


@transactional
def trust_again(actor: Any, message_id: uuid.UUID, *, now: datetime) -> None:
    """A person says that the addresses of a message work: they are used again, unless their owners said stop.

    Who said it of which is told to the room that keeps the trail; nothing is, when all of them were in use. Raises
    NotFound.
    """
    message = locked(Message, actor.business_id, message_id)
    if message is None:
        raise NotFound
    addresses = [address for _, address in message.recipients]
    _trust(actor, message.channel, addresses, ("message", message.id), message.client_id, now)


@transactional
def trust_address(actor: Any, client_id: uuid.UUID, channel: str, address: str, *, now: datetime) -> None:
    """The same of one address of a client by one channel; whoever calls knows that it is theirs."""
    _trust(actor, channel, [address], ("client", client_id), client_id, now)


def _trust(
    actor: Any,
    channel: str,
    addresses: Sequence[str],
    about: tuple[str, uuid.UUID],
    client_id: uuid.UUID | None,
    now: datetime,
) -> None:
    mended = bounced(actor.business_id, channel, addresses)
    for address in mended:
        mark(actor.business_id, channel, address, failed_at=None, reason="")
    told: Trusted | None = current_app.extensions.get("duely_on_trust")
    if mended and told:
        told(actor, channel, mended, about, client_id, now)


@transactional
def mark(business_id: uuid.UUID, channel: str, address: str, **learned: Any) -> None:
    """Keep what was learned of an address."""
    key = address.casefold()[:254]
    empty = {"failed_at": None, "reason": "", "stopped_at": None, "wrote_at": None}
    row = {"business_id": business_id, "id": new_id(), "channel": channel, "address": key, **empty}
    if insert_once(ReachedAddress, **{**row, **learned}):
        return
    if not learned:
        return
    mine = (ReachedAddress.business_id == business_id, ReachedAddress.channel == channel, ReachedAddress.address == key)
    db.session.execute(update(ReachedAddress).where(*mine).values(**learned))
