"""What the sweeps of the route map have to know about single routes. A new route is at most one line here.

- A parameter of a path needs a line in `THINGS`: how to get a real one of a business.
- A route that anybody may open needs a line in `PUBLIC` of `route_access.py`, with the reason.
- A form that names objects of a business needs a line in `BODIES`, so that another's ids are tried there, too.
- An operation of the API that takes a body needs one that works in `API_BODIES`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from app import clock
from app.auth.models import SignInSession
from app.auth.queries import get_business
from app.auth.rules import token_hash
from app.auth.service.api_tokens import make_own
from app.billing import service as billing
from app.billing.models import BillingRun, RunEntry
from app.billing.service import running
from app.database import writing
from app.extensions import db
from app.hooks import service as hooks
from app.hooks.queries import endpoints
from app.hooks.rules import MOST, EndpointValues
from app.invoices.queries.creditable import creditable_lines
from app.money import Money
from app.payments.gateways.base import Verification
from app.payments.models import Allocation, Attempt
from app.payments.queries import held
from app.payments.queries.credit_notes import get_note
from app.payments.service import hold, record_payment
from tests.support.queues import given_up
from tests.support.story import Story

Made = dict[str, Any]


def session_of_the_owner(story: Story, _made: Made) -> uuid.UUID:
    """The id of the owner's session."""
    found = db.session.scalar(select(SignInSession.id).where(SignInSession.token_hash == token_hash(story.token)))
    assert found is not None
    return found


def token_of_the_owner(story: Story, _made: Made) -> uuid.UUID:
    """The id of a token of the owner."""
    return make_own(story.owner, "Export", ["invoices:read"], 30, now=clock.now())[0]


def file_of_a_draft(story: Story, made: Made) -> uuid.UUID:
    """The id of a file; the invoice before it in the path becomes the draft that carries it."""
    made["invoice_id"], attachment_id = story.with_file()
    return attachment_id


def payment(story: Story, made: Made) -> uuid.UUID:
    """A payment by hand that settled a part of an invoice, whose link a token before it in the path becomes."""
    today, invoice_id = clock.today(get_business(story.business_id).timezone), story.issued()
    made["token"] = story.link(invoice_id)
    return record_payment(story.owner, invoice_id, Money(1000, "NGN"), "cash", today, now=clock.now()).id


def settled_by_it(_story: Story, made: Made) -> uuid.UUID:
    """The invoice that the payment before it in the path settles."""
    found = db.session.scalar(select(Allocation.invoice_id).where(Allocation.payment_id == made["payment_id"]))
    assert found is not None
    return found


def credit_note(story: Story, made: Made) -> uuid.UUID:
    """A credit note; a token before it in the path becomes the link of its invoice."""
    note = get_note(story.business_id, story.credited())
    made["token"] = story.link(note.invoice_id)
    return note.id


def held_money(story: Story, _made: Made) -> uuid.UUID:
    """Money that came under a reference nobody knows."""
    answer = Verification("succeeded", amount_minor=1000, currency="NGN")
    hold(story.business_id, "demo", uuid.uuid4().hex, answer, "Nobody knows this reference.", now=clock.now())
    return held(story.business_id)[-1].id


def unsettled(story: Story, _made: Made) -> uuid.UUID:
    """A try to pay of which nobody knows what became."""
    click = story.attempt(story.issued())
    with writing():
        mine = (Attempt.business_id == story.business_id, Attempt.id == click.id)
        db.session.execute(update(Attempt).where(*mine).values(state="unclear"))
    return click.id


def message(story: Story, _made: Made) -> uuid.UUID:
    """A message about an invoice that did not get out."""
    return story.failed_message()


def step(story: Story, made: Made) -> uuid.UUID:
    """A step of the ladder that an invoice, the client or a plan before it in the path follows."""
    return story.ladder_step(made.get("client_id"), made.get("plan_id"))


def hold_of(story: Story, made: Made) -> uuid.UUID:
    """A hold on the invoice, or the client, before it in the path."""
    return story.held(made.get("invoice_id"))


