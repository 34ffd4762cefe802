"""What is learned of addresses and numbers: they bounced or work again, their owners wrote, said stop or start."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import update

from app.database import insert_once, locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.messages.models import Message, ReachedAddress
from app.messages.queries import bounced

Trusted = Callable[[Any, Message, Sequence[str], datetime], None]
Owners = Callable[[str], Sequence[tuple[uuid.UUID, uuid.UUID]]]


@transactional
def inbound(
    channel: str, address: str, now: datetime, *, stop: bool, start: bool, business_id: uuid.UUID | None = None
) -> None:
    """A customer wrote to our number: WhatsApp is open for a day; "stop" ends what we send there, "start" allows it.

    The number is the installation's, so this counts for every business that ever sent something there, for those that
    have a client with this number, whether or not anything has reached it yet, and for the one that the webhook's
    address stood for. Any number of these at once, and a message that is just being accepted there, make one row each.
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
        mark(one, channel, address, **said)
    known = (ReachedAddress.channel == channel, ReachedAddress.address == address.casefold())
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
    mended = bounced(actor.business_id, message.channel, addresses)
    for address in mended:
        mark(actor.business_id, message.channel, address, failed_at=None, reason="")
    told: Trusted | None = current_app.extensions.get("duely_on_trust")
    if mended and told:
        told(actor, message, mended, now)


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
