"""What is cut today and in the next days, the batches of the days before, and what may be done with one."""

from __future__ import annotations

import uuid
from typing import Any

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.queries import get_business
from app.billing.models import DunningBatch
from app.billing.queries.batch_pages import counted_cuts, page_of_cuts
from app.billing.queries.dunning import batches, get_batch
from app.billing.queries.fees import fees_left
from app.billing.queries.following import going_off, named_going_off
from app.billing.queries.forecast import DAYS, look_ahead
from app.billing.service.cutting import approve_batch, restore_all
from app.billing.views.dunning_room import blueprint
from app.money import Money
from app.reminders.rules import KINDS
from app.web import htmx
from app.web.access import actor, may, requires
from app.web.filters import day_words

AT = "/billing/dunning/"
BATCH_STATES = {
    "gathering": ("open", "Being put together"),
    "held": ("over", "Waits for you"),
    "running": ("open", "Under way"),
    "done": ("paid", "Done"),
    "restored": ("void", "Undone"),
    "lapsed": ("void", "Not approved"),
}
CUT_STATES = {
    "planned": ("open", "To come"),
    "done": ("over", "Done"),
    "left": ("void", "Left alone"),
    "restored": ("paid", "Restored"),
}
LISTED = 50
"""So many of a list are shown that has no pages."""
WHAT_COMES = {"throttle": "Slow down", "suspend": "Suspend", "cancel": "Cancel"}


@blueprint.get(AT)
@requires("viewer")
def overview() -> ResponseReturnValue:
    """Who would be cut, why and when, and what was done before."""
    business_id = current_user.business_id
    ahead, more = look_ahead(business_id, clock.now())
    listed, today = batches(business_id), clock.today(get_business(business_id).timezone)
    context: dict[str, Any] = {
        "ahead": ahead,
        "more": more,
        "days": DAYS,
        "batches": listed,
        "fees": fees_left(business_id, today, LISTED),
        "held": next((row for row, _ in listed if row.state == "held"), None),
        "holding": any(row.state == "held" and row.on_day == today for row, _ in listed),
        "decides": may("admin"),
        "undone": any(row.state == "restored" and row.on_day == today for row, _ in listed),
        "in_force": get_business(business_id).enforces,
        "batch_states": BATCH_STATES,
        "does": WHAT_COMES,
        "today": clock.today(current_user.timezone),
    }
    return make_response(render_template("billing/dunning/index.html", **context))


@blueprint.get(AT + "<uuid:batch_id>/")
@requires("viewer")
def batch(batch_id: uuid.UUID) -> ResponseReturnValue:
    """One day's services, with what became of each."""
    row = get_batch(current_user.business_id, batch_id)
    page, waiting = page_of_cuts(row.business_id, row.id, request.args.get("cursor")), _waiting(row)
    context: dict[str, Any] = {
        "batch": row,
        "page": page,
        "counts": counted_cuts(row.business_id, row.id),
        "owed": lambda cut: Money(cut.owed_minor, cut.currency),
        "batch_states": BATCH_STATES,
        "cut_states": CUT_STATES,
        "kinds": KINDS,
        "does": WHAT_COMES,
        "decides": may("admin"),
        "waiting": waiting,
        "ends": named_going_off(row.business_id, row.on_day, LISTED) if waiting else (),
        "restorable": row.state in ("held", "running", "done", "gathering") and bool(page.items or waiting),
    }
    return make_response(render_template("billing/dunning/batch.html", **context))


@blueprint.get(AT + "<uuid:batch_id>/approve/")
@requires("admin")
def approve_form(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Say what approving does, and ask."""
    row, count = _planned(batch_id)
    if row.state != "held" or row.on_day != clock.today(get_business(row.business_id).timezone):
        return _over(row)
    sentences = [f"It waits because: {row.reason}"]
    if count or not _waiting(row):
        services = "1 service is" if count == 1 else f"{count} services are"
        sentences.append(
            f"{services} cut, as the list says. Each is looked at once more before: who paid meanwhile is left alone."
        )
    if waiting := _waiting(row):
        services = "1 service is" if waiting == 1 else f"{waiting:,} services are"
        sentences.append(f"{services} switched off, because a pause has begun or a term has ended.")
    return _ask(row, "Cut these services?", "Approve", "dunning.approve", sentences, danger=True)


@blueprint.post(AT + "<uuid:batch_id>/approve/")
@requires("admin")
def approve(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Let it run."""
    approve_batch(actor(), batch_id, now=clock.now())
    return htmx.redirect_to(url_for("dunning.batch", batch_id=batch_id), "The batch is under way")


@blueprint.get(AT + "<uuid:batch_id>/restore/")
@requires("admin")
def restore_form(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Say what undoing does, and ask."""
    row, _ = _planned(batch_id)
    if row.state in ("restored", "lapsed"):
        return _over(row)
    sentences = [
        "Everything that this batch slowed down or suspended is restored; what has not had its turn is left alone.",
        "What was cancelled comes back only on the same day. Nothing more is cut today.",
    ]
    return _ask(row, f"Undo the batch of {_day(row)}?", "Restore all", "dunning.restore", sentences, danger=False)


@blueprint.post(AT + "<uuid:batch_id>/restore/")
@requires("admin")
def restore(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Undo it."""
    back, left = restore_all(actor(), batch_id, now=clock.now())
    words = "1 service is restored" if back == 1 else f"{back} services are restored"
    more = f", {left} could not be" if left else ""
    return htmx.redirect_to(url_for("dunning.batch", batch_id=batch_id), words + more)


def _planned(batch_id: uuid.UUID) -> tuple[DunningBatch, int]:
    row = get_batch(current_user.business_id, batch_id)
    return row, counted_cuts(row.business_id, row.id).get("planned", 0)


def _waiting(row: DunningBatch) -> int:
    """How many services stay on until a batch is approved although their pause or end has come."""
    held = row.state == "held" and row.on_day == clock.today(get_business(row.business_id).timezone)
    return going_off(row.business_id, row.on_day) if held else 0


def _ask(row: DunningBatch, title: str, verb: str, endpoint: str, sentences: list[str], *, danger: bool) -> str:
    return render_template(
        "shared/confirm.html",
        title=title,
        sentences=sentences,
        action=url_for(endpoint, batch_id=row.id),
        verb=verb,
        keep="Not now",
        back=url_for("dunning.batch", batch_id=row.id),
        danger=danger,
    )


def _over(row: DunningBatch) -> str:
    """Say what became of a batch that waits for nobody any more."""
    became = {
        "gathering": "It is being put together still, and waits for nobody yet.",
        "held": "Its day is over, so nothing of it is done any more.",
        "running": "It was approved and is under way."
        if row.approved_at
        else "It is under way, and needs no approval.",
        "done": "It was approved, and is done." if row.approved_at else "It is done, and needed no approval.",
        "restored": "It was undone as a whole.",
        "lapsed": "Nobody approved it on its day, so nothing of it was done.",
    }
    counts = counted_cuts(row.business_id, row.id)
    found = [f"{counts[state]:,} {word[1].lower()}" for state, word in CUT_STATES.items() if state in counts]
    at = url_for("dunning.batch", batch_id=row.id)
    return render_template(
        "shared/confirm.html",
        title=f"Batch of {_day(row)}",
        sentences=[became[row.state], *([f"Of its services: {', '.join(found)}."] if found else [])],
        action=at,
        verb="",
        keep="Close",
        back=at,
        link=(at, "Look at the batch"),
    )


def _day(row: DunningBatch) -> str:
    return day_words(row.on_day, current_user.locale)
