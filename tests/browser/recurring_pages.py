"""Which addresses show the pages of recurring billing, with the longest texts there can be."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import select, update

from app import clock
from app.billing import service as billing
from app.billing.models import BillingRun, Plan, Router, RunEntry, ServiceDifference, ServiceRecord, Subscription
from app.billing.rules.control import RouterValues
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service import running
from app.billing.service.applying import change
from app.billing.service.billing import bill_client
from app.billing.service.routers import connect_router, record_try
from app.billing.service.switching import note_trouble
from app.billing.service.wanting import PlanWish, to_plan
from app.clients.models import Client
from app.database import writing
from app.extensions import db
from tests.support.story import Story

ENDLESS = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
Values = dict[str, Any]


def each(name: str, found: Iterable[object]) -> list[Values]:
    """Each as the value of a parameter."""
    return [{name: one} for one in found]


@dataclass
class Recurring:
    """What recurring billing has of a business with a past."""

    story: Story

    def newest(self, model: Any, *conditions: Any, number: int = 1) -> list[uuid.UUID]:
        """Ids of the newest rows of the business that fit."""
        query = select(model.id).where(model.business_id == self.story.business_id, *conditions)
        return list(db.session.scalars(query.order_by(model.id.desc()).limit(number)))

    @cached_property
    def endless(self) -> uuid.UUID:
        """An issued invoice of a client whose every text is too long."""
        raise NotImplementedError

    def plans(self) -> list[uuid.UUID]:
        """A plan whose every text is too long, in two currencies, with free days; and one of the demo."""
        if not (found := self.newest(Plan, Plan.name == ENDLESS)):
            today, now = clock.today("Africa/Lagos"), clock.now()
            values = PlanValues(ENDLESS, "addon", ENDLESS[:40], ENDLESS * 4, "month", 3, 31, 2, trial_days=365)
            values = replace(values, download_kbps=123_456_789, upload_kbps=512, quota_mb=123_456_789, stub="free")
            price = PriceValues("NGN", Decimal("914495045.13"), today, Decimal("914495045.13"))
            made = billing.create_plan(self.story.owner, values, price, today=today, now=now)
            for one in (replace(price, currency="EUR"), replace(price, since=today + timedelta(days=400))):
                billing.set_price(self.story.owner, made.id, one, today=today, now=now)
            found = [made.id]
        return [*found, *self.newest(Plan, Plan.name != ENDLESS)]

    def planned(self) -> list[Values]:
        """A price to come, with its plan."""
        plan_id = self.story.plan()
        return [{"plan_id": plan_id, "price_id": self.story.planned_price(plan_id)}]

    def subscriptions(self) -> list[uuid.UUID]:
        """One whose every text is too long, billed, paused and cancelled; and one that begins today."""
        assert self.endless
        if not (found := self.newest(Subscription, Subscription.name == ENDLESS)):
            (client,), today = self.newest(Client, Client.name == ENDLESS), clock.today("Africa/Lagos")
            thing = ItemValues(
                ENDLESS, Decimal("1.234567"), Decimal("24691357.019999"), detail=ENDLESS * 4, unit="x" * 24
            )
            values = SubscriptionValues(client, ENDLESS, "NGN", today - timedelta(days=70), (thing,) * 3)
            values = replace(values, terms_days=365, po_number=ENDLESS[:60], notes=ENDLESS * 5, apart=True)
            made = billing.subscribe(self.story.owner, values, now=clock.now()).id
            bill_client(self.story.owner, client, today, send=False, now=clock.now())
            who, now = self.story.owner, clock.now()
            billing.pause(who, made, since=today + timedelta(days=5), until=None, reason=ENDLESS, now=now)
            billing.cancel(who, made, ends_on=today + timedelta(days=90), reason=ENDLESS, now=now)
            found = [made]
        return [*found, self.story.subscription()]

    def routers(self) -> list[uuid.UUID]:
        """A router whose every text is too long and that cannot be used, and one that only writes things down."""
        if not (found := self.newest(Router, Router.name == ENDLESS[:120])):
            values = RouterValues(ENDLESS[:120], "routeros", "x" * 250, 65535, ENDLESS[:120], {"tls": "unverified"})
            made = connect_router(self.story.owner, values, "secret", now=clock.now()).id
            note_trouble(self.story.business_id, made, ENDLESS, now=clock.now())
            record_try(self.story.business_id, made, ENDLESS, now=clock.now())
            found = [made]
        return [*found, self.story.router()]

    def on_network(self) -> list[uuid.UUID]:
        """A subscription that is on a router and differs there."""
        record_id = db.session.get_one(
            ServiceDifference, (self.story.business_id, self.story.network_difference())
        ).record_id
        return [db.session.get_one(ServiceRecord, (self.story.business_id, record_id)).subscription_id]

    def differing(self) -> list[uuid.UUID]:
        """A router that differs from billing."""
        found = db.session.get_one(ServiceDifference, (self.story.business_id, self.story.network_difference()))
        return [found.router_id]

    def to_be_changed(self) -> list[Values]:
        """A subscription with another plan from the next period on."""
        subscription_id, plan_id = self.story.subscription(), self.story.plan()
        wish = PlanWish(plan_id, clock.today("Africa/Lagos") + timedelta(days=40), Decimal(2))
        change(
            self.story.owner,
            subscription_id,
            lambda one, today: to_plan(self.story.business_id, one, wish, today),
            now=clock.now(),
        )
        return each("subscription_id", [subscription_id])

    def runs(self) -> list[uuid.UUID]:
        """The billing runs of the demo, and one in which everything is too long, odd, and waits."""
        self.subscriptions()
        if not self.newest(BillingRun, BillingRun.needs_person.is_(True)):
            now, who = clock.now(), self.story.owner
            run_id = billing.start_run(who, clock.today("Africa/Lagos") + timedelta(days=62), now=now, by_job=False).id
            with writing():
                db.session.execute(update(BillingRun).where(BillingRun.id == run_id).values(needs_person=True))
            while running.plan_next(who.business_id, run_id, now=now, by_job=False):
                pass
            long = {"odd": "jump", "words": ENDLESS[:300], "why": ENDLESS[:200], "before_minor": 12_345_678_901}
            with writing():
                db.session.execute(update(RunEntry).where(RunEntry.run_id == run_id).values(**long))
        return self.newest(BillingRun, BillingRun.needs_person.is_(True))

    def entries(self) -> list[Values]:
        """An entry of such a run."""
        [run_id] = self.runs()
        found = self.newest(RunEntry, RunEntry.run_id == run_id)
        return [{"run_id": run_id, "entry": entry_id} for entry_id in found[:1]]


RECURRING: Mapping[str, Callable[[Recurring], list[Values]]] = {
    "billing.archive_plan_form": lambda our: each("plan_id", our.plans()[:1]),
    "billing.edit_plan": lambda our: each("plan_id", our.plans()),
    "billing.plans": lambda our: [{} for _ in our.plans()[:1]] + [{"show": "archived"}, {"q": "zzz"}],
    "billing.price_form": lambda our: each("plan_id", our.plans()[:1]),
    "billing.restore_plan_form": lambda our: each("plan_id", our.plans()[:1]),
    "billing.show_plan": lambda our: each("plan_id", our.plans()),
    "billing.withdraw_price_form": lambda our: our.planned(),
    "billing.approve_form": lambda our: each("run_id", our.runs()),
    "billing.decide_form": lambda our: our.entries(),
    "billing.discard_form": lambda our: each("run_id", our.runs()),
    "billing.let_go_form": lambda our: each("client_id", our.newest(Client, Client.name == ENDLESS)),
    "billing.plan_again_form": lambda our: each("run_id", our.runs()),
    "billing.reverse_form": lambda our: each("run_id", our.runs()),
    "billing.run_list": lambda our: [{} for _ in our.runs()],
    "billing.show_run": lambda our: [
        {"run_id": run_id, **more} for run_id in our.runs() for more in ({}, {"tab": "same"})
    ],
    "billing.bill_form": lambda our: each("subscription_id", our.subscriptions()[1:]),
    "billing.call_off_form": lambda our: our.to_be_changed(),
    "billing.cancel_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.change_items_form": lambda our: each("subscription_id", our.subscriptions()),
    "billing.change_plan_form": lambda our: each("subscription_id", our.subscriptions()[1:]),
    "billing.new_recurring": lambda our: [{"client": our.story.client_id}],
    "billing.preview": lambda our: [{} for _ in our.subscriptions()[:1]] + [{"client": our.story.client_id}],
    "billing.tell_price_form": lambda our: our.planned(),
    "billing.edit_subscription": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.keep_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.new_subscription": lambda our: [
        {},
        {"q": "zzz"},
        {"client": our.story.client_id, "plan": our.story.plan()},
    ],
    "billing.pause_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.resume_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.show_subscription": lambda our: each("subscription_id", [*our.subscriptions(), *our.on_network()]),
    "billing.remove_service_form": lambda our: each("subscription_id", our.on_network()),
    "billing.repair_all_form": lambda our: each("router_id", our.differing()),
    "billing.restore_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.service_form": lambda our: each("subscription_id", our.on_network()),
    "billing.services": lambda our: [{} for _ in (*our.routers()[:1], *our.differing())],
    "billing.suspend_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.switch_again_form": lambda our: each("subscription_id", our.on_network()),
    "billing.throttle_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.subscriptions": lambda our: [{} for _ in our.subscriptions()[:1]] + [{"show": "over"}, {"q": "zzz"}],
}
