"""Billing runs: the list, one of them with what is odd and what is different, and the whole as a file."""

from __future__ import annotations

import csv
import io
import uuid
import weakref
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Response, current_app, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.auth.queries import timeline
from app.billing import queries
from app.billing.forms.runs import ApproveForm
from app.billing.queries.runs import Line
from app.billing.rules import Period, run_words, runs
from app.billing.rules.charging import period_words
from app.billing.timeline import run_moments
from app.billing.views import blueprint
from app.billing.views.run_amounts import amount, total_of
from app.billing.views.run_outlook import outlook
from app.extensions import db
from app.money import Money, exponent
from app.web import filters as say
from app.web import htmx
from app.web.access import may, requires
from app.web.downloads import name_file

TABS = {"different": tuple(one for one in runs.SHOWN if one != "same"), **{one: (one,) for one in runs.SHOWN}}
"""{tab: what the entries it lists count as}."""
ODD = "odd"
"""The tab of those that are odd, page by page; the first of them stand above the others, too."""
AT = "/runs/<uuid:run_id>/"
IN_MEMORY = 1 << 18
"""Bytes of an export that are kept in memory, and sent at once."""
PAUSES = (1, 1, 2, 2, 3, 3, 5)
"""Seconds between looks at a run that moves; the last goes on."""


@blueprint.app_context_processor
def run_language() -> dict[str, object]:
    """How pages show runs and their entries."""
    return {"run_words": run_words, "run_rules": runs, "BADGES": run_words.BADGES, "days_words": days_words}


@blueprint.get("/runs/")
@requires("viewer")
def run_list() -> str:
    """All runs, the newest first, and who is parked."""
    business = current_user.business_id
    return render_template(
        "billing/runs/index.html",
        page=queries.list_runs(business, request.args.get("cursor")),
        parked=queries.parked(business),
        policy=queries.policy_of(business),
        total_of=total_of,
        today=clock.today(current_user.timezone),
    )


@blueprint.get(AT)
@requires("viewer")
def show_run(run_id: uuid.UUID) -> Response:
    """One run."""
    return draw_run(run_id)


@blueprint.get(AT + "progress/")
@requires("viewer")
def run_progress(run_id: uuid.UUID) -> Response:
    """How far a run has come; who looks at a run that no longer moves gets its whole page."""
    run = queries.get_run(current_user.business_id, run_id)
    if run.state not in runs.MOVING:
        return htmx.redirect_to(url_for("billing.show_run", run_id=run_id))
    return make_response(render_template("billing/runs/_progress.html", run=run, **_turn()))


@blueprint.get(AT + "export/")
@requires("viewer")
def export_run(run_id: uuid.UUID) -> Response:
    """All entries of a run as a table for spreadsheets."""
    run = queries.get_run(current_user.business_id, run_id)
    # Whole before it is sent, so that a slow reader keeps nothing of the database.
    file = SpooledTemporaryFile(IN_MEMORY, dir=current_app.config["DUELY"].instance_dir)  # noqa: SIM115  (open until it is sent)
    for piece in _table(run.business_id, run_id):
        file.write(piece.encode())
    db.session.rollback()
    size = file.tell()
    file.seek(0)
    response = Response(iter(partial(file.read, IN_MEMORY), b""), mimetype="text/csv")
    response.content_length = size
    # Once: when the answer is closed, or when nobody knows of it any more.
    response.call_on_close(weakref.finalize(response, file.close))
    name_file(response, f"billing-run-{run.as_of}.csv")
    return response


def draw_run(run_id: uuid.UUID, status: int = 200, sentence: str = "", form: ApproveForm | None = None) -> Response:
    """The page of a run; `sentence` says on top why something could not be done."""
    business = current_user.business_id
    run = queries.get_run(business, run_id)
    tab, cursor = request.args.get("tab", "different"), request.args.get("cursor")
    tab = tab if tab in TABS or tab == ODD else "different"
    odd = queries.runs.odd_ones(business, run_id, cursor if tab == ODD else None)
    page = None if tab == ODD else queries.runs.page_of_lines(business, run_id, TABS[tab], cursor)
    moving = run.state in runs.MOVING
    # What moves is added up as it stands now; else it was when it came to stand.
    totals = queries.run_sums.totals_of(business, run_id) if moving else run.totals
    counts = {one: sum(sums[one][0] for sums in totals.values()) for one in runs.SHOWN}
    currencies = sorted(totals, key=lambda currency: (currency != current_user.currency, currency))
    context: dict[str, Any] = {
        "run": run,
        "sums": [(currency, _sums(totals, currency)) for currency in currencies],
        "page": page,
        "lines": queries.runs.named(business, page.items) if page else (),
        "odd": odd.items,
        "odd_page": odd if tab == ODD else None,
        "tab": tab,
        "tabs": [(one, sum(counts[word] for word in words)) for one, words in TABS.items()],
        "amount": amount,
        "moving": moving,
        "does": outlook(run) if run.state == "review" and may("staff") else (),
        "form": form or ApproveForm(None, data={"version": run.version}),
        "policy": runs.PolicyValues(**run.policy),
        "moments": run_moments(timeline(business, "billing_run", run_id), _day),
        "sentence": sentence,
        "may": {verb for verb, allowed in runs.MOVES.items() if run.state in allowed},
        **_turn(),
    }
    return make_response(render_template("billing/runs/show.html", **context), status)


def days_words(start: date, end: date) -> str:
    """The days from `start` up to and without `end`, as people read them."""
    return period_words(Period(start, end), current_user.locale)


def _sums(totals: dict[str, Any], currency: str) -> dict[str, tuple[int, Money]]:
    return {word: (count, Money.total(minor, currency)) for word, (count, minor) in totals[currency].items()}


def _turn() -> dict[str, int]:
    """How often somebody has looked by now, and how long to wait before the next look."""
    turn = min(max(request.args.get("turn", 0, type=int), 0), 1000)
    return {"turn": turn, "pause": PAUSES[min(turn, len(PAUSES) - 1)]}


def _table(business_id: uuid.UUID, run_id: uuid.UUID) -> Iterator[str]:
    """The file in pieces."""
    cell = current_app.extensions["duely_cell"]
    yield "\N{ZERO WIDTH NO-BREAK SPACE}" + _row(
        ("client", "subscription", "period_start", "period_end", "bill_on", "kind", "currency", "before", "now", "why",
         "odd", "does", "state", "problem", "invoice")
    )  # fmt: skip
    last: uuid.UUID | None = None
    while found := queries.runs.after(business_id, run_id, last, 1000):
        yield "".join(map(_row, (_cells(line, cell) for line in found)))
        last = found[-1].entry.id


def _cells(line: Line, cell: Any) -> tuple[object, ...]:
    one = line.entry
    return (
        cell(line.client_name), cell(line.name), one.period_start, one.period_end, one.bill_on, one.kind, one.currency,
        _figure(one.before_minor, one.currency), _figure(one.now_minor, one.currency), cell(one.why), cell(one.words),
        one.does, one.state, cell(one.problem), cell(line.number or ""),
    )  # fmt: skip


def _figure(minor: int | None, currency: str) -> str:
    return "" if minor is None else str(Decimal(minor).scaleb(-exponent(currency)))


def _row(cells: tuple[object, ...]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


def _day(day: Any) -> str:
    return say.day_words(day, current_user.locale)
