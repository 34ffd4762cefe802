"""How a business wants to be billed for, among the settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.billing import queries, service
from app.billing.errors import StalePolicy
from app.billing.forms.runs import PolicyForm
from app.errors import Invalid
from app.web import htmx, stale
from app.web.access import actor, may, requires
from app.web.fields import refuse

blueprint = Blueprint("billing_settings", __name__)
HERE = "/settings/billing/"
PAGE = "billing/runs/settings.html"


@blueprint.get(HERE)
@requires("viewer")
def policy() -> ResponseReturnValue:
    """What holds now."""
    return _page(_form())


@blueprint.post(HERE)
@requires("admin")
def change_policy() -> ResponseReturnValue:
    """Save it."""
    form = PolicyForm(request.form)
    if not form.validate():
        return _page(form, 422)
    try:
        service.change_policy(actor(), form.values(), version=int(form.version.data or 0), now=clock.now())
    except StalePolicy as error:
        found = stale.differences(form, _form())
        return _page(form, 409, sentence=str(error), differences=found)
    except Invalid as error:
        refuse(form, error)
        return _page(form, 422)
    return htmx.redirect_to(HERE, "Saved. It holds for runs that are planned from now on.")


def _form() -> PolicyForm:
    business = current_user.business_id
    row = queries.find_policy(business)
    return PolicyForm.of(queries.policy_of(business), row.version if row else 0)


def _page(form: PolicyForm, status: int = 200, **context: Any) -> ResponseReturnValue:
    given = {
        "sentence": "",
        "differences": [],
        "edits": may("admin"),
        "action": url_for("billing_settings.change_policy"),
    }
    return htmx.page_or_fragment(PAGE, PAGE, status, form=form, **(given | context))
