"""Pages of reminders: the settings, and what staff decide on an invoice or a client."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from app.reminders.errors import AlreadyEnded, StepIsOver
from app.reminders.rules import KINDS
from app.web import htmx

blueprint = Blueprint("reminders", __name__)

CONDITIONS = {
    "late_fee": "If it is still owed then.",
    "throttle": "If it is still owed then, and the rules for cuts allow it.",
    "suspend": "If it is still owed then, a last warning went out in time, and the rules for cuts allow it.",
    "cancel": "If it is still owed then, a last warning went out in time, and the rules for cuts allow it.",
}


@blueprint.app_template_global()
def act_title(kind: str) -> str:
    """What a step does that is no reminder."""
    return KINDS.get(kind, kind)


@blueprint.app_template_global()
def act_condition(kind: str) -> str:
    """What has to hold on its day before such a step is done."""
    return CONDITIONS.get(kind, "")


@blueprint.errorhandler(StepIsOver)
@blueprint.errorhandler(AlreadyEnded)
def come_back(error: StepIsOver | AlreadyEnded) -> ResponseReturnValue:
    """Whoever pressed a button of a page that is no longer true gets the page as it is now, and is told why."""
    at = request.view_args or {}
    if "invoice_id" in at:
        url = url_for("invoices.show", invoice_id=at["invoice_id"])
    elif "client_id" in at:
        url = url_for("reminders.client", client_id=at["client_id"])
    else:
        url = url_for("reminders.settings")
    return htmx.redirect_to(url, str(error))


# Each module adds its routes to the blueprint above.
from app.reminders.views import clients, settings, steps  # noqa: E402

__all__ = ["blueprint", "clients", "settings", "steps"]
