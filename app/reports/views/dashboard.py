"""The dashboard: what is owed, what came in, what wants attention; for a new business, the way to its first invoice."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_skeleton
from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.queries import SignedIn
from app.auth.rules import at_least
from app.folding import searched
from app.money import Money, exponent
from app.reports import activity, chart, finding, queries, rules
from app.reports.figures import Figures, Found, Together, together
from app.reports.views import blueprint
from app.web import htmx
from app.web.access import requires
from app.web.filters import locale_of

ALL = "all"
"""Instead of a currency: all of them in the base currency."""
AGE_WORDS = ("Not due yet", "1–30 days", "31–60 days", "61–90 days", "Over 90 days")


@blueprint.get("/search/")
@requires("viewer")
def search() -> ResponseReturnValue:
    """Clients, invoices, items and places for the words in `?q=`: a page, and the rows alone for htmx."""
    me: SignedIn = current_user
    assert me.business_id is not None
    text = searched(request.args.get("q", ""))
    found = finding.find(me.business_id, text, me.role, clock.today(me.timezone))
    context = {"found": found, "text": text, "may_act": at_least(me.role, "staff")}
    return htmx.page_or_fragment("reports/search.html", "reports/_found.html", **context)


@blueprint.get("/")
@requires("viewer")
def dashboard() -> ResponseReturnValue:
    """The first page of the staff."""
    me: SignedIn = current_user
    now, today = clock.now(), clock.today(me.timezone)
    assert me.business_id is not None
    common = {
        "greeting": rules.greeting(now, me.timezone),
        "now": now,
        "may_act": at_least(me.role, "staff"),
        "may_set": at_least(me.role, "admin"),
    }
    found = queries.figures(me.business_id, today)
    if not found.own:
        start = queries.beginning(me.business_id)
        if not start.issued:
            mailbox_url = url_for("mailbox.index") if "mailbox" in current_app.blueprints else None
            return render_template("reports/first_steps.html", start=start, mailbox_url=mailbox_url, **common)
    return render_template("reports/dashboard.html", **common, **_dashboard(me, found, now, today))


def _dashboard(me: SignedIn, found: Found, now: datetime, today: date) -> dict[str, Any]:
    assert me.business_id is not None
    currencies = sorted(found.own, key=lambda code: (code != me.currency, code)) or [me.currency]
    asked = request.args.get("currency", "")
    # Only what is in another currency can be converted.
    whole = together(found, me.currency) if asked == ALL and currencies != [me.currency] else None
    currency = me.currency if whole else asked if asked in found.own else currencies[0]
    figures = whole.figures if whole else found.own.get(currency) or Figures(currency)
    return {
        "today": today,
        "currency": currency,
        "currencies": currencies,
        "base": me.currency,
        "whole": whole,
        "left_out": _left_out(whole) if whole else "",
        "stats": _stats(figures, today, me.locale),
        "ages": [
            (word, f"a{number}", Money.total(minor, currency))
            for number, (word, minor) in enumerate(zip(AGE_WORDS, figures.ages, strict=True))
        ],
        "age_parts": chart.ages(figures.ages),
        "attention": [
            one
            for one in queries.attention(me.business_id, today, now)
            if at_least(me.role, "admin") or not one.href.startswith("/settings/")
        ],
        "activity": [activity.row(event) for event in queries.activity(me.business_id)],
        "heartbeat": queries.heartbeat(me.business_id, now),
        **_months(figures, today, me.locale),
    }


def _left_out(whole: Together) -> str:
    """What has no rate and is not in the figures, in words; empty when everything is."""
    counted = (
        (whole.open_left_out, "open invoice", "open invoices"),
        (whole.billed_left_out, "invoice of these months", "invoices of these months"),
        (whole.payments_left_out, "payment", "payments"),
    )
    return ", ".join(f"{many} {one if many == 1 else more}" for many, one, more in counted if many)


def _stats(figures: Figures, today: date, locale: str) -> dict[str, Any]:
    """The four figures of the top band, with the words under them."""
    this_month = rules.first_of_month(today)
    received = figures.months[this_month][1]

    def money(minor: int) -> Money:
        return Money.total(minor, figures.currency)

    return {
        "owed": money(figures.owed),
        "owed_count": figures.owed_count,
        "overdue": money(figures.overdue),
        "overdue_count": figures.overdue_count,
        "oldest_days": (today - figures.oldest_due).days if figures.oldest_due else 0,
        "expected": money(figures.expected),
        "expected_count": figures.expected_count,
        "expected_by": month_words(rules.last_of_month(today, 1), "MMMd", locale),
        "received": money(received),
        "change": rules.change(received, figures.received_before),
        "received_before": money(figures.received_before),
        "month": month_name(this_month, "LLLL", locale),
        "same_day": month_words(rules.same_day_last_month(today), "MMMd", locale),
    }


def _months(figures: Figures, today: date, locale: str) -> dict[str, Any]:
    """The chart in both widths, and the same figures for the table below it."""
    firsts = rules.last_months(today)
    months = [
        chart.Month(
            month_name(first, "LLL", locale),
            *figures.months[first],
            expected=figures.due_this_month if first == firsts[-1] else 0,
        )
        for first in firsts
    ]
    places = exponent(figures.currency)
    return {
        "charts": [
            ("wide", chart.draw(months, places, chart.WIDE), firsts[0]),
            ("narrow", chart.draw(months[-6:], places, chart.NARROW), firsts[-6]),
        ],
        "months": [
            (
                month_words(first, "yMMM", locale),
                *(Money.total(minor, figures.currency) for minor in figures.months[first]),
            )
            for first in firsts
        ],
    }


@lru_cache(maxsize=1000)
def month_name(month: date, width: str, locale: str) -> str:
    """The name of a month, short ("LLL") or in full ("LLLL")."""
    return str(format_date(month, width, locale=locale_of(locale)))


@lru_cache(maxsize=1000)
def month_words(day: date, skeleton: str, locale: str) -> str:
    """A day as far as the skeleton tells of it: "yMMM" its month and year."""
    return str(format_skeleton(skeleton, day, locale=locale_of(locale)))
