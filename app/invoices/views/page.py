"""The page of one invoice: what is owed, what happened, what comes next, and everything that can be done with it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.models import Link
from app.auth.queries import timeline
from app.auth.rules import at_least
from app.auth.service import links
from app.database import new_id
from app.invoices import queries
from app.invoices.models import Invoice
from app.invoices.queries.corrections import corrections
from app.invoices.queries.lists import neighbour
from app.invoices.queries.worth import issued_worth
from app.invoices.rules.badges import badge
from app.invoices.rules.upcoming import in_order, next_steps
from app.invoices.rules.watching import watch
from app.invoices.service.sharing import WHATSAPP_ORIGINS
from app.invoices.timeline import moments
from app.invoices.views.faces import face_to_show
from app.invoices.views.room import blueprint
from app.messages.models import Message
from app.messages.queries import for_object
from app.messages.rules import CHANNELS, KINDS, NOUNS
from app.web import htmx
from app.web.access import requires
from app.web.security import allow_form_action, allow_frames

LOOKED_LATELY = timedelta(hours=3)
"""A client who did not open the link for longer is not paying right now."""
PARTS = ("overview", "activity", "messages", "payments")
"""What the panel beside the list shows, one at a time."""


@blueprint.get("/<uuid:invoice_id>/")
@requires("viewer")
def show(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """One invoice; a draft opens its editor for those who may write."""
    folder = queries.get_folder(current_user.business_id, invoice_id)
    if folder.invoice.status == "draft" and at_least(current_user.role, "staff"):
        return htmx.redirect_to(url_for("invoices.edit", invoice_id=invoice_id))
    return _draw(folder)


@blueprint.get("/<uuid:invoice_id>/panel/")
@requires("viewer")
def panel(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """One invoice in short, to stand beside the list; `?part=` says which part of it."""
    part = request.args.get("part", "")
    folder = queries.get_folder(current_user.business_id, invoice_id)
    context = gather(folder) | {"part": part if part in PARTS else PARTS[0]}
    return make_response(render_template("invoices/_panel.html", **context))


@blueprint.get("/<uuid:invoice_id>/<any('older', 'newer'):way>/")
@requires("viewer")
def beside(invoice_id: uuid.UUID, way: str) -> ResponseReturnValue:
    """On to the invoice before or after this one."""
    invoice = queries.get_invoice(current_user.business_id, invoice_id)
    found = neighbour(invoice.business_id, invoice.id, newer=way == "newer")
    if found is None:
        here = url_for("invoices.show", invoice_id=invoice_id)
        return htmx.redirect_to(here, "This is the newest one" if way == "newer" else "This is the oldest one")
    return htmx.redirect_to(url_for("invoices.show", invoice_id=found))


def draw_page(invoice_id: uuid.UUID, status: int = 200, problem: str = "") -> ResponseReturnValue:
    """The page, with what went wrong on top if something did. Raises NotFound."""
    return _draw(queries.get_folder(current_user.business_id, invoice_id), status, problem)


def _draw(folder: queries.Folder, status: int = 200, problem: str = "") -> ResponseReturnValue:
    allow_form_action(*WHATSAPP_ORIGINS)
    allow_frames()
    context = gather(folder)
    context |= face_to_show(context["doc"], request.args.get("see", ""))
    return htmx.page_or_fragment("invoices/show.html", "invoices/_faces.html", status, **context, problem=problem)


def gather(folder: queries.Folder, turn: int = 0) -> dict[str, Any]:
    """What the page and the panel of an invoice show; `turn` counts how often the page has looked by itself."""
    invoice, now = folder.invoice, clock.now()
    on_invoice = _payments(invoice)
    paid = on_invoice.rows if on_invoice else None
    doc = queries.document_view(invoice.business_id, invoice.id, now, paid)
    messages = for_object(invoice.business_id, "invoice", invoice.id)
    link = folder.link if not doc.draft else None
    seen = link is not None and link.seen_at is not None
    events = timeline(invoice.business_id, "invoice", invoice.id)
    steps, outlook = _steps(doc, messages, seen), _reminders(invoice, now)
    return {
        "doc": doc,
        "badge": badge(doc.state, doc.sent_at is not None, doc.due_date, doc.today, doc.gone, seen),
        "messages": messages,
        "mailed": any(message.kind == "invoice" for message in messages),
        "worth": issued_worth(invoice, folder.business),
        "link": link,
        "link_url": links.public_url(f"/i/{links.token_of(link)}/") if link else "",
        "files": folder.files,
        "made_by": folder.made_by,
        "steps": steps,
        "outlook": outlook,
        "ahead": in_order(steps, outlook.shown if outlook else ()),
        "channels": CHANNELS,
        "wordings": KINDS,
        "moments": moments(events, current_user.locale),
        "may_act": at_least(current_user.role, "staff"),
        "form_id": new_id(),
        "on_invoice": on_invoice,
        "corrections": corrections(folder),
        "watch": watch(
            [message.state for message in messages],
            doc.status,
            doc.balance.minor,
            paying=_is_paying(invoice, link, now),
            turn=turn,
            waiting=next((NOUNS[message.channel] for message in messages if message.state == "queued"), "message"),
        ),
    }


def _steps(doc: queries.InvoiceDocument, messages: list[Message], seen: bool) -> list[Any]:
    last = next((message for message in messages if message.kind == "invoice"), None)
    return next_steps(
        status=doc.status,
        state=doc.state,
        sent=doc.sent_at is not None or seen,
        due=doc.due_date,
        today=doc.today,
        failed=(last.reason or "the mail server refused it") if last and last.state == "failed" else "",
        queued=NOUNS[last.channel] if last is not None and last.state == "queued" else "",
        replaced_by=doc.replaced_by,
    )


def _is_paying(invoice: Invoice, link: Link | None, now: datetime) -> bool:
    """Whether the client went to pay and is not back; nobody does that without having opened the link."""
    went = current_app.extensions.get("duely_is_being_paid")
    seen = link.seen_at if link and invoice.balance_minor else None
    return bool(went and seen and seen > now - LOOKED_LATELY and went(invoice.business_id, invoice.id, now))


def _reminders(invoice: Invoice, now: datetime) -> Any:
    """The reminders that this invoice will get, if any are planned."""
    if invoice.status != "open" or invoice.balance_minor <= 0:
        return None
    provider = current_app.extensions.get("duely_reminders_of")
    return provider(invoice.business_id, invoice.id, now) if provider else None


def _payments(invoice: Invoice) -> Any:
    """What the payments room shows on this page, if that room is there."""
    provider = current_app.extensions.get("duely_on_invoice")
    return provider(invoice) if provider else None
