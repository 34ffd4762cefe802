"""What has to hold before a service is cut, and the steps that are no reminders: for all, for a plan, for a client."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.queries import get_business
from app.billing import queries
from app.billing.errors import StalePolicy
from app.billing.forms.dunning import ActForm, PolicyForm, act_words
from app.billing.queries.dunning_policies import own_policies, policy_of, terms_of
from app.billing.service.dunning_policies import drop_policy, set_policy
from app.billing.views.dunning_room import blueprint
from app.clients.queries import get_client
from app.errors import Invalid
from app.messages.rules import CHANNELS
from app.reminders import service as reminders
from app.reminders.errors import AlreadyEnded
from app.reminders.queries import ladder_steps
from app.reminders.rules import WORDINGS, days_words
from app.web import htmx, stale
from app.web.access import actor, may, requires
from app.web.fields import refuse

HERE = "/settings/dunning/"
PAGE, LADDER = "billing/dunning/policy.html", "billing/dunning/_steps.html"
"""The page, and the part of it that is changed by itself."""


class Whose(NamedTuple):
    """Whose policy and ladder a page is about: the business's without ids."""

    plan_id: uuid.UUID | None = None
    client_id: uuid.UUID | None = None

    @property
    def keys(self) -> dict[str, uuid.UUID | None]:
        return {"plan_id": self.plan_id, "client_id": self.client_id}


def whose(plan_id: uuid.UUID | None, client_id: uuid.UUID | None) -> Whose:
    """A plan or client of this business. Raises NotFound."""
    if plan_id:
        return Whose(plan_id=queries.get_plan(current_user.business_id, plan_id).id)
    return Whose(client_id=get_client(current_user.business_id, client_id).id) if client_id else Whose()


@blueprint.get(HERE)
@requires("viewer")
def policy() -> ResponseReturnValue:
    """What goes for everybody."""
    return _page(Whose())


@blueprint.post(HERE)
@requires("admin")
def change_policy() -> ResponseReturnValue:
    """Save it."""
    return _change(Whose())


@blueprint.post(HERE + "steps/")
@requires("admin")
def add_act() -> ResponseReturnValue:
    """Put a fee or a cut on the ladder."""
    return _add(Whose())


@blueprint.post(HERE + "steps/<uuid:step_id>/end/")
@requires("admin")
def end_act(step_id: uuid.UUID) -> ResponseReturnValue:
    """Take it off."""
    return _end(Whose(), step_id)


