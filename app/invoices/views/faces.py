"""The faces an invoice has for its client: the paper, the page behind the link, the PDF and the e-mail."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from flask import make_response, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.service import links
from app.clients.queries import document_recipients
from app.extensions import talisman
from app.invoices import queries
from app.invoices.queries import InvoiceDocument
from app.invoices.service.letters import write_email
from app.invoices.views.room import blueprint
from app.messages.render import Rendered
from app.web.access import requires
from app.web.letters import MAIL_POLICY, only_to_look_at

FACES = ("paper", "page", "pdf", "email")
"""What is printed, the page behind the link, the file, and the mail that brings it."""


@blueprint.get("/<uuid:invoice_id>/email/")
@requires("viewer")
@talisman(content_security_policy=MAIL_POLICY, content_security_policy_nonce_in=[], frame_options="SAMEORIGIN")
def email(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """The e-mail with this invoice as its reader sees it. Nothing is sent."""
    document = queries.document_view(current_user.business_id, invoice_id, clock.now())
    return make_response(only_to_look_at(_letter(document).html))


def face_to_show(document: InvoiceDocument, wanted: str) -> dict[str, Any]:
    """The face that is wanted, and the envelope when that is the e-mail.

    A draft has no page behind a link, and what is void or written off is not mailed any more.
    """
    missing = {"draft": "page", "void": "email", "written_off": "email"}.get(document.status)
    faces = [face for face in FACES if face != missing]
    see = wanted if wanted in faces else faces[0]
    return {"faces": faces, "see": see, "envelope": _envelope(document) if see == "email" else None}


def _letter(document: InvoiceDocument) -> Rendered:
    """The e-mail of an invoice; a draft has no number yet and says so, and the link in it is that of our own page."""
    logo, own = document.seller.get("logo_key"), current_user.logo_key
    shown = links.public_url(url_for("auth.logo", v=logo[-12:-4])) if logo and logo == own else None
    page = links.public_url(url_for("invoices.show", invoice_id=document.id))
    return write_email(replace(document, number=document.number or "(number)"), page, shown)


def _envelope(document: InvoiceDocument) -> dict[str, str]:
    """Subject and readers of the e-mail."""
    people = document_recipients(document.business_id, document.client_id) if document.client_id else []
    return {"subject": _letter(document).subject, "to": ", ".join(address for _, address in people)}
