"""A new subscription as it was sent, checked as what people type is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask_login import current_user

from app.billing.api.subscription_shapes import SubscriptionIn, SubscriptionLineIn, today
from app.billing.forms.recurring import RecurringForm
from app.billing.forms.subscriptions import NewForm
from app.billing.queries.offered import offered
from app.billing.queries.plans import get_plan
from app.billing.rules.subscriptions import SubscriptionValues
from app.clients.queries import get_client
from app.errors import Invalid
from app.web.api import filled, named_in, refusal

_OF_PLANS = ("quantity", "price", "setup_price", "addons", "trial_until", "billed_from")
_OF_LINES = ("cycle_unit", "cycle_count", "ahead", "stub", "prices_include_tax")
NAMES = {"client_id": "customer_id", "discount_kind": "discount"}


@contextmanager
def checked(body: SubscriptionIn) -> Iterator[SubscriptionValues]:
    """The agreement that was sent. What a service refuses inside is said by the paths of what was sent.

    Raises Invalid.
    """
    with named_in("customer_id", "There is no such customer."):
        client = get_client(current_user.business_id, body.customer_id)
    currency = body.currency or client.currency or current_user.currency
    values, said = (_of_lines if body.lines else _of_plan)(body, currency)
    try:
        yield values()
    except Invalid as error:
        raise said(error) from error


Asked = tuple[Callable[[], SubscriptionValues], Callable[[Invalid], Invalid]]
"""The agreement, and how a refusal of it is said."""


def _of_plan(body: SubscriptionIn, currency: str) -> Asked:
    _refuse(body, _OF_LINES, "This goes with lines only: a plan has its own.")
    if body.plan_id is None:
        raise Invalid("plan_id", "Name a plan, or write lines.")
    found = offered(current_user.business_id)
    plans, addons = (found.choices(kind, currency, today()) for kind in ("plan", "addon"))
    for place, addon in enumerate(body.addons):
        if addon.plan_id not in addons:
            with named_in(f"addons.{place}.plan_id", "There is no such add-on."):
                get_plan(current_user.business_id, addon.plan_id)
    form = filled(NewForm, _sent(body, currency), names=NAMES, prepare=lambda form: form.offer(plans, addons))

    def said(error: Invalid) -> Invalid:
        form.refuse(error)
        return refusal(form, NAMES)

    return lambda: form.values(plans, addons), said


def _of_lines(body: SubscriptionIn, currency: str) -> Asked:
    _refuse(body, _OF_PLANS, "This goes with a plan only.")
    if body.plan_id is not None:
        raise Invalid("lines", "Name a plan, or write lines; not both.")
    sent = _sent(body, currency) | {
        "ahead": "yes" if body.ahead else "no",
        "lines": [_line(line) for line in body.lines],
    }
    return filled(RecurringForm, sent, names=NAMES).values, _by_line


def _by_line(error: Invalid) -> Invalid:
    """The same refusal, by the paths of lines."""
    renamed = {"ends_on": "last_day", "items": "lines", "client_id": "customer_id"}
    found = {}
    for path, sentences in error.errors.items():
        first, dot, rest = path.partition(".")
        found[renamed.get(first, first) + dot + rest] = sentences
    return Invalid(found)


def _refuse(body: SubscriptionIn, names: tuple[str, ...], sentence: str) -> None:
    if others := [name for name in names if name in body.model_fields_set]:
        raise Invalid({name: [sentence] for name in others})


def _sent(body: SubscriptionIn, currency: str) -> dict[str, Any]:
    sent = body.model_dump(exclude={"customer_id", "lines"})
    return sent | {"client_id": body.customer_id, "currency": currency, "starts_on": body.starts_on or today()}


def _line(line: SubscriptionLineIn) -> dict[str, Any]:
    kind = "percent" if line.discount.endswith("%") or not line.discount else "amount"
    return line.model_dump() | {"discount": line.discount.removesuffix("%"), "discount_kind": kind}