@requires("viewer")
def own_policy(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """What goes for a plan or a client."""
    return _page(whose(plan_id, client_id))


@requires("admin")
def change_own_policy(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """Save it as their own."""
    return _change(whose(plan_id, client_id))


@requires("admin")
def drop_own_policy(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """Back to what goes for everybody."""
    about = whose(plan_id, client_id)
    if policy_of(current_user.business_id, about.client_id, about.plan_id) is not None:
        drop_policy(actor(), now=clock.now(), **about.keys)
    return htmx.redirect_to(_url("policy", about), "What goes for everybody goes here again")


@requires("admin")
def add_own_act(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """Put a fee or a cut on their ladder."""
    return _add(whose(plan_id, client_id))


@requires("admin")
def end_own_act(
    step_id: uuid.UUID, plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None
) -> ResponseReturnValue:
    """Take it off."""
    return _end(whose(plan_id, client_id), step_id)


@requires("admin")
def begin_own_ladder(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """Give them a ladder of their own, a copy of the business's."""
    about = whose(plan_id, client_id)
    reminders.begin_ladder(actor(), now=clock.now(), **about.keys)
    return _done(about, "There is a ladder of their own now")


@requires("admin")
def end_own_ladder(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """Back to the business's ladder."""
    about = whose(plan_id, client_id)
    reminders.end_ladder(actor(), now=clock.now(), **about.keys)
    return _done(about, "The usual ladder counts again")


_OWN = (
    ("GET", "", "policy", own_policy),
    ("POST", "", "change_policy", change_own_policy),
    ("POST", "end/", "drop_policy", drop_own_policy),
    ("POST", "steps/", "add_act", add_own_act),
    ("POST", "steps/<uuid:step_id>/end/", "end_act", end_own_act),
    ("POST", "ladder/", "begin_ladder", begin_own_ladder),
    ("POST", "ladder/end/", "end_ladder", end_own_ladder),
)
"""The pages and verbs that a plan and a client have alike: dunning.plan_policy, dunning.client_policy, and so on."""
for _whose in ("plan", "client"):
    for _method, _tail, _name_of, _view in _OWN:
        _rule = f"{HERE}{_whose}s/<uuid:{_whose}_id>/{_tail}"
        blueprint.add_url_rule(_rule, f"{_whose}_{_name_of}", _view, methods=[_method])


def _change(about: Whose) -> ResponseReturnValue:
    form = PolicyForm(request.form)
    if not form.validate():
        return _page(about, 422, form=form)
    try:
        set_policy(actor(), form.terms(), int(form.version.data or 0), now=clock.now(), **about.keys)
    except StalePolicy as error:
        row = policy_of(current_user.business_id, about.client_id, about.plan_id)
        found = stale.differences(form, PolicyForm.of(terms_of(row), row.version if row else 0))
        return _page(about, 409, form=form, sentence=str(error), differences=found)
    act = _typed_act()
    if act is None or not act.begun:
        return htmx.redirect_to(_url("policy", about), "Saved.")
    htmx.toast("Saved. The step that you typed is not on the ladder yet.")
    row = policy_of(current_user.business_id, about.client_id, about.plan_id)
    return _page(about, form=PolicyForm.of(terms_of(row), row.version if row else 0))


def _add(about: Whose) -> ResponseReturnValue:
    currency = get_business(current_user.business_id).currency
    form = ActForm(request.form).prepare(currency)
    if not form.validate():
        return _page(about, 422, LADDER, act=form)
    try:
        reminders.add_act(actor(), form.values(currency), now=clock.now(), **about.keys)
    except Invalid as error:
        refuse(form, error)
        return _page(about, 422, LADDER, act=form)
    return _done(about, "The step is on the ladder.", act=ActForm(None))


def _end(about: Whose, step_id: uuid.UUID) -> ResponseReturnValue:
    try:
        reminders.end_step(actor(), step_id, now=clock.now(), **about.keys)
    except AlreadyEnded as error:
        return _done(about, str(error))
    return _done(about, "The step is off the ladder.")


def _done(about: Whose, toast: str, **more: Any) -> ResponseReturnValue:
    """Only the ladder anew where htmx asked, so that what is typed above it stays; else the page as it was typed."""
    if not htmx.is_fragment() and _typed_rules() is None:
        return htmx.redirect_to(_url("policy", about), toast)
    htmx.toast(toast)
    return _page(about, part=LADDER, **more)


def _typed_rules() -> PolicyForm | None:
    """The rules as they were sent, of which nothing is saved yet; None where they were not sent along."""
    return PolicyForm(request.form) if "grace_days" in request.form else None


def _typed_act() -> ActForm | None:
    """The step as it was sent, which is not on the ladder yet; None where it was not sent along."""
    currency = get_business(current_user.business_id).currency
    return ActForm(request.form).prepare(currency) if "days" in request.form else None


def _url(what: str, about: Whose, **values: Any) -> str:
    """The address of a page or a verb for all, or of the same for a plan or client."""
    if about.plan_id:
        return url_for(f"dunning.plan_{what}", plan_id=about.plan_id, **values)
    if about.client_id:
        return url_for(f"dunning.client_{what}", client_id=about.client_id, **values)
    return url_for(f"dunning.{what}", **values)


def _page(about: Whose, status: int = 200, part: str = PAGE, **more: Any) -> ResponseReturnValue:
    business = get_business(current_user.business_id)
    row = policy_of(business.id, about.client_id, about.plan_id)
    usual = policy_of(business.id)
    own = ladder_steps(business.id, about.client_id, about.plan_id)
    form = _typed_rules() or PolicyForm.of(terms_of(row or usual), row.version if row else 0)
    act = _typed_act() or ActForm(None)
    context: dict[str, Any] = {"form": form, "act": act, "sentence": "", "differences": []} | more
    context |= {
        "about": about,
        "name": _name(about),
        "row": row,
        "steps": own or ladder_steps(business.id),
        "own_steps": own,
        "own": own_policies(business.id) if about == Whose() else [],
        "currency": business.currency,
        "reminds": business.reminders,
        "act_words": lambda step: act_words(step, current_user.locale),
        "days_words": days_words,
        "wordings": WORDINGS,
        "channels": CHANNELS,
        "edits": may("admin"),
        "url": lambda what, **values: _url(what, about, **values),
    }
    return htmx.page_or_fragment(PAGE, part, status, **context)


def _name(about: Whose) -> str:
    if about.plan_id:
        return queries.get_plan(current_user.business_id, about.plan_id).name
    return get_client(current_user.business_id, about.client_id).name if about.client_id else ""
