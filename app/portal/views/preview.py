"""The customer's page as staff look at it: in a frame on the page of the invoice, and nothing on it can be used."""

from __future__ import annotations

import uuid

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.extensions import talisman
from app.portal.queries import look_at
from app.portal.views import blueprint
from app.portal.views.invoice import page
from app.web.access import requires

POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "frame-ancestors": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "sandbox": "allow-same-origin",
}
"""No script runs, no form is sent and no link leads anywhere. The same origin is what lets the logo be loaded."""


@blueprint.get("/invoices/<uuid:invoice_id>/page/")
@requires("viewer")
@talisman(content_security_policy=POLICY, content_security_policy_nonce_in=["style-src"], frame_options="SAMEORIGIN")
def preview(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """What the customer sees behind the link right now. It does not count as seen."""
    opened = look_at(current_user.business_id, invoice_id, clock.now())
    context = page(opened)
    logo, own = str(opened.document.seller.get("logo_key") or ""), current_user.logo_key
    context["business"]["logo_url"] = url_for("auth.logo", v=logo[-12:-4]) if logo and logo == own else None
    g.locale, g.timezone = opened.document.language, opened.document.timezone
    return render_template("portal/invoice.html", preview=True, **context)
