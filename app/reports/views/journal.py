"""The journal as an accountant wants it: control totals of a period, its entries, and both as files."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.queries import SignedIn
from app.auth.rules import at_least
from app.errors import Invalid
from app.money import Money
from app.reports import books, journal, periods
from app.reports.forms import PeriodForm
from app.reports.periods import Period
from app.reports.views import blueprint
from app.reports.views.sending import journal_response
from app.web.access import requires
from app.web.downloads import name_file

KINDS = {"csv": "text/csv", "beancount": "text/plain"}


@blueprint.get("/reports/")
@requires("viewer")
def index() -> ResponseReturnValue:
    """Which reports there are."""
    return render_template("reports/index.html", may_read=at_least(current_user.role, "admin"))


@blueprint.get("/reports/journal/")
@requires("admin")
def journal_page() -> ResponseReturnValue:
    """Control totals and entries of a period."""
    me: SignedIn = current_user
    assert me.business_id is not None
    form, period = _asked(me)
    context: dict[str, Any] = {"form": form, "period": period, "views": _views(period)}
    if period is None:
        return render_template("reports/journal.html", **context), 422
    totals = context["totals"] = journal.control_totals(me.business_id, period)
    context["sums"] = sorted(totals.currencies, key=lambda one: (one.currency != me.currency, one.currency))
    if any(one.currency == me.currency for one in totals.based):
        context["whole"] = totals.together(me.currency)
        context["left_out"] = journal.left_out(me.business_id, period, me.currency)
    context["page"] = journal.list_entries(me.business_id, period, request.args.get("cursor"))
    context["files"] = [(form, _address(period, form)) for form in journal.FORMATS]
    return render_template("reports/journal.html", **context, words=books.account_words, amount=Money.total)


@blueprint.get("/reports/journal.<any(csv, beancount):form>")
@requires("admin")
def journal_file(form: str) -> ResponseReturnValue:
    """All entries of a period with their control totals."""
    me: SignedIn = current_user
    assert me.business_id is not None
    asked, period = _asked(me)
    if period is None:
        raise Invalid(asked.errors, " ".join(str(one) for sentences in asked.errors.values() for one in sentences))
    title = books.Title(me.business_id, me.business_name, me.currency, period)
    response = journal_response(title, form, f"{KINDS[form]}; charset=utf-8")
    name_file(response, books.filename(title, form))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _asked(me: SignedIn) -> tuple[PeriodForm, Period | None]:
    """The form as it was filled in, and the period of the address; None when its dates make none."""
    if "from" in request.args or "to" in request.args:
        form = PeriodForm(request.args)
        form.validate()
        return form, form.period
    period = periods.named_period(request.args.get("period", ""), clock.today(me.timezone))
    return PeriodForm(None, data={"since": period.first, "until": period.last}), period


def _views(period: Period | None) -> list[tuple[str, str, None, bool]]:
    """Links to the periods that have a name: address, name, no count, whether it is this one."""
    chosen = period.name if period else ""
    links = ((url_for("reports.journal_page", period=name), name, word) for name, word in periods.NAMED)
    return [(url, word, None, name == chosen) for url, name, word in links]


def _address(period: Period, form: str) -> str:
    days = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    return url_for("reports.journal_file", form=form, **days)
