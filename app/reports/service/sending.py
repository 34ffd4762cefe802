"""Sending a statement: the mail goes into the outbox with the PDF, and its link opens the same days."""

from __future__ import annotations

import uuid
from datetime import datetime
from urllib.parse import urlencode

from flask import current_app

from app.auth import audit
from app.auth.rules import Actor
from app.clients.queries import document_recipients
from app.database import transactional
from app.invoices.errors import NobodyToSendTo
from app.messages import service as messages
from app.messages.models import Message
from app.messages.queries import asked_by
from app.messages.render import render_email
from app.reports.mail import statement_context
from app.reports.service.printing import Asked, read_account
from app.reports.service.sharing import statement_link


@transactional
def send_statement(actor: Actor, asked: Asked, *, now: datetime, form_id: uuid.UUID | None = None) -> Message:
    """Queue the statement by e-mail to everybody at the client who gets documents; the same form, twice, sends once.

    Raises NotFound, NotVerified, NobodyToSendTo, TooManyMovements.
    """
    actor.require("staff")
    actor.require_verified()
    account = read_account(asked, now)
    recipients = document_recipients(asked.business_id, asked.client_id)
    if not recipients:
        raise NobodyToSendTo("client_id")
    # From here on the client is held.
    link = statement_link(actor, asked.client_id, now=now)
    if (known := asked_by(asked.business_id, "statement", "statement", asked.client_id, form_id)) is not None:
        return known
    business, period = account.business, account.period
    days = {"from": period.first.isoformat(), "to": period.last.isoformat(), "currency": account.currency}
    logo = f"{link}logo.png" if business.logo_key else None
    context = statement_context(account, f"{link}?{urlencode(days)}", logo)
    message = messages.queue_email(
        asked.business_id,
        "statement",
        recipients,
        render_email(current_app.jinja_env, "statement", context),
        object_kind="statement",
        object_id=asked.client_id,
        client_id=asked.client_id,
        reply_to=business.email,
        sender_name=business.name,
        attachments=[{"kind": "statement_pdf", **asked.spelled(), "currency": account.currency}],
        form_id=form_id,
        now=now,
    )
    facts = {"channel": "email", "message_id": str(message.id), "recipients": len(recipients)} | days
    audit.record(actor, "send_requested", "statement", asked.client_id, now, client_id=asked.client_id, facts=facts)
    return message
