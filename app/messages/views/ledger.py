"""Every message that went out, is on its way or did not arrive: the list, one of them as sent, sending it again."""

from __future__ import annotations

import uuid

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.errors import NotFound
from app.extensions import talisman
from app.messages import queries, service
from app.messages.models import Message
from app.messages.queries import MessageFilters
from app.messages.rules import CHANNELS, KINDS, STATES
from app.messages.views import blueprint
from app.messages.views.mailbox import OPENS, PAGE_POLICY, PART_POLICY, in_a_frame
from app.web import htmx
from app.web.access import actor, may, requires


@blueprint.get("/messages/")
@requires("viewer")
def index() -> ResponseReturnValue:
    """The list, the newest first, narrowed by state, channel, kind, client and words."""
    filters = _filters()
    page = queries.list_messages(current_user.business_id, filters, request.args.get("cursor"))
    context = {"page": page, "filters": filters, "counts": queries.counts(current_user.business_id)}
    context |= {"channels": CHANNELS, "kinds": KINDS, "states": STATES}
    return htmx.page_or_fragment("messages/index.html", "messages/_list.html", **context)


@blueprint.get("/messages/<uuid:message_id>/")
@requires("viewer")
@talisman(content_security_policy=PAGE_POLICY)
def show(message_id: uuid.UUID) -> ResponseReturnValue:
    """One message: to whom, how far it got, and what it said."""
    row = _get(message_id)
    return render_template(
        "messages/show.html",
        message=row,
        before=queries.find(row.business_id, row.replaces) if row.replaces else None,
        after=queries.follower(row),
        rest=_other(row, "rest"),
        rest_of=_other(row, "rest_of"),
        refusing=queries.refusing(row.business_id, row.channel, [to for _, to in row.recipients]),
        channels=CHANNELS,
        kinds=KINDS,
        states=STATES,
        opens=OPENS,
        may_act=may("staff"),
        resendable=row.state in ("failed", "unknown") or queries.is_stuck(row),
    )


@blueprint.get("/messages/<uuid:message_id>/html/")
@requires("viewer")
@talisman(content_security_policy=PART_POLICY, content_security_policy_nonce_in=[], frame_options="SAMEORIGIN")
def html(message_id: uuid.UUID) -> ResponseReturnValue:
    """The HTML part of a mail alone, as its reader got it."""
    row = _get(message_id)
    if not row.html:
        raise NotFound
    return make_response(in_a_frame(row.html))


@blueprint.get("/messages/<uuid:message_id>/resend/")
@requires("staff")
def resend_form(message_id: uuid.UUID) -> ResponseReturnValue:
    """Say what sending it again means, and ask."""
    row = _get(message_id)
    sentences = [f"The same message goes to {', '.join(to for _, to in row.recipients)} once more."]
    if row.state == "unknown":
        sentences.append(
            "It is not known whether the provider had it. It is looked up first, and sent if it is not there."
        )
    follower = queries.follower(row)
    if follower is not None:
        sentences.append(
            f"{CHANNELS.get(follower.channel, follower.channel)} took over when it failed, so the client may have both."
        )
    return render_template(
        "shared/confirm.html",
        title="Send it again?",
        sentences=sentences,
        verb="Send again",
        danger=False,
        action=url_for("messages.resend", message_id=message_id),
        back=url_for("messages.show", message_id=message_id),
        keep="Not now",
    )


@blueprint.post("/messages/<uuid:message_id>/resend/")
@requires("staff")
def resend(message_id: uuid.UUID) -> ResponseReturnValue:
    """Put it into the outbox again."""
    service.resend(actor().business_id, message_id)
    return htmx.redirect_to(url_for("messages.show", message_id=message_id), "It is in the outbox again")


@blueprint.get("/messages/<uuid:message_id>/lost/")
@requires("staff")
def lost_form(message_id: uuid.UUID) -> ResponseReturnValue:
    """Ask whether it really did not arrive."""
    row = _get(message_id)
    return render_template(
        "shared/confirm.html",
        title="It did not arrive?",
        sentences=[
            f"Ask {row.recipients[0][0] or row.recipients[0][1]} first: whoever has it already would get it twice.",
            "It is noted that you said so. Nothing is sent by that; you can send it again afterwards.",
        ],
        verb="It did not arrive",
        danger=False,
        action=url_for("messages.lost", message_id=message_id),
        back=url_for("messages.show", message_id=message_id),
        keep="Leave it unknown",
    )


@blueprint.post("/messages/<uuid:message_id>/lost/")
@requires("staff")
def lost(message_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody asked the client, who does not have it."""
    service.say_lost(actor(), message_id, now=clock.now())
    return htmx.redirect_to(url_for("messages.show", message_id=message_id), "It counts as not sent")


@blueprint.post("/messages/<uuid:message_id>/trust/")
@requires("staff")
def trust(message_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody confirmed that the address works: it is used again."""
    service.trust_again(actor(), message_id, now=clock.now())
    return htmx.redirect_to(url_for("messages.show", message_id=message_id), "The address is used again")


def _get(message_id: uuid.UUID) -> Message:
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
        state=asked.get("state", "") if asked.get("state", "") in STATES else "",
        channel=asked.get("channel", "") if asked.get("channel", "") in CHANNELS else "",
        kind=asked.get("kind", "") if asked.get("kind", "") in KINDS else "",
        client_id=client_id,
        text=" ".join("".join(one if one.isprintable() else " " for one in asked.get("q", "")).split())[:80],
    )