def editor(story: Story) -> dict[str, Any]:
    """The editor of an invoice with one line for the client of a business."""
    line = {"lines-0-title": "Fibre", "lines-0-taxes": story.tax_id, "lines-0-item_id": story.item()}
    return {"client_id": story.client_id, "currency": "NGN", "issue_date": "2026-11-20", "terms": "14", **line}


def subscribed(story: Story) -> dict[str, Any]:
    """The form for a subscription of the client to a plan, with another as an add-on."""
    what = {"client_id": story.client_id, "currency": "NGN", "plan_id": story.plan(), "quantity": "1"}
    more = {"addons-0-plan_id": story.plan(), "addons-0-quantity": "1", "subscription_id": story.subscription()}
    return {"starts_on": clock.today("Africa/Lagos"), **what, **more}


def plan_changed(story: Story) -> dict[str, Any]:
    """The form for another plan."""
    return {"plan_id": story.plan(), "quantity": "1", "when": "now", "billing": "now", "version": "2"}


def items_changed(story: Story) -> dict[str, Any]:
    """The form for more of an add-on."""
    added = {"adds-0-plan_id": story.plan(), "adds-0-quantity": "1"}
    return {"when": "now", "billing": "now", "version": "2", **added}


def recurring(story: Story) -> dict[str, Any]:
    """The form for an invoice of the client that comes every month."""
    line = {"lines-0-title": "Support", "lines-0-quantity": "1", "lines-0-price": "10", "lines-0-tax_ids": story.tax_id}
    more = {
        "cycle_count": "1",
        "cycle_unit": "month",
        "ahead": "yes",
        "stub": "now",
        "lines-0-discount_kind": "percent",
    }
    days = {"starts_on": clock.today("Africa/Lagos"), "subscription_id": story.subscription()}
    return {"client_id": story.client_id, "name": "Support", "currency": "NGN", **line, **more, **days}


def paid_by_hand(story: Story) -> dict[str, Any]:
    """The form for a payment of an invoice."""
    money = {"amount": "10.00", "currency": "NGN", "method": "cash", "received_on": clock.today("Africa/Lagos")}
    return {"payment_id": uuid.uuid4(), "invoice": story.issued(), **money}


def paid_in_one(story: Story) -> dict[str, Any]:
    """The form for a payment over many invoices of a client."""
    money = {"amount": "10.00", "currency": "NGN", "method": "cash", "received_on": clock.today("Africa/Lagos")}
    share = {"shares-0-invoice": story.issued(), "shares-0-amount": "10.00"}
    return {"payment_id": uuid.uuid4(), "client": story.client_id, **money, **share}


def policy() -> dict[str, Any]:
    """The form of a policy that is new."""
    days = {"grace_days": "0", "warning_days": "3", "promise_days": "14", "promises_open": "1"}
    rest = {"promises_a_year": "4", "promise_percent": "50", "breaker_percent": "10", "breaker_count": "3"}
    return {"version": "0", "enabled": "y", "quiet_5": "y", **days, **rest}


def tomorrow() -> str:
    """The next day, as it is typed."""
    return (clock.today("Africa/Lagos") + timedelta(days=1)).isoformat()


def given_back() -> dict[str, Any]:
    """The form for a refund by hand."""
    when = {"method": "cash", "on_date": clock.today("Africa/Lagos"), "reason": "paid twice"}
    return {"refund_id": uuid.uuid4(), "amount": "1.00", **when}


def crediting(story: Story) -> dict[str, Any]:
    """The form for a credit note over a part of an invoice's line."""
    line = creditable_lines(story.business_id, story.issued())[0]
    amounts = {"lines-0-line": line.id, "lines-0-amount": "1.00"}
    return {"note_id": uuid.uuid4(), "reason": "returned", "use": "settle", **amounts}


# Parameter of a path -> a real one, given what was made for earlier parameters of the same path.
def billing_run(story: Story, _made: Made) -> uuid.UUID:
    """The id of a billing run that waits for approval."""
    story.subscription()
    run_id = billing.start_run(story.owner, clock.today("Africa/Lagos"), now=clock.now(), by_job=False).id
    with writing():
        db.session.execute(update(BillingRun).where(BillingRun.id == run_id).values(needs_person=True))
    while running.plan_next(story.business_id, run_id, now=clock.now(), by_job=False):
        pass
    return run_id


