"""The page of one invoice: what is owed, what happened, what comes next, and everything that can be done with it."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from flask import current_app, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.queries import timeline
from app.auth.rules import at_least
from app.auth.service import links
from app.invoices import queries
from app.invoices.rules.badges import badge
from app.invoices.rules.upcoming import next_steps
from app.invoices.service.sharing import WHATSAPP_ORIGINS
from app.invoices.timeline import moments
from app.invoices.views.room import blueprint
from app.messages.models import Message
from app.messages.queries import for_object
from app.web import htmx
from app.web.access import requires
from app.web.security import allow_form_action


@blueprint.get("/<uuid:invoice_id>/")
@requires("viewer")
def show(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """One invoice; a draft opens its editor for those who may write."""
    invoice = queries.get_invoice(current_user.business_id, invoice_id)
    if invoice.status == "draft" and at_least(current_user.role, "staff"):
        return htmx.redirect_to(url_for("invoices.edit", invoice_id=invoice_id))
    return draw_page(invoice_id)


def draw_page(invoice_id: uuid.UUID, status: int = 200, problem: str = "") -> ResponseReturnValue:
    """The page, with what went wrong on top if something did. Raises NotFound."""
    business_id, now = current_user.business_id, clock.now()
    doc = queries.document_view(business_id, invoice_id, now)
    messages = for_object(business_id, "invoice", invoice_id)
    link = links.live_link(business_id, "invoice", invoice_id) if not doc.draft else None
    token = links.find_live_token(business_id, "invoice", invoice_id) if link else None
    allow_form_action(*WHATSAPP_ORIGINS)
    context: dict[str, Any] = {
        "doc": doc,
        "badge": badge(doc.state, doc.sent_at is not None, doc.due_date, doc.today),
        "messages": messages,
        "link": link,
        "link_url": links.public_url(f"/i/{token}/") if token else "",
        "files": queries.attachments(business_id, invoice_id),
        "steps": [_step(step) for step in _steps(doc, messages)],
        "moments": [
            asdict(moment) for moment in moments(timeline(business_id, "invoice", invoice_id), current_user.locale)
        ],
        "may_act": at_least(current_user.role, "staff"),
        "problem": problem,
        "on_invoice": _payments(business_id, invoice_id),
    }
    return make_response(render_template("invoices/show.html", **context), status)


def _steps(doc: queries.InvoiceDocument, messages: list[Message]) -> list[Any]:
    last = messages[0] if messages else None
    return next_steps(
        status=doc.status,
        state=doc.state,
        sent=doc.sent_at is not None,
        due=doc.due_date,
        today=doc.today,
        failed=(last.reason or "the mail server refused it") if last and last.state == "failed" else "",
        queued=last is not None and last.state == "queued",
    )


def _step(step: Any) -> dict[str, Any]:
    return asdict(step) | {"next": True}


def _payments(business_id: uuid.UUID, invoice_id: uuid.UUID) -> dict[str, Any] | None:
    """What the payments room shows on this page, if that room is there."""
    provider = current_app.extensions.get("duely_on_invoice")
    return provider(business_id, invoice_id) if provider else None
