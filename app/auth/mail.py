"""Mail to people about their account: written from the queue's encrypted arguments, sent by the installation."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from app.auth.service.links import public_url
from app.jobs import Permanent
from app.messages import registry
from app.messages.channels.base import Address, OutgoingMessage
from app.messages.render import render_email
from app.vault import unseal

ADDRESS_OF_LINK = {"verify_email": "verify_url", "reset_password": "reset_url", "invitation": "accept_url"}
LASTS = {"verify_email": "3 days", "reset_password": "30 minutes", "invitation": "7 days"}
HOUSE = "Duely"


def write(sealed: str, job_id: uuid.UUID, now: datetime) -> OutgoingMessage:
    """The finished mail. Its Message-ID comes from the job, so that a second try is the same mail."""
    facts: dict[str, Any] = json.loads(unseal(sealed))
    kind = facts["kind"]
    context = {
        "business_name": facts.get("business_name", HOUSE),
        "expires_text": LASTS[kind],
        ADDRESS_OF_LINK[kind]: public_url(facts["path"]),
    }
    if kind == "invitation":
        context |= {name: facts[name] for name in ("inviter_name", "role_text", "colour")}
    else:
        context |= {"email": facts["to"], "person_name": facts["name"]}
    mail = render_email(current_app.jinja_env, kind, context)
    return OutgoingMessage(
        message_id=f"<{job_id}@{urlsplit(public_url('/')).hostname}>",
        date=now,
        sender=registry.sender(facts.get("business_name", "")),
        to=(Address(facts["name"], facts["to"]),),
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
    )


def send(letter: OutgoingMessage) -> str:
    """Hand the mail over. Raises TransportError, and Permanent when no mail server is configured."""
    channel = registry.installation_channel()
    if channel is None:
        raise Permanent("No mail server is configured. Set EMAIL_HOST and EMAIL_FROM.")
    return channel.send(letter)
