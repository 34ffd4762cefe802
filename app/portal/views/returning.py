"""Back from the payment company. The address proves nothing: the gateway is asked before anything is believed."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.auth.rules import token_hash
from app.auth.service import links
from app.errors import NotFound
from app.payments import service
from app.payments.models import Attempt
from app.payments.queries import attempt_behind
from app.payments.rules import is_our_reference
from app.portal.views import blueprint
from app.web.access import public
from app.web.security import keep_token_private


@blueprint.get("/payment/callback/")
@public
def callback() -> ResponseReturnValue:
    """Ask what became of the payment and go back to the invoice, or to the page that waits."""
    keep_token_private()
    reference = request.args.get("reference") or request.args.get("trxref") or ""
    attempt = attempt_behind(reference) if is_our_reference(reference) else None
    if attempt is None:
        raise NotFound
    now = clock.now()
    attempt = service.verify_now(attempt.business_id, attempt.id, now=now)
    if attempt.state in ("new", "started"):
        service.ask_soon(attempt.business_id, attempt.id, now=now)
    return _back(attempt)


def _back(attempt: Attempt) -> ResponseReturnValue:
    token = links.find_live_token(attempt.business_id, "invoice", attempt.invoice_id)
    # Who knows an old try had the link it was made with; a link that replaced it is for whoever was given that one.
    if token is None or token_hash(token) != attempt.link_hash:
        return render_template("portal/returned.html", attempt=attempt)
    if attempt.state == "paid":
        return redirect(url_for("portal.invoice", token=token), 303)
    return redirect(url_for("portal.attempt", token=token, attempt_id=attempt.id, back=1), 303)
