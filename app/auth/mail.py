"""Mail to people about their account: written from the queue's encrypted arguments, sent by the installation."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from app.auth.models import Business
from app.auth.queries import get_business
from app.auth.service.links import public_url
from app.jobs import Permanent
from app.messages import registry
from app.messages.channels.base import Address, OutgoingMessage
from app.messages.queries import wording_of
from app.messages.render import Rendered, compose, render_email
from app.messages.wordings import FALLBACK, greeting, phrase, span_in_words
from app.vault import unseal

ADDRESS_OF_LINK = {"verify_email": "verify_url", "reset_password": "reset_url", "invitation": "accept_url"}
LASTS = {"verify_email": (3, "day"), "reset_password": (30, "minute"), "invitation": (7, "day")}
WORDED = {"reset_password": "password_reset", "invitation": "invitation"}
HOUSE = "Duely"


def write(sealed: str, job_id: uuid.UUID, now: datetime) -> OutgoingMessage:
    """The finished mail. Its Message-ID comes from the job, so that a second try is the same mail."""
    facts: dict[str, Any] = json.loads(unseal(sealed))
    mail = _worded(facts) if facts["kind"] in WORDED else _verification(facts)
    return OutgoingMessage(
        message_id=f"<{job_id}@{urlsplit(public_url('/')).hostname}>",
        date=now,
        sender=registry.sender(facts.get("business_name", "")),
        to=(Address(facts["name"], facts["to"]),),
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
    )


def _verification(facts: Mapping[str, Any]) -> Rendered:
    business = _business(facts)
    context = _frame(facts, business.language if business else FALLBACK)
    context |= {"email": facts["to"], "person_name": facts["name"]}
    return render_email(current_app.jinja_env, facts["kind"], context)


def _worded(facts: Mapping[str, Any]) -> Rendered:
    """A mail in the words of the business it has to do with, or in ours."""
    kind, business = WORDED[facts["kind"]], _business(facts)
    language = business.language if business else FALLBACK
    words = wording_of(business.id if business else None, kind, language)
    context = _frame(facts, language)
    values = {
        "greeting": greeting(facts["name"], language),
        "lasts": context["expires_text"],
        "link": context[ADDRESS_OF_LINK[facts["kind"]]],
    }
    if kind == "invitation":
        # A mail that was queued before roles were translated brings its words along.
        role = facts.get("role_text") or phrase(f"role_{facts['role']}", language)
        context |= {name: facts[name] for name in ("inviter_name", "colour")} | {"role_text": role}
        values |= {name: facts[name] for name in ("inviter_name", "business_name")} | {"role": role}
    else:
        values |= {"email": facts["to"]}
    return compose(current_app.jinja_env, kind, words.wording, values, context).email


def _business(facts: Mapping[str, Any]) -> Business | None:
    """The business a mail has to do with, when it is one."""
    business_id = facts.get("business_id")
    return get_business(uuid.UUID(business_id)) if business_id else None


def _frame(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    kind = facts["kind"]
    return {
        "business_name": facts.get("business_name", HOUSE),
        "language": language,
        "expires_text": span_in_words(*LASTS[kind], language),
        ADDRESS_OF_LINK[kind]: public_url(facts["path"]),
    }


def send(letter: OutgoingMessage) -> str:
    """Hand the mail over. Raises TransportError, and Permanent when no mail server is configured."""
    channel = registry.installation_channel()
    if channel is None:
        raise Permanent("No mail server is configured. Set EMAIL_HOST and EMAIL_FROM.")
    return channel.send(letter)
