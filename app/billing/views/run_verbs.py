"""Verbs on one billing run: each is a POST, and a GET of the same path says what it will do and asks."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm

from app import clock
from app.billing import queries, service
from app.billing.forms.runs import ApproveForm, DecideForm, ReverseForm, StartForm, VersionForm
from app.billing.models import BillingRun
from app.billing.views import blueprint
from app.billing.views.run_outlook import outlook, what_became
from app.billing.views.runs import AT, draw_run
from app.clients.queries import get_client
from app.errors import Conflict, Invalid, NotFound
from app.web import filters, htmx
from app.web.access import actor, requires
from app.web.fields import refuse

FINDS = "What is due is found again by the next run."


@blueprint.get("/runs/new/")
@requires("staff")
def new_run() -> Response:
    """Ask for the day."""
    return _ask_start(StartForm(None, data={"as_of": clock.today(current_user.timezone)}))


@blueprint.post("/runs/new/")
@requires("staff")
def start_run() -> Response:
    """Start a run; it is planned in the background."""
    form = StartForm(request.form)
    if not form.validate():
        return _ask_start(form, 422)
    try:
        run = service.start_run(actor(), form.as_of.data, now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return _ask_start(form, 422)
    return htmx.redirect_to(url_for("billing.show_run", run_id=run.id), "The run is being planned")


@blueprint.get(AT + "approve/")
@requires("staff")
def approve_form(run_id: uuid.UUID) -> Response:
    """Say what approving does."""
    return _ask_approve(_run(run_id))


@blueprint.post(AT + "approve/")
@requires("staff")
def approve(run_id: uuid.UUID) -> Response:
    """Let the run be posted."""
    run, form = _run(run_id), ApproveForm(request.form)
    if not form.validate():
        return draw_run(run_id, 422, form=form)
    try:
        service.approve(actor(), run.id, version=form.version.data, looked=bool(form.looked.data), now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return draw_run(run_id, 422, form=form)
    except Conflict as error:
        return draw_run(run_id, error.status, str(error))
    return _back(run_id, "Approved. The invoices are being issued")


@blueprint.get(AT + "discard/")
@requires("staff")
def discard_form(run_id: uuid.UUID) -> Response:
    """Say what discarding does."""
    return _ask(_run(run_id), "Discard this plan?", "Discard", "billing.discard", ["Nothing of it is billed.", FINDS],
                _as_seen(_run(run_id)))  # fmt: skip


@blueprint.post(AT + "discard/")
@requires("staff")
def discard(run_id: uuid.UUID) -> Response:
    """Throw the plan away."""
    try:
        service.discard(actor(), _run(run_id).id, now=clock.now(), version=request.form.get("version", type=int))
    except Conflict as error:
        return draw_run(run_id, error.status, str(error))
    return _back(run_id, "Discarded")


@blueprint.get(AT + "plan-again/")
@requires("staff")
def plan_again_form(run_id: uuid.UUID) -> Response:
    """Say what planning again does."""
    sentences = ["The plan is made anew from what holds now.", "What was decided on odd ones is asked again."]
    return _ask(_run(run_id), "Plan this run again?", "Plan again", "billing.plan_again", sentences,
                _as_seen(_run(run_id)), danger=False)  # fmt: skip


@blueprint.post(AT + "plan-again/")
@requires("staff")
def plan_again(run_id: uuid.UUID) -> Response:
    """Make the plan anew."""
    try:
        service.plan_again(actor(), _run(run_id).id, now=clock.now(), version=request.form.get("version", type=int))
    except Conflict as error:
        return draw_run(run_id, error.status, str(error))
    return _back(run_id, "The run is being planned again")


@blueprint.get(AT + "reverse/")
@requires("staff")
def reverse_form(run_id: uuid.UUID) -> Response:
    """Say what reversing does, and ask why."""
    run = _run(run_id)
    return _ask_reverse(run, ReverseForm(None, data={"version": run.version}))


@blueprint.post(AT + "reverse/")
@requires("staff")
def reverse(run_id: uuid.UUID) -> Response:
    """Take the whole run back."""
    run, form = _run(run_id), ReverseForm(request.form)
    if not form.validate():
        return _ask_reverse(run, form, 422)
    try:
        service.reverse(actor(), run_id, form.reason.data, now=clock.now(), version=form.version.data)
    except Conflict as error:
        return draw_run(run_id, error.status, str(error))
    return _back(run_id, "The run is being reversed")


@blueprint.get(AT + "decide/")
@requires("staff")
def decide_form(run_id: uuid.UUID) -> Response:
    """Ask what becomes of one period, `entry` in the address."""
    return _ask_decide(_run(run_id), request.args.get("entry", ""))


@blueprint.post(AT + "decide/")
@requires("staff")
def decide(run_id: uuid.UUID) -> Response:
    """Say what becomes of one period."""
    run, form = _run(run_id), DecideForm(request.form)
    if not form.validate():
        return _ask_decide(run, form.entry.data or "", form, 422)
    entry = queries.runs.entry_of(run.business_id, run_id, _id(form.entry.data))
    try:
        service.decide(actor(), run_id, entry.id, form.decision.data or "", was=form.was.data or "", now=clock.now())
    except Invalid as error:
        return draw_run(run_id, 422, " ".join(said for sayings in error.errors.values() for said in sayings))
    except Conflict as error:
        return draw_run(run_id, error.status, str(error))
    # Back to the page of odd ones on which it was decided.
    page = {name: request.args[name] for name in ("tab", "cursor") if request.args.get(name)}
    return htmx.redirect_to(url_for("billing.show_run", run_id=run_id, _anchor="odd", **page), "Noted")


@blueprint.get("/parked/<uuid:client_id>/let-go/")
@requires("staff")
def let_go_form(client_id: uuid.UUID) -> Response:
    """Say what letting go does."""
    client = get_client(current_user.business_id, client_id)
    parked = [row for row, _ in queries.parked(client.business_id) if row.client_id == client_id]
    context = {
        "title": f"Bill {client.name} again?",
        "sentences": [*(row.reason for row in parked), "What is due is billed by the next run."],
        "action": url_for("billing.let_go", client_id=client_id),
        "verb": "Bill again",
        "back": url_for("billing.run_list"),
        "danger": False,
        "keep": "Leave parked",
    }
    return make_response(render_template("shared/confirm.html", **context))


@blueprint.post("/parked/<uuid:client_id>/let-go/")
@requires("staff")
def let_go(client_id: uuid.UUID) -> Response:
    """Bill a parked client again."""
    client, back = get_client(current_user.business_id, client_id), url_for("billing.run_list")
    try:
        service.let_go(actor(), client.id, now=clock.now())
    except NotFound:
        return htmx.redirect_to(back, f"{client.name} is not parked", "bad")
    return htmx.redirect_to(back, f"The next run bills {client.name} again")


def _run(run_id: uuid.UUID) -> BillingRun:
    return queries.get_run(current_user.business_id, run_id)


def _id(text: str | None) -> uuid.UUID:
    """An id that a form sends; one that is none is nobody's."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return uuid.UUID(int=0)


