"""Recurring revenue and getting paid: two pages of figures with what they mean, and a table of the first to keep."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.queries import SignedIn
from app.money import Money, exponent
from app.reminders.rules import KINDS, WORDINGS
from app.reports import chart, paying, recurring_csv
from app.reports.service import recurring
from app.reports.service.recurring import RecurringFigures
from app.reports.views import blueprint
from app.reports.views.dashboard import month_name, month_words
from app.web.access import requires
from app.web.downloads import name_file


@blueprint.get("/reports/recurring/")
@requires("viewer")
def recurring_page() -> ResponseReturnValue:
    """What comes in again and again, how that changed, and how much of it stayed."""
    me: SignedIn = current_user
    assert me.business_id is not None
    found = recurring.recurring_figures(me.business_id, clock.today(me.timezone))
    figures = found.of(request.args.get("currency", me.currency))
    context: dict[str, Any] = {"found": found, "figures": figures, "views": _views("reports.recurring_page")}
    if figures is not None:
        context |= _pictures(figures, me.locale)
        context["month_words"] = lambda month: month_words(month, "yMMM", me.locale)
        context["month_name"] = lambda month: month_name(month, "LLLL", me.locale)
    return render_template("reports/recurring.html", **context, amount=Money.total)


@blueprint.get("/reports/recurring.csv")
@requires("viewer")
def recurring_file() -> ResponseReturnValue:
    """The months of every currency as a table."""
    me: SignedIn = current_user
    assert me.business_id is not None
    found = recurring.recurring_figures(me.business_id, clock.today(me.timezone))
    months = [(one.currency, one.months) for one in found.currencies]
    response = Response(recurring_csv.table(months), mimetype="text/csv")
    name_file(response, f"recurring-revenue-{found.today.isoformat()}.csv")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/reports/getting-paid/")
@requires("viewer")
def getting_paid_page() -> ResponseReturnValue:
    """What money is expected, how long customers take, and what reminders bring."""
    me: SignedIn = current_user
    assert me.business_id is not None
    today = clock.today(me.timezone)
    found = recurring.collecting_figures(me.business_id, today)
    return render_template(
        "reports/getting_paid.html",
        found=found,
        views=_views("reports.getting_paid_page"),
        amount=Money.total,
        average=paying.average,
        median=paying.median,
        within=paying.WITHIN,
        step_words=_step_words,
        when=_when,
        month_words=lambda month: month_words(month, "yMMM", me.locale),
    )


def _views(here: str) -> list[tuple[str, str, None, bool]]:
    pages = (("reports.recurring_page", "Recurring revenue"), ("reports.getting_paid_page", "Getting paid"))
    return [(url_for(endpoint), name, None, endpoint == here) for endpoint, name in pages]


def _pictures(figures: RecurringFigures, locale: str) -> dict[str, Any]:
    """The chart in both widths: what the months came to at their ends."""
    months = [chart.Month(month_name(one.month, "LLL", locale), 0, one.closing) for one in figures.months]
    places = exponent(figures.currency)
    return {
        "charts": [
            ("wide", chart.draw(months, places, chart.WIDE), figures.months[0].month),
            ("narrow", chart.draw(months[-6:], places, chart.NARROW), figures.months[-6:][0].month),
        ]
    }


def _step_words(one: paying.Recovered) -> str:
    """What a step is called."""
    if one.kind.startswith("warn_"):
        return f"Warning before: {KINDS[one.kind.removeprefix('warn_')].lower()}"
    return WORDINGS.get(one.wording, one.wording) if one.kind == "remind" else KINDS[one.kind]


def _when(days: int) -> str:
    """The day of a step in words."""
    if not days:
        return "on the day it is due"
    return f"{abs(days)} {'day' if abs(days) == 1 else 'days'} {'before' if days < 0 else 'after'} it is due"
