"""Verbs on one invoice: each is a POST, and a GET of the same path says what it will do and asks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.service import links
from app.database import new_id
from app.errors import Conflict, Invalid
from app.invoices import queries
from app.invoices.forms.reason import ReasonForm
from app.invoices.service.destination import overdue_at_once, what_sending_does
from app.invoices.service.drafts import delete_draft, duplicate
from app.invoices.service.issuing import issue, void
from app.invoices.service.sending import mark_sent, send
from app.invoices.service.sharing import WHATSAPP_ORIGINS, share_link, whatsapp_link
from app.invoices.views.page import draw_page
from app.invoices.views.room import blueprint
from app.messages.rules import NOUNS
from app.web import htmx
from app.web.access import actor, requires
from app.web.once import read_form_id
from app.web.security import allow_form_action


@dataclass(frozen=True, slots=True)
class Question:
    """What a verb will do, in sentences, and the words on its button."""

    title: str
    sentences: tuple[str, ...]
    verb: str
    danger: bool = False


QUESTIONS = {
    "issue": Question("Issue this invoice?", ("It gets the next number and can no longer be changed.",), "Issue"),
    "send": Question("Send this invoice?", (), "Send"),
    "mark-sent": Question(
        "Mark it as sent?", ("Use this when you handed the invoice over yourself. Nothing is sent.",), "Mark as sent"
    ),
    "duplicate": Question("Copy this invoice?", ("A new draft with the same client and lines, dated today.",), "Copy"),
    "delete": Question(
        "Delete this draft?",
        ("The draft and its files are gone for good. No number is lost: it has none yet.",),
        "Delete",
        danger=True,
    ),
    "link": Question("Make a link?", ("Whoever has the link can see the invoice and pay it.",), "Make the link"),
    "revoke-link": Question(
        "Close the link?",
        ("The link you gave out stops working at once. You can make a new one afterwards.",),
        "Close the link",
        danger=True,
    ),
    "whatsapp": Question(
        "Write on WhatsApp?", ("WhatsApp opens with the message ready; you press send there.",), "Open"
    ),
}


@blueprint.get("/<uuid:invoice_id>/<any(" + ",".join(f'"{verb}"' for verb in QUESTIONS) + "):verb>/")
@requires("staff")
def ask(invoice_id: uuid.UUID, verb: str) -> ResponseReturnValue:
    """What the verb will do."""
    invoice = queries.get_invoice(current_user.business_id, invoice_id)
    if verb == "whatsapp":
        allow_form_action(*WHATSAPP_ORIGINS)
    question = QUESTIONS[verb]
    if verb == "issue":
        question = replace(question, sentences=question.sentences + overdue_at_once(invoice, clock.now()))
    if verb == "send":
        question = replace(question, sentences=what_sending_does(invoice, clock.now()))
    return render_template(
        "shared/confirm.html",
        title=question.title,
        sentences=question.sentences,
        verb=question.verb,
        danger=question.danger,
        action=request.path,
        back=url_for("invoices.show", invoice_id=invoice_id),
        keep="Not now",
        form_id=new_id() if verb == "send" else None,
    )


@blueprint.post("/<uuid:invoice_id>/issue/")
@requires("staff")
def issue_it(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Give it a number."""
    try:
        invoice = issue(actor(), invoice_id, now=clock.now())
    except (Invalid, Conflict) as error:
        return _refused(invoice_id, error)
    return _back(invoice_id, f"{invoice.number} is issued")


@blueprint.post("/<uuid:invoice_id>/send/")
@requires("staff")
def send_it(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Put it into the outbox."""
    try:
        message = send(actor(), invoice_id, now=clock.now(), form_id=read_form_id())
    except (Invalid, Conflict) as error:
        return _refused(invoice_id, error)
    return _back(invoice_id, f"The {NOUNS[message.channel]} is on its way")


@blueprint.post("/<uuid:invoice_id>/mark-sent/")
@requires("staff")
def mark_it_sent(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Note that it was handed over."""
    try:
        mark_sent(actor(), invoice_id, now=clock.now())
    except Conflict as error:
        return _refused(invoice_id, error)
    return _back(invoice_id, "Marked as sent")


@blueprint.post("/<uuid:invoice_id>/duplicate/")
@requires("staff")
def duplicate_it(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Copy it into a new draft."""
    copy = duplicate(actor(), invoice_id, now=clock.now())
    return htmx.redirect_to(url_for("invoices.edit", invoice_id=copy.id), "A new draft with the same lines")


@blueprint.post("/<uuid:invoice_id>/delete/")
@requires("staff")
def delete_it(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Throw a draft away."""
    try:
        delete_draft(actor(), invoice_id, now=clock.now())
    except Conflict as error:
        return _refused(invoice_id, error)
    return htmx.redirect_to(url_for("invoices.index", view="drafts"), "Draft deleted")


@blueprint.get("/<uuid:invoice_id>/void/")
@requires("staff")
def void_form(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why it is taken back."""
    return _ask_void(invoice_id, ReasonForm())


@blueprint.post("/<uuid:invoice_id>/void/")
@requires("staff")
def void_it(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Take an issued invoice back."""
    queries.get_invoice(current_user.business_id, invoice_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _ask_void(invoice_id, form), 422
    try:
        invoice = void(actor(), invoice_id, form.reason.data, now=clock.now())
    except Conflict as error:
        return _refused(invoice_id, error)
    return _back(invoice_id, f"{invoice.number} is void")


@blueprint.post("/<uuid:invoice_id>/link/")
@requires("staff")
def make_its_link(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Make the customer's link."""
    try:
        share_link(actor(), invoice_id, now=clock.now())
    except Conflict as error:
        return _refused(invoice_id, error)
    return _back(invoice_id, "The link is ready to copy", "link")


@blueprint.post("/<uuid:invoice_id>/revoke-link/")
@requires("staff")
def revoke_its_link(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Close the customer's link."""
    queries.get_invoice(current_user.business_id, invoice_id)
    closed = links.revoke_link(actor(), "invoice", invoice_id, now=clock.now())
    return _back(invoice_id, "The link is closed" if closed else "There was no open link")


@blueprint.post("/<uuid:invoice_id>/whatsapp/")
@requires("staff")
def write_on_whatsapp(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Open WhatsApp with the message ready."""
    try:
        url = whatsapp_link(actor(), invoice_id, now=clock.now())
    except Conflict as error:
        return _refused(invoice_id, error)
    return redirect(url, 303)


def _ask_void(invoice_id: uuid.UUID, form: ReasonForm) -> str:
    invoice = queries.get_invoice(current_user.business_id, invoice_id)
    return render_template(
        "shared/confirm.html",
        title=f"Void {invoice.number or 'this draft'}?",
        sentences=("It keeps its number, nothing is owed on it any more, and its link shows that it is void.",),
        verb="Void it",
        action=url_for("invoices.void_it", invoice_id=invoice_id),
        back=url_for("invoices.show", invoice_id=invoice_id),
        form=form,
    )


def _back(invoice_id: uuid.UUID, toast: str, anchor: str | None = None) -> ResponseReturnValue:
    return htmx.redirect_to(url_for("invoices.show", invoice_id=invoice_id, _anchor=anchor), toast)


def _refused(invoice_id: uuid.UUID, error: Invalid | Conflict) -> ResponseReturnValue:
    """The page again, with why not on top."""
    if isinstance(error, Invalid) and error.errors:
        sentence = " ".join(sentence for sentences in error.errors.values() for sentence in sentences)
    else:
        sentence = str(error)
    return draw_page(invoice_id, error.status, sentence)
