"""Every message that went out, is on its way or did not arrive: the list, and one of them as sent."""

from __future__ import annotations

import uuid

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.errors import NotFound
from app.extensions import talisman
from app.messages import queries, service
from app.messages.channels.sms_text import plain_sms
from app.messages.models import Message
from app.messages.queries import MessageFilters
from app.messages.rules import CHANNELS, KINDS, STATES, TAKEN_OVER, TRANSIENT
from app.messages.views import blueprint
from app.messages.views.mailbox import OPENS, PAGE_POLICY, PART_POLICY, in_a_frame
from app.web import htmx
from app.web.access import may, requires


@blueprint.get("/messages/")
@requires("viewer")
def index() -> ResponseReturnValue:
    """The list, the newest first, narrowed by state, channel, kind, client and words."""
    filters = _filters()
    page = queries.list_messages(current_user.business_id, filters, request.args.get("cursor"))
    context = {"page": page, "filters": filters, "counts": queries.counts(current_user.business_id)}
    context |= {"channels": CHANNELS, "kinds": KINDS, "states": STATES}
    context["taken_over"] = queries.which_taken_over(current_user.business_id, page.items)
    context["first_words"] = queries.first_words(current_user.business_id, page.items)
    return htmx.page_or_fragment("messages/index.html", "messages/_list.html", **context)


@blueprint.get("/messages/<uuid:message_id>/")
@requires("viewer")
@talisman(content_security_policy=PAGE_POLICY)
def show(message_id: uuid.UUID) -> ResponseReturnValue:
    """One message: to whom, how far it got, and what it said."""
    row = get_message(message_id)
    said = service.would_say(row, clock.now()) or row
    return render_template(
        "messages/show.html",
        message=row,
        said=said,
        text=plain_sms(said.text) if row.channel == "sms" else said.text,
        before=queries.find(row.business_id, row.replaces) if row.replaces else None,
        after=queries.follower(row),
        rest=_other(row, "rest"),
        rest_of=_other(row, "rest_of"),
        closed=queries.closed(row.business_id, row.channel, [to for _, to in row.recipients]),
        channels=CHANNELS,
        kinds=KINDS,
        states=STATES,
        opens=OPENS,
        may_act=may("staff"),
        next_try=queries.next_try(row),
        waits=row.state in TRANSIENT and row.asked_at is None,
        resendable=row.state in ("failed", "unknown") or queries.is_stuck(row),
    )


@blueprint.get("/messages/<uuid:message_id>/html/")
@requires("viewer")
@talisman(content_security_policy=PART_POLICY, content_security_policy_nonce_in=[], frame_options="SAMEORIGIN")
def html(message_id: uuid.UUID) -> ResponseReturnValue:
    """The HTML part of a mail alone, as its reader got it."""
    row = get_message(message_id)
    said = service.would_say(row, clock.now()) or row
    if not said.html:
        raise NotFound
    return make_response(in_a_frame(said.html))


def get_message(message_id: uuid.UUID) -> Message:
    """One message of whoever is signed in. Raises NotFound."""
    row = queries.find(current_user.business_id, message_id)
    if row is None:
        raise NotFound
    return row


def _other(row: Message, name: str) -> Message | None:
    """Another message that this one points to."""
    known = row.extras.get(name)
    return queries.find(row.business_id, uuid.UUID(known)) if known else None


def _filters() -> MessageFilters:
    asked = request.args
    client = asked.get("client", "")
    try:
        client_id = uuid.UUID(client) if client else None
    except ValueError:
        client_id = None
    return MessageFilters(
        state=asked.get("state", "") if asked.get("state", "") in (*STATES, TAKEN_OVER) else "",
        channel=asked.get("channel", "") if asked.get("channel", "") in CHANNELS else "",
        kind=asked.get("kind", "") if asked.get("kind", "") in KINDS else "",
        client_id=client_id,
        text=" ".join("".join(one if one.isprintable() else " " for one in asked.get("q", "")).split())[:80],
    )
