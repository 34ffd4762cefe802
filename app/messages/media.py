"""Addresses that a provider fetches or calls: a file by a signed link that ends, and where it reports on a message."""

from __future__ import annotations

import uuid

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

OPEN_FOR = 3 * 24 * 3600
"""Seconds for which the link to a file opens: messages wait for a provider at most a day."""


def url(business_id: uuid.UUID, message_id: uuid.UUID) -> str:
    """Where the file of a message is fetched without signing in, for three days."""
    return f"{current_app.config['DUELY'].site_url}/m/{_signer().dumps([business_id.hex, message_id.hex])}/"


def read(token: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """(business, message) of a link, or None when it is forged or over."""
    try:
        business, message = _signer().loads(token, max_age=OPEN_FOR)
        return uuid.UUID(business), uuid.UUID(message)
    except (BadData, ValueError, TypeError):
        return None


def status_url(business_id: uuid.UUID, message_id: uuid.UUID) -> str:
    """Where a provider says what became of a message; empty where this installation has no public address."""
    site = str(current_app.config["DUELY"].site_url)
    key = current_app.extensions["duely_business_key"](business_id)
    return f"{site}/webhooks/twilio/{key}/?m={message_id}" if site.startswith("https://") else ""


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["DUELY"].secret_key), salt="media of a message")
