"""What the examples of the API's document need to be there: things in the state that an operation is for."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app
from sqlalchemy import select

from app import clock
from app.auth.service import members
from app.billing.models import ParkedClient, SubscriptionItem
from app.billing.service.run_posting import post_next
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.messages import service as messages
from app.payments.gateways.base import Verification
from app.payments.gateways.demo_store import DemoStore
from app.payments.models import Allocation
from app.payments.queries import held
from app.payments.registry import demo_store
from app.payments.service import hold
from tests.guards.route_table import tomorrow
from tests.support.story import PASSWORD, Story

Ids = Mapping[str, Any]

NAMED: Mapping[str, Callable[[Story], Any]] = {
    "customer_id": lambda story: story.client_id,
    "invoice_id": lambda story: story.issued(),
    "item_id": lambda story: story.item(),
    "plan_id": lambda story: story.plan(),
    "router_id": lambda story: story.router(),
    "subscription_id": lambda story: story.subscription(),
    "on": lambda _: tomorrow(),
    "until": lambda _: tomorrow(),
}
"""What an id in an example stands for, by the name of its field, and a day that is to come."""


def draft(story: Story) -> Ids:
    """An invoice that was not issued."""
    return {"invoice_id": story.draft()}


def credit(story: Story) -> Ids:
    """A payment that settles nothing yet."""
    payment_id = story.payment(story.issued("1000.00", "1"), 400_000)
    return {"payment_id": payment_id, "invoice_id": story.issued()}


def settling(story: Story) -> Ids:
    """A payment and the invoice it settles."""
    payment_id = story.payment(story.issued())
    settled = select(Allocation.invoice_id).where(Allocation.payment_id == payment_id)
    return {"payment_id": payment_id, "invoice_id": db.session.scalars(settled).one()}


def chargeable(story: Story) -> Ids:
    """An invoice of a customer whose card we keep."""
    story.saved_card()
    return {"invoice_id": story.issued()}


def come_by_itself(story: Story) -> Ids:
    """Money that came at the bank under a reference of its own."""
    store, reference = DemoStore(demo_store(current_app.config["DUELY"])), uuid.uuid4().hex
    known = store.find_page(story.attempt(story.issued()).reference)
    assert known is not None
    where = dict.fromkeys(("callback_url", "cancel_url", "webhook_url"), "https://duely.example/")
    store.open_page(
        reference=reference,
        account=known.account,
        currency="NGN",
        asked_minor=1000,
        email="ada@example.com",
        description="",
        **where,
    )
    page = store.find_page(reference)
    assert page is not None
    assert store.settle(page, "succeed")
    told = Verification("succeeded", amount_minor=1000, currency="NGN")
    hold(story.business_id, "demo", reference, told, "Nobody knows this reference.", now=clock.now())
    return {"held_id": held(story.business_id)[-1].id}


def parked(story: Story) -> Ids:
    """A client whom nothing recurring is billed to."""
    client_id = create_client(story.owner, ClientValues("Chidi"), now=clock.now()).id
    whose = {"business_id": story.business_id, "client_id": client_id, "subscription_id": story.subscription()}
    with writing():
        db.session.add(ParkedClient(reason="41 bills in a day.", at=clock.now(), **whose))
    return {"client_id": client_id}


def colleague(story: Story) -> Ids:
    """A member who is not the only owner."""
    email = f"{uuid.uuid4().hex}@example.com"
    person_id, _ = members.create_user(email, PASSWORD, str(story.business_id), "viewer", clock.now())
    return {"person_id": person_id}


def waiting(story: Story) -> Ids:
    """A message that has not left."""
    return {"message_id": invoices.send(story.owner, story.issued(), now=clock.now()).id}


def unknown(story: Story) -> Ids:
    """A message of which it is not known whether it left."""
    message_id = waiting(story)["message_id"]
    messages.refused(story.business_id, message_id, "The line broke.", True, clock.now(), unknown=True)
    return {"message_id": message_id}


def its_item(story: Story) -> Ids:
    """A subscription and what it is for."""
    subscription_id = story.subscription()
    mine = select(SubscriptionItem.id).where(SubscriptionItem.subscription_id == subscription_id)
    return {"subscription_id": subscription_id, "item_id": db.session.scalars(mine).one()}


def of_the_demo(story: Story) -> Ids:
    """Somebody with the address and the password of the demo business."""
    email, password = "tolu@harmattan.example", "harmattan demo 2026"
    members.create_user(email, password, str(story.business_id), "staff", clock.now())
    return {}


STATES: Mapping[str, Callable[[Story], Ids]] = {
    "auth_api.sign_in": of_the_demo,
    "billing_api.let_parked_customer_go": parked,
    "business_api.remove_member": colleague,
    "dunning_api.waive_fee": lambda story: {"invoice_id": story.late_fee()},
    "invoices_api.attach_invoice_file": draft,
    "invoices_api.change_invoice": draft,
    "invoices_api.delete_invoice": draft,
    "invoices_api.issue_invoice": draft,
    "invoices_api.recover_invoice": lambda story: {"invoice_id": story.written_off()},
    "invoices_api.replace_invoice": draft,
    "messages_api.cancel_message": waiting,
    "messages_api.lose_message": unknown,
    "payments_api.allocate_payment": credit,
    "payments_api.charge_invoice": chargeable,
    "payments_api.match_held_money": come_by_itself,
    "payments_api.refund_payment": settling,
    "payments_api.release_payment": settling,
    "subscriptions_api.change_subscription_items": its_item,
    "subscriptions_api.preview_subscription_items": its_item,
}
"""What an operation wants that the sweeps make otherwise: ids for its path, and for its body."""

BEFORE: Mapping[str, str] = {
    "subscriptions_api.call_off_subscription_change": "subscriptions_api.change_subscription_plan",
    "subscriptions_api.keep_subscription": "subscriptions_api.cancel_subscription",
    "subscriptions_api.remove_service": "subscriptions_api.save_service",
    "subscriptions_api.restore_service": "subscriptions_api.suspend_service",
    "subscriptions_api.resume_subscription": "subscriptions_api.pause_subscription",
    "runs_api.reverse_run": "runs_api.approve_run",
}
"""An operation that undoes another's: the other's example is run on the same thing first."""


def work_off(story: Story, values: Ids) -> None:
    """Do what a run has to do, as its jobs would."""
    while "run_id" in values and post_next(story.business_id, values["run_id"], now=clock.now(), by_job=False):
        pass
