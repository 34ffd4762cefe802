"""How a business words its messages: kept, and given up for the words Duely is delivered with."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.auth.audit import record
from app.auth.errors import Stale
from app.auth.models import Business
from app.auth.rules import Actor
from app.database import new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.messages.kinds import KINDS
from app.messages.models import MessageTemplate
from app.messages.queries import Words, wording_of
from app.messages.wording import Wording, check, unknown_names

_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")


@transactional
def save_words(
    actor: Actor,
    kind: str,
    wording: Wording,
    *,
    content_sid: str,
    variables: Sequence[str],
    version: int,
    now: datetime,
) -> None:
    """Word a kind of message anew. `version` is that of the words it was typed over, 0 for those of Duely.

    Raises NotAllowed, NotFound for a kind there is none of, Invalid naming the fields, and Stale with the Words that
    stand when somebody saved meanwhile.
    """
    actor.require("admin")
    if kind not in KINDS:
        raise NotFound
    problems = check(kind, wording) | check_template(kind, content_sid, variables)
    if problems:
        raise Invalid(problems)
    row = _held(actor.business_id, kind, version)
    values: dict[str, Any] = {**wording.texts(), "content_sid": content_sid, "variables": list(variables)}
    if row is None:
        before = wording_of(None, kind, _language(actor.business_id))
        stood: dict[str, Any] = {**before.wording.texts(), "content_sid": "", "variables": []}
    else:
        stood = {name: getattr(row, name) for name in values}
    changed = sorted(name for name, value in values.items() if stood[name] != value)
    if not changed:
        return
    if row is None:
        row = MessageTemplate(business_id=actor.business_id, id=new_id(), kind=kind)
        db.session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = now
    # Texts may hold what is personal, so the trail names the fields only.
    record(actor, "changed_words", "message_template", row.id, now, facts={"kind": kind, "fields": changed})
    db.session.flush()


@transactional
def reset_words(actor: Actor, kind: str, *, now: datetime) -> None:
    """Give up the words of a kind for those Duely is delivered with. Raises NotAllowed, NotFound."""
    actor.require("admin")
    row = _find(actor.business_id, kind)
    if row is None:
        raise NotFound
    record(actor, "reset_words", "message_template", row.id, now, facts={"kind": kind})
    db.session.delete(row)
    db.session.flush()


def check_template(kind: str, content_sid: str, variables: Sequence[str]) -> dict[str, list[str]]:
    """What keeps an approved template from being used, {field: sentences}."""
    problems: dict[str, list[str]] = {}
    if content_sid and not _CONTENT_SID.fullmatch(content_sid):
        problems["content_sid"] = ["The id of a template is HX and 32 digits or letters from a to f."]
    said = unknown_names(kind, dict.fromkeys(variables))
    if variables and not content_sid:
        said.append("These belong to a template: enter its id, too.")
    if said:
        problems["variables"] = said
    return problems


def _held(business_id: uuid.UUID, kind: str, version: int) -> MessageTemplate | None:
    """The row as it stands, with the business held: two who save at once come one after the other. Raises Stale."""
    db.session.get_one(Business, business_id, populate_existing=True, with_for_update=True)
    row = _find(business_id, kind)
    if (row.version if row else 0) != version:
        stands: Words = wording_of(business_id, kind, _language(business_id))
        raise Stale(current=stands)
    return row


def _find(business_id: uuid.UUID, kind: str) -> MessageTemplate | None:
    mine = (MessageTemplate.business_id == business_id, MessageTemplate.kind == kind)
    query = select(MessageTemplate).where(*mine).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def _language(business_id: uuid.UUID) -> str:
    return str(db.session.get_one(Business, business_id).language)