def _as_seen(run: BillingRun) -> VersionForm:
    """What asks for nothing but says which state of a run was seen."""
    return VersionForm(None, data={"version": run.version})


def _ask_start(form: StartForm, status: int = 200) -> Response:
    sentences = [
        "Everything that is due by this day is looked up and shown first. Each invoice is dated by its own day.",
        "A later day bills ahead; messages leave on the day of each invoice.",
    ]
    context = {"title": "Start a billing run?", "verb": "Plan it", "sentences": sentences, "form": form}
    action, back = url_for("billing.start_run"), url_for("billing.run_list")
    page = render_template("shared/confirm.html", action=action, back=back, danger=False, keep="Not now", **context)
    return make_response(page, status)


def _ask_approve(run: BillingRun) -> Response:
    sentences = [str(one) for one in outlook(run)]
    form = ApproveForm(None, data={"version": run.version})
    if not run.odd:
        del form.looked
    return _ask(run, "Approve this run?", "Approve", "billing.approve", sentences, form, danger=False)


def _ask_reverse(run: BillingRun, form: ReverseForm, status: int = 200) -> Response:
    sentences = [
        "Every invoice of the run is credited in full by a credit note; what was paid becomes the client's credit.",
        "No message leaves, and the periods can be billed again. The next run with them waits for your approval.",
    ]
    return _ask(run, "Reverse the whole run?", "Reverse the run", "billing.reverse", sentences, form, status)


def _ask_decide(run: BillingRun, entry_id: str, form: DecideForm | None = None, status: int = 200) -> Response:
    entry = queries.runs.entry_of(run.business_id, run.id, _id(entry_id))
    form = form or DecideForm(None, data={"entry": str(entry.id), "was": entry.decision, "decision": "right"})
    [line] = queries.runs.named(run.business_id, [entry])
    title = f"{line.client_name}: {line.name}"
    return _ask(
        run, title, "Decide", "billing.decide", [entry.words] if entry.words else [], form, status, danger=False
    )


def _ask(
    run: BillingRun, title: str, verb: str, endpoint: str, sentences: list[str], form: FlaskForm | None = None,
    status: int = 200, *, danger: bool = True,
) -> Response:  # fmt: skip
    if (became := what_became(run, endpoint.rpartition(".")[2])) is not None:
        title, verb, sentences, form, danger = _named(run), "", became, None, False
    context: dict[str, Any] = {"title": title, "verb": verb, "sentences": sentences, "form": form, "danger": danger}
    action, back = url_for(endpoint, run_id=run.id), url_for("billing.show_run", run_id=run.id)
    context |= {"keep": "Not now"} if verb else {"keep": "Close", "link": (back, "Look at the run")}
    return make_response(render_template("shared/confirm.html", action=action, back=back, **context), status)


def _named(run: BillingRun) -> str:
    return f"Billing run, due by {filters.day_words(run.as_of, current_user.locale)}"


def _back(run_id: uuid.UUID, toast: str) -> Response:
    return htmx.redirect_to(url_for("billing.show_run", run_id=run_id), toast)
