"""Disputes: which payments customers object to at their banks, and until when that has to be answered."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.payments.queries.disputes import count_disputes, list_disputes
from app.payments.views import blueprint
from app.web.access import requires


@blueprint.get("/payments/disputes/")
@requires("viewer")
def disputes() -> ResponseReturnValue:
    """The list, the latest first."""
    business_id, today = current_user.business_id, clock.today(current_user.timezone)
    open_only = request.args.get("show") == "open"
    open_ones, every = count_disputes(business_id)
    page = list_disputes(business_id, open_only, today, request.args.get("cursor"))
    context = {"page": page, "open_only": open_only, "open": open_ones, "every": every}
    return render_template("payments/disputes.html", **context)