def decision(story: Story) -> dict[str, Any]:
    """The form for a decision on an entry of the newest billing run."""
    mine = select(RunEntry.id).where(RunEntry.business_id == story.business_id).order_by(RunEntry.id.desc())
    return {"entry": db.session.scalar(mine.limit(1)) or uuid.uuid4(), "was": "", "decision": "right"}


def entry_of_a_run(story: Story, made: Made) -> uuid.UUID:
    """An entry of the billing run before it in the path."""
    mine = (RunEntry.business_id == story.business_id, RunEntry.run_id == made["run_id"])
    found = db.session.scalar(select(RunEntry.id).where(*mine).limit(1))
    assert found is not None
    return found


def webhook(story: Story, _made: Made) -> Any:
    """An address that is told what happens; an old one makes room for it."""
    there = endpoints(story.business_id)
    if len(there) == MOST:
        hooks.remove_endpoint(story.owner, there[0].id, clock.now())
    row, _ = hooks.add_endpoint(story.owner, EndpointValues("https://example.com/duely"), clock.now())
    return row.id


def delivery_of(story: Story, made: Made) -> Any:
    """Something a webhook was told."""
    return hooks.try_endpoint(story.owner, made["endpoint_id"], clock.now()).id


THINGS: Mapping[str, Callable[[Story, Made], Any]] = {
    "attachment_id": file_of_a_draft,
    "plan_id": lambda story, _made: story.plan(),
    "price_id": lambda story, made: story.planned_price(made["plan_id"]),
    "subscription_id": lambda story, _made: story.subscription(),
    "router_id": lambda story, _made: story.router(),
    "endpoint_id": webhook,
    "delivery_id": delivery_of,
    "difference_id": lambda story, _made: story.network_difference(),
    "run_id": billing_run,
    "entry_id": entry_of_a_run,
    "client_id": lambda story, _made: story.client_id,
    "invitation_id": lambda story, _made: story.invitation(),
    "invoice_id": lambda story, _made: story.issued(),
    "job_id": lambda story, _made: given_up(story.business_id),
    "item_id": lambda story, _made: story.item(),
    "token_id": token_of_the_owner,
    "held_id": held_money,
    "card_id": lambda story, _made: story.saved_card(),
    "payment_id": payment,
    "part_id": settled_by_it,
    "note_id": credit_note,
    "refund_id": lambda story, _made: story.refunded(),
    "person_id": lambda story, _made: story.owner.person_id,
    "session_id": session_of_the_owner,
    "rate_id": lambda story, _made: story.rate(),
    "tax_id": lambda story, _made: story.tax_id,
    "unsettled_id": unsettled,
    "message_id": message,
    "step_id": step,
    "hold_id": hold_of,
    "batch_id": lambda story, _made: story.held_cuts(),
    "holiday_id": lambda story, _made: story.holiday(),
}

# Parameters that are secrets themselves: whoever knows one may come in, so there is no "other business" to try.
# An attempt and a saved card are found through the customer's token, a notice by its signature.
SECRETS = {"token", "reference", "filename", "identifier", "attempt_id", "kept_id", "gateway", "key"}

# Fields that programs may send although Duely decides them elsewhere: endpoint -> their names.
OWN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "business_api.change_member": ("role",),
    "business_api.invite_member": ("role",),
}

# Routes whose GET leaves something behind -> the tables it may touch.
NOTED_BY_GET: Mapping[str, tuple[str, ...]] = {
    "credit_notes_api.get_credit_note_pdf": ("job",),
    "invoices.pdf": ("printed_file", "job"),
    "invoices_api.get_invoice_pdf": ("job",),
    "payments.credit_note_pdf": ("job",),
    "payments.receipt": ("job",),
    "payments_api.download_receipt": ("job",),
    "reports.statement_pdf": ("job",),
    "reports_api.download_statement": ("job",),
    "portal.credit_note": ("job",),
    "portal.receipt": ("job",),
}

