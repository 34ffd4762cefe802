"""The table of exchange rates: what stands, a new one, and correcting one."""

from __future__ import annotations

import uuid

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.rules import at_least
from app.errors import Invalid
from app.ledger import queries, rates
from app.ledger.errors import StaleRate
from app.ledger.forms import CorrectionForm, RateForm
from app.ledger.models import ExchangeRate
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse

blueprint = Blueprint("ledger", __name__)


@blueprint.get("/settings/rates/", endpoint="rates")
@requires("viewer")
def list_rates() -> ResponseReturnValue:
    """The rates that stand, and a form for another one."""
    data = {"currency": request.args.get("for", "")[:3], "valid_from": clock.today(current_user.timezone)}
    return _page(RateForm(formdata=None, data=data))


@blueprint.post("/settings/rates/")
@requires("staff")
def add() -> ResponseReturnValue:
    """Write a rate down."""
    form = RateForm()
    if not form.validate():
        return _page(form, 422)
    try:
        row = rates.add_rate(actor(), form.currency.data, form.valid_from.data, form.rate.data, now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return _page(form, 422)
    return htmx.redirect_to(url_for("ledger.rates"), f"The rate of {row.currency} is written down.")


@blueprint.get("/settings/rates/<uuid:rate_id>/correct/")
@requires("staff")
def correct_form(rate_id: uuid.UUID) -> ResponseReturnValue:
    """A rate as it stands, to be corrected."""
    row = queries.get_rate(current_user.business_id, rate_id)
    return _correction(row, CorrectionForm(formdata=None, data={"rate": row.rate}))


@blueprint.post("/settings/rates/<uuid:rate_id>/correct/")
@requires("staff")
def correct(rate_id: uuid.UUID) -> ResponseReturnValue:
    """Put another rate in its place; what stood before is kept."""
    row = queries.get_rate(current_user.business_id, rate_id)
    form = CorrectionForm()
    if not form.validate():
        return _correction(row, form, 422)
    try:
        rates.correct_rate(actor(), rate_id, form.rate.data, now=clock.now())
    except StaleRate as error:
        return _correction(error.current, form, 409, str(error))
    return htmx.redirect_to(url_for("ledger.rates"), f"The rate of {row.currency} is corrected.")


def _page(form: RateForm, status: int = 200) -> ResponseReturnValue:
    base = current_user.currency
    page = queries.list_rates(current_user.business_id, base, request.args.get("cursor"))
    if not form.currency.data:
        # Whoever keeps rates writes down the same few again and again.
        form.currency.data = page.items[0].currency if page.items else "EUR" if base == "USD" else "USD"
    edits = at_least(current_user.role, "staff")
    return make_response(
        render_template("ledger/rates/index.html", form=form, page=page, base=base, edits=edits), status
    )


def _correction(row: ExchangeRate, form: CorrectionForm, status: int = 200, sentence: str = "") -> ResponseReturnValue:
    """The form, which goes to the row that stands: sent again it is a decision."""
    context = {"row": row, "form": form, "before": queries.rates_before(row), "sentence": sentence}
    return make_response(render_template("ledger/rates/correct.html", **context), status)
