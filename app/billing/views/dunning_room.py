"""The blueprint of dunning: its pages stand under settings, invoices, clients and billing."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from app.billing.errors import BatchIsOver
from app.web import htmx

blueprint = Blueprint("dunning", __name__)


@blueprint.errorhandler(BatchIsOver)
def come_back(error: BatchIsOver) -> ResponseReturnValue:
    """Whoever pressed a button of a page that is no longer true gets the page as it is now, and is told why."""
    return htmx.redirect_to(url_for("dunning.overview"), str(error), "bad")


# Each module adds its routes to the blueprint above.
from app.billing.views import dunning, dunning_policy, promises  # noqa: E402

__all__ = ["blueprint", "dunning", "dunning_policy", "promises"]
