"""What is billed in the months to come, of the business, a client, a plan or a subscription: a page and a file."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from babel.dates import format_date
from flask import Response, make_response, render_template, request
from flask_login import current_user

from app import clock
from app.billing import queries
from app.billing.models import Plan, Subscription
from app.billing.queries.alike import Only
from app.billing.queries.plans import plan_names
from app.billing.service.forecasting import MOST_MONTHS, Forecast, forecast
from app.billing.views import blueprint
from app.clients.models import Client
from app.clients.queries import get_client
from app.money import Money
from app.web.access import requires
from app.web.downloads import name_file

T = TypeVar("T")
COLUMNS = ("month", "plan", "currency", "before_taxes", "taxes", "total")
SIGNS = "=+-@\t\r"
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose months, and how many."""

    client: Client | None
    plan: Plan | None
    subscription: Subscription | None
    months: int

    @property
    def arguments(self) -> dict[str, object]:
        """The same as an address has it."""
        found = {"client": self.client, "plan": self.plan, "subscription": self.subscription}
        return {name: one.id for name, one in found.items() if one} | {"months": self.months}


@blueprint.get("/preview/")
@requires("viewer")
def preview() -> Response:
    """The months to come as tables."""
    asked = _asked()
    page = render_template(
        "billing/preview.html",
        asked=asked,
        found=_forecast(asked),
        plans=plan_names(current_user.business_id),
        counts=(1, 3, 6, MOST_MONTHS),
        month=lambda day: str(format_date(day, "LLLL y", locale=current_user.locale.replace("-", "_"))),
    )
    return make_response(page)


@blueprint.get("/preview.csv")
@requires("viewer")
def preview_file() -> Response:
    """The same as a file: a row for each month, plan and currency."""
    found, out = _forecast(_asked()), io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for at in sorted(found.net, key=lambda one: (one.month, one.currency, found.name(one.plan_id))):
        net, tax = found.net[at], found.tax[at]
        figures = (f"{Money.total(minor, at.currency).decimal:f}" for minor in (net, tax, net + tax))
        rows.writerow((f"{at.month:%Y-%m}", _cell(found.name(at.plan_id)), at.currency, *figures))
    response = make_response(out.getvalue().encode("utf-8-sig"))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    name_file(response, f"preview {clock.today(current_user.timezone)}.csv")
    return response


def _forecast(asked: Asked) -> Forecast:
    only = Only(*(one.id if one else None for one in (asked.client, asked.plan, asked.subscription)))
    return forecast(current_user.business_id, clock.today(current_user.timezone), asked.months, only)


def _asked() -> Asked:
    """What the address asks for. Raises NotFound for what is another business's."""
    months = request.args.get("months", MOST_MONTHS, type=int)
    return Asked(
        _object("client", get_client),
        _object("plan", queries.get_plan),
        _object("subscription", queries.get_subscription),
        min(max(months, 1), MOST_MONTHS),
    )


def _object(name: str, get: Callable[[uuid.UUID, uuid.UUID], T]) -> T | None:
    try:
        id = uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None
    return get(current_user.business_id, id)


def _cell(text: str) -> str:
    return f"'{text}" if text[:1] in SIGNS else text