PLAN: Mapping[str, Any] = {"name": "Home", "price": "15000", "currency": "NGN"}

# Forms that name objects: endpoint -> the form, made with things of the given business.
BODIES: Mapping[str, Callable[[Story], dict[str, Any]]] = {
    "auth.make_api_token": lambda story: {"name": "Export", "scopes": ["invoices:read"], "days": "30"},
    "auth.switch": lambda story: {"business_id": story.business_id},
    "billing.change_plan": lambda story: {**PLAN, "version": "1", "tax_ids": [story.tax_id]},
    "billing.create_plan": lambda story: {**PLAN, "plan_id": story.plan(), "tax_ids": [story.tax_id]},
    "billing.new_plan_example": lambda story: dict(PLAN),
    "billing.plan_example": lambda story: dict(PLAN),
    "billing.set_price": lambda story: {"currency": "NGN", "price": "9", "since": tomorrow(), "who": "all"},
    "billing.bill": lambda story: {"send": "y"},
    "billing.decide": decision,
    "billing.reverse": lambda story: {"reason": "Wrong", "version": "2"},
    "billing.start_run": lambda story: {"as_of": clock.today("Africa/Lagos")},
    "billing_settings.change_policy": lambda story: {"review_days": "0", "hold_hours": "0", "missed": "all"},
    "billing.cancel": lambda story: {"when": "now", "version": "2"},
    "billing.change_subscription": lambda story: {"name": "Home", "version": "2"},
    "billing.change_subscription_plan": plan_changed,
    "billing.change_items": items_changed,
    "billing.preview_plan_change": plan_changed,
    "billing.preview_items_change": items_changed,
    "billing.create_recurring": recurring,
    "billing.preview_recurring": recurring,
    "billing.tell_price": lambda story: {"days_before": "30"},
    "billing.create_subscription": subscribed,
    "billing.pause": lambda story: {"since": clock.today("Africa/Lagos"), "version": "2"},
    "billing.preview_subscription": subscribed,
    "billing.resume": lambda story: {"on": clock.today("Africa/Lagos"), "version": "2"},
    "billing.restore": lambda story: {"version": "2"},
    "billing.save_service": lambda story: {"router_id": story.router(), "username": "ada", "version": "0"},
    "billing.suspend": lambda story: {"reason": "asked for it", "version": "2"},
    "billing.throttle": lambda story: {"reason": "fair use", "version": "2"},
    "catalog.change": lambda story: {"name": "Router", "price": "1", "currency": "NGN", "version": "1"},
    "catalog.change_tax": lambda story: {"name": "VAT", "rate": "7.5", "pricing": "document", "version": "1"},
    "catalog.create": lambda story: {"name": "Box", "price": "1", "currency": "NGN", "tax_ids": [story.tax_id]},
    "catalog.move_tax": lambda story: {"direction": "up"},
    "catalog.quick": lambda story: {
        "item_name": "Box",
        "item_price": "1",
        "currency": "NGN",
        "item_tax_ids": [story.tax_id],
    },
    "clients.archive_chosen": lambda story: {"ids": [story.client_id]},
    "clients.restore_chosen": lambda story: {"ids": [story.client_id]},
    "invoices.bulk": lambda story: {"do": "delete", "sure": "1", "ids": [story.draft()]},
    "invoices.create": lambda story: editor(story) | {"draft_id": story.draft(), "version": "3"},
    "invoices.save": lambda story: editor(story),
    "invoices.totals": lambda story: editor(story),
    "invoices.recover_it": lambda story: {"reason": "they wrote to us"},
    "invoices.void_it": lambda story: {"reason": "typed twice"},
    "invoices.write_it_off": lambda story: {"reason": "gone bankrupt"},
    "ledger.add": lambda story: {"currency": "EUR", "valid_from": "2026-11-20", "rate": "1700"},
    "ledger.correct": lambda story: {"rate": "1700"},
    "auth.change_role": lambda story: {"role": "staff"},
    "payments.apply": lambda story: {"invoice_id": story.issued(), "invoice": story.issued()},
    "payments.apply_note": lambda story: {"invoice": story.issued()},
    "payments.charge": lambda story: {"card": story.saved_card()},
    "payments.credit": lambda story: crediting(story),
    "payments.give_back": lambda story: given_back(),
    "payments.give_back_note": lambda story: given_back(),
    "payments.match": lambda story: {"target": f"invoice:{story.issued()}"},
    "payments.record": lambda story: paid_by_hand(story),
    "payments.record_many": lambda story: paid_in_one(story),
    "payments.revise": lambda story: {"reason": "wrong quantity"},
    "payments.undo_refund": lambda story: {"reason": "typed twice"},
    "reminders.add_step": lambda story: {"days": "5", "when": "after", "channel": "", "wording": "reminder_overdue"},
    "reminders.add_client_step": lambda story: {"days": "5", "when": "after", "wording": "reminder_overdue"},
    "reminders.add_holiday": lambda story: {"on_day": tomorrow(), "name": "Eid"},
    "dunning.add_act": lambda story: {"kind": "suspend", "days": "45"},
    "dunning.plan_add_act": lambda story: {"kind": "suspend", "days": "45"},
    "dunning.client_add_act": lambda story: {"kind": "suspend", "days": "45"},
    "dunning.change_policy": lambda story: policy(),
    "dunning.plan_change_policy": lambda story: policy(),
    "dunning.client_change_policy": lambda story: policy(),
    "dunning.note_promise": lambda story: {"until": tomorrow()},
    "dunning.note_client_promise": lambda story: {"until": tomorrow(), "amount": "10"},
    "dunning.waive": lambda story: {"reason": "a mistake of ours"},
    "reminders.hold": lambda story: {"until": tomorrow()},
    "reminders.hold_client": lambda story: {"until": tomorrow()},
    "reminders.postpone": lambda story: {"until": tomorrow()},
    "payments.void_note": lambda story: {"reason": "typed twice"},
    "hooks.change": lambda story: {"url": "https://example.com/other", "version": "1"},
    "hooks.create": lambda story: {"url": "https://example.com/other"},
    "routers.change": lambda story: {"name": "Core", "version": "1"},
    "routers.connect": lambda story: {"name": "Core"},
    "work.discard": lambda story: {"reason": "sent by hand"},
}

