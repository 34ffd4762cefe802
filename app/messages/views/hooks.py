"""What providers fetch and call: the file of a message, and receipts. No cookie, no form key, no page."""

from __future__ import annotations

import uuid

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app import clock
from app.auth.business_queries import find_by_gateway_key
from app.extensions import csrf
from app.messages import media, queries, registry, service
from app.messages.channels import twilio_callbacks
from app.messages.views import blueprint
from app.web.access import public
from app.web.downloads import name_file
from app.web.limits import within_limit

INBOUND = "inbound"
"""What stands in place of a business where Twilio hands on what customers write to our number."""
LARGEST = 64 * 1024
"""Bytes. A receipt is about one kilobyte, a customer's message at most a few."""


@blueprint.get("/m/<token>/")
@public
def file(token: str) -> ResponseReturnValue:
    """The file that goes with a message, for the provider that delivers it (also HEAD). Over after three days."""
    place = media.read(token)
    row = queries.find(*place) if place else None
    spec = row.extras.get("media") if row else None
    if row is None or not spec:
        abort(404)
    found = current_app.extensions["duely_attachments"][spec["kind"]](row.business_id, spec)
    response = Response(found.content, mimetype=found.content_type)
    name_file(response, found.filename)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/webhooks/twilio/<key>/")
@csrf.exempt
@public
def twilio(key: str) -> ResponseReturnValue:
    """A receipt, or something that a customer wrote. Unsigned ones count against their sender's address."""
    request.max_content_length = LARGEST
    business_id = find_by_gateway_key(key)
    token = registry.twilio_token()
    try:
        params = list(request.form.items(multi=True))
    except RequestEntityTooLarge:
        return Response(status=413)
    if (business_id is None and key != INBOUND) or not token:
        return Response(status=404 if within_limit("webhook") else 429)
    # The address as the provider knows it; what the proxy in front made of it does not matter.
    called = f"{current_app.config['DUELY'].site_url}{request.full_path.rstrip('?')}"
    if not twilio_callbacks.is_signed(token, called, params, request.headers.get("X-Twilio-Signature", "")):
        return Response(status=403 if within_limit("webhook") else 429)
    said = twilio_callbacks.read(params)
    if isinstance(said, twilio_callbacks.Receipt) and business_id is not None:
        _take_receipt(business_id, said)
    elif isinstance(said, twilio_callbacks.Inbound):
        told = {"stop": said.stop, "start": said.start}
        service.inbound(said.channel, said.sender, clock.now(), **told, business_id=business_id)
    return Response(status=204)


def _take_receipt(business_id: uuid.UUID, said: twilio_callbacks.Receipt) -> None:
    message_id = _asked_about()
    if said.state is None or message_id is None:
        return
    service.receipt(business_id, message_id, said.provider_id, said.state, said.reason, clock.now(), gone=said.gone)


def _asked_about() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args.get("m", ""))
    except ValueError:
        return None
