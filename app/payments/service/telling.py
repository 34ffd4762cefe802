"""Writing to the one whose saved card could not be charged, or has to be confirmed: once about each charge."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from app.auth.service import links
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.queries import document_view
from app.messages import service as messages
from app.messages.render import render_email
from app.payments.mail import card_problem_context
from app.payments.models import Attempt, SavedCard
from app.payments.queries.saved_cards import shown
from app.payments.rules import charge_given_up


def tell_payer(attempt: Attempt, invoice: Invoice, now: datetime) -> None:
    """Queue the mail about a charge, held already, that is paused or was given up while its invoice needs the money.

    Part of the transaction that says so. One that another follows by itself is not worth a mail.
    """
    ended = attempt.state == "paused" or charge_given_up(attempt.state, attempt.charge_step)
    if attempt.card_id is None or attempt.told_at is not None or not ended:
        return
    if invoice.status != "open" or invoice.balance_minor <= 0:
        return
    card = db.session.get_one(SavedCard, (attempt.business_id, attempt.card_id))
    attempt.told_at = now
    document = document_view(attempt.business_id, invoice.id, now)
    page_url = links.public_url(f"/i/{links.make_link(attempt.business_id, 'invoice', invoice.id, now)}/")
    logo_url = f"{page_url}logo.png" if document.seller.get("logo_key") else None
    context = card_problem_context(document, attempt, shown(card), page_url, logo_url)
    messages.queue_email(
        attempt.business_id,
        "card_problem",
        [(str(document.buyer.get("name") or ""), card.email)],
        render_email(current_app.jinja_env, "card_problem", context),
        object_kind="invoice",
        object_id=invoice.id,
        client_id=invoice.client_id,
        reply_to=str(document.seller.get("email") or ""),
        sender_name=str(document.seller.get("name") or ""),
        now=now,
    )
