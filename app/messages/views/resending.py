"""What staff do about a message that did not get out: send it again, take it back, or say that its address works."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.messages import queries, service
from app.messages.models import Message
from app.messages.queries import Closed
from app.messages.rules import by
from app.messages.views import blueprint
from app.messages.views.ledger import get_message
from app.web import htmx
from app.web.access import actor, requires
from app.web.filters import moment

Standing = Callable[[Message, datetime], str]


@blueprint.get("/messages/<uuid:message_id>/resend/")
@requires("staff")
def resend_form(message_id: uuid.UUID) -> ResponseReturnValue:
    """Say to whom it goes, by what and what it says by now, and ask."""
    row, now = get_message(message_id), clock.now()
    closed = queries.closed(row.business_id, row.channel, [to for _, to in row.recipients])
    shut = {one.address for one in closed}
    left = [to for _, to in row.recipients if to.casefold() not in shut]
    unwanted = service.unwanted(row, now)
    sentences, verb = [_closed_words(one) for one in closed], "Send again"
    if unwanted:
        sentences, verb = [f"It would not leave. {unwanted}"], ""
    elif left:
        sentences = [f"It goes {by(row.channel)} to {', '.join(left)} once more.", *sentences, *_more(row, now)]
    elif any(one.stopped_at is None for one in closed):
        sentences.append("If it works by now, say so: the message goes there once more.")
        sentences += _more(row, now)
        verb = "It works, use it again"
    else:
        verb = ""
    target = url_for("messages.trust", message_id=message_id, send=1)
    return render_template(
        "shared/confirm.html",
        title="Send it again?",
        sentences=[sentence for sentence in sentences if sentence],
        verb=verb,
        danger=False,
        action=url_for("messages.resend", message_id=message_id) if left else target,
        back=url_for("messages.show", message_id=message_id),
        keep="Not now",
    )


def _closed_words(one: Closed) -> str:
    if one.stopped_at is None:
        return f"Nothing is sent {by(one.channel)} to {one.address}: {one.why}"
    said = f"Nothing is sent {by(one.channel)} to {one.address}: they wrote stop on {moment(one.stopped_at)}."
    return f"{said} Only they can allow it again, by writing START."


def _more(row: Message, now: datetime) -> list[str]:
    """What else there is to know before it is sent again."""
    standing: Standing | None = current_app.extensions.get("duely_message_standing", {}).get(row.object_kind)
    said = [standing(row, now) if standing else ""]
    if row.state == "unknown":
        said.append("It is not known whether the provider had it. It is looked up first, and sent if it is not there.")
    follower = queries.follower(row)
    if follower is not None:
        said.append(f"It went out {by(follower.channel)} when it failed, so the client may have both.")
    return said


@blueprint.post("/messages/<uuid:message_id>/resend/")
@requires("staff")
def resend(message_id: uuid.UUID) -> ResponseReturnValue:
    """Put it into the outbox again."""
    service.resend(actor().business_id, message_id)
    return htmx.redirect_to(url_for("messages.show", message_id=message_id), "It is in the outbox again")


@blueprint.get("/messages/<uuid:message_id>/cancel/")
@requires("staff")
def cancel_form(message_id: uuid.UUID) -> ResponseReturnValue:
    """Say what taking it back means, and ask."""
    row = get_message(message_id)
    return render_template(
        "shared/confirm.html",
        title="Take it back?",
        sentences=[
            f"It does not leave {by(row.channel)} to {', '.join(to for _, to in row.recipients)} any more.",
            "No other channel takes over.",
        ],
        verb="Take it back",
        action=url_for("messages.cancel", message_id=message_id),
        back=url_for("messages.show", message_id=message_id),
        keep="Let it go out",
    )


@blueprint.post("/messages/<uuid:message_id>/cancel/")
@requires("staff")
def cancel(message_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what still waits from leaving."""
    service.take_back(actor(), message_id, now=clock.now())
    return htmx.redirect_to(url_for("messages.show", message_id=message_id), "It does not go out any more")


@blueprint.get("/messages/<uuid:message_id>/lost/")
@requires("staff")
def lost_form(message_id: uuid.UUID) -> ResponseReturnValue:
    """Ask whether it really did not arrive."""
    row = get_message(message_id)
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
    """Somebody confirmed that the address works: it is used again, and with `send` for this message at once."""
    service.trust_again(actor(), message_id, now=clock.now())
    here, told = url_for("messages.show", message_id=message_id), "The address is used again"
    if request.values.get("send"):
        service.resend(actor().business_id, message_id)
        told = "It is used again, and the message is in the outbox"
    return htmx.redirect_to(here, told)
