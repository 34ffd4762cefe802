"""Notices from gateways: checked on their raw bytes, stored, answered. No cookie, no form key, no page."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from app import clock
from app.errors import NotFound
from app.extensions import csrf
from app.payments import service
from app.payments.gateways.errors import BadSignature
from app.payments.views import blueprint
from app.web.access import public
from app.web.limits import within_limit

LARGEST = 256 * 1024
"""Bytes. A notice of any gateway is a few kilobytes."""


@blueprint.post("/webhooks/<gateway>/<key>/")
@csrf.exempt
@public
def webhook(gateway: str, key: str) -> Response:
    """Store a notice: 200, also for one that was stored before. A forged one counts against its sender's address."""
    request.max_content_length = LARGEST
    try:
        service.receive_webhook(gateway, key, request.get_data(cache=False), request.headers, now=clock.now())
    except RequestEntityTooLarge:
        return Response(status=413)
    except BadSignature:
        return Response(status=401 if within_limit("webhook") else 429)
    except NotFound:
        return Response(status=404 if within_limit("webhook") else 429)
    return Response(status=200)