# Addresses that name objects in their query -> the query, made with things of the given business.
QUERIES: Mapping[str, Callable[[Story], dict[str, Any]]] = {
    "billing.new_recurring": lambda story: {"client": story.client_id},
    "billing.preview": lambda story: {"client": story.client_id, "plan": story.plan()},
    "billing.preview_file": lambda story: {"client": story.client_id, "subscription": story.subscription()},
    "billing.new_subscription": lambda story: {"client": story.client_id, "plan": story.plan()},
    "billing.services": lambda story: {"router": story.router()},
    "billing.subscriptions": lambda story: {"client": story.client_id, "plan": story.plan()},
    "invoices.index": lambda story: {"client": story.client_id},
    "invoices.new": lambda story: {"client": story.client_id},
    "invoices_api.list_invoices": lambda story: {"customer_id": story.client_id},
    "credit_notes_api.list_credit_notes": lambda story: {"customer_id": story.client_id, "invoice_id": story.issued()},
    "messages.index": lambda story: {"client": story.client_id},
    "payments.index": lambda story: {"client": story.client_id},
    "payments.new": lambda story: {"invoice": story.issued()},
    "payments.many": lambda story: {"client": story.client_id},
    "payments.spread": lambda story: {"client": story.client_id, "amount": "10"},
    "payments_api.list_payments_received": lambda story: {"customer_id": story.client_id},
    "payments_api.list_refunds_given": lambda story: {"customer_id": story.client_id},
    "reports_api.read_forecast": lambda story: {
        "customer_id": story.client_id,
        "plan_id": story.plan(),
        "subscription_id": story.subscription(),
    },
}
