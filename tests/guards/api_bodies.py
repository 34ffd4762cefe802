"""A body that works for every operation of the API that takes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.invoices.queries.creditable import creditable_lines
from tests.guards.route_table import tomorrow
from tests.support.story import Story


def invoice_in_json(story: Story) -> dict[str, Any]:
    """An invoice of the client with one line, as programs send it."""
    line = {"description": "Fibre", "unit_price": "10", "taxes": [story.tax_id], "item_id": story.item()}
    return {"customer_id": story.client_id, "lines": [line]}


def credit_in_json(story: Story) -> dict[str, Any]:
    """A credit note over a part of an invoice's line, as programs ask for it."""
    line = creditable_lines(story.business_id, story.issued())[0]
    return {"reason": "returned", "lines": [{"line_id": line.id, "amount": "1.00"}]}


def agreed(story: Story) -> dict[str, Any]:
    """The body for a subscription of the client to a plan, with another as an add-on."""
    addon = {"plan_id": story.plan(), "quantity": "1"}
    return {"customer_id": story.client_id, "plan_id": story.plan(), "addons": [addon]}


# Bodies of the API that name objects, or need something to be read at all: endpoint -> the body, made with things of
# the given business.
API_BODIES: Mapping[str, Callable[[Story], dict[str, Any]]] = {
    "business_api.change_member": lambda story: {"role": "staff"},
    "business_api.change_message_template": lambda story: {"subject": "Thank you"},
    "business_api.change_settings": lambda story: {"terms_days": 30},
    "business_api.invite_member": lambda story: {"email": "bo@example.com", "role": "staff"},
    "business_api.make_token": lambda story: {"name": "Export", "scopes": ["invoices:read"]},
    "catalog_api.add_item": lambda story: {"name": "Box", "price": "1", "currency": "NGN", "tax_ids": [story.tax_id]},
    "catalog_api.add_tax": lambda story: {"name": "VAT", "rate": "7.5"},
    "catalog_api.change_item": lambda story: {"price": "2", "tax_ids": [story.tax_id]},
    "catalog_api.change_tax": lambda story: {"rate": "5"},
    "catalog_api.move_tax": lambda story: {"direction": "up"},
    "clients_api.add_customer": lambda story: {"name": "Ada"},
    "clients_api.change_customer": lambda story: {"notes": "Ring twice"},
    "hooks_api.add_webhook": lambda story: {"url": "https://example.com/other"},
    "hooks_api.change_webhook": lambda story: {"description": "Accounting"},
    "billing_api.bulk_generate": lambda story: {},
    "billing_api.generate_invoice": lambda story: {"subscription_id": story.subscription()},
    "billing_settings_api.change_billing_policy": lambda story: {"hold_hours": 4},
    "dunning_settings_api.change_dunning_policy_of_business": lambda story: {"grace_days": 2},
    "dunning_settings_api.add_ladder_act_of_business": lambda story: {"kind": "suspend", "days": 45},
    "dunning_settings_api.add_ladder_reminder_of_business": lambda story: {"days": 33},
    "dunning_settings_api.change_dunning_policy_of_plan": lambda story: {"grace_days": 2},
    "dunning_settings_api.add_ladder_act_of_plan": lambda story: {"kind": "suspend", "days": 45},
    "dunning_settings_api.add_ladder_reminder_of_plan": lambda story: {"days": 33},
    "dunning_settings_api.change_dunning_policy_of_customer": lambda story: {"grace_days": 2},
    "dunning_settings_api.add_ladder_act_of_customer": lambda story: {"kind": "suspend", "days": 45},
    "dunning_settings_api.add_ladder_reminder_of_customer": lambda story: {"days": 33},
    "dunning_api.waive_fee": lambda story: {"reason": "a mistake of ours"},
    "plans_api.add_plan": lambda story: {"name": "Home", "price": "15000", "tax_ids": [story.tax_id]},
    "plans_api.change_plan": lambda story: {"name": "Home", "tax_ids": [story.tax_id]},
    "plans_api.set_plan_price": lambda story: {"price": "9", "since": tomorrow()},
    "plans_api.tell_plan_price": lambda story: {"days_before": 14},
    "promises_api.hold_customer": lambda story: {"until": tomorrow()},
    "promises_api.hold_invoice": lambda story: {"until": tomorrow()},
    "promises_api.promise_customer": lambda story: {"until": tomorrow(), "amount": "10"},
    "promises_api.promise_invoice": lambda story: {"until": tomorrow()},
    "ledger_api.add_exchange_rate": lambda story: {"currency": "EUR", "rate": "1700"},
    "ledger_api.correct_exchange_rate": lambda story: {"rate": "1700"},
    "reminders_api.add_holiday": lambda story: {"on": tomorrow(), "name": "Eid"},
    "reminders_api.change_customer_reminders": lambda story: {"channels": ["email"]},
    "reminders_api.change_reminder_settings": lambda story: {"send_hour": 9},
    "reminders_api.postpone_reminder": lambda story: {"until": tomorrow()},
    "reminders_api.trust_customer_address": lambda story: {"channel": "email", "address": "ada@example.com"},
    "routers_api.change_router": lambda story: {"name": "Core"},
    "routers_api.connect_router": lambda story: {"driver": "log", "name": "Core"},
    "runs_api.approve_run": lambda story: {"looked": True},
    "runs_api.decide_run_entry": lambda story: {"decision": "right"},
    "runs_api.reverse_run": lambda story: {"reason": "Wrong"},
    "runs_api.start_run": lambda story: {},
    "subscriptions_api.add_subscription": lambda story: agreed(story),
    "subscriptions_api.cancel_subscription": lambda story: {"when": "now"},
    "subscriptions_api.change_subscription": lambda story: {"po_number": "1182"},
    "subscriptions_api.change_subscription_items": lambda story: {"addons": [{"plan_id": story.plan()}]},
    "subscriptions_api.change_subscription_plan": lambda story: {"plan_id": story.plan(), "quantity": "2"},
    "subscriptions_api.pause_subscription": lambda story: {},
    "subscriptions_api.preview_new_subscription": lambda story: agreed(story),
    "subscriptions_api.preview_subscription_items": lambda story: {"addons": [{"plan_id": story.plan()}]},
    "subscriptions_api.preview_subscription_plan": lambda story: {"plan_id": story.plan(), "quantity": "2"},
    "subscriptions_api.restore_service": lambda story: {},
    "subscriptions_api.resume_subscription": lambda story: {},
    "subscriptions_api.save_service": lambda story: {"router_id": story.router(), "username": "ada"},
    "subscriptions_api.suspend_service": lambda story: {"reason": "asked for it"},
    "subscriptions_api.throttle_service": lambda story: {"reason": "fair use"},
    "payments_api.allocate_payment": lambda story: {"invoice_id": story.issued()},
    "payments_api.apply_customer_credit": lambda story: {"invoice_id": story.issued()},
    "payments_api.match_held_money": lambda story: {"invoice_id": story.issued()},
    "payments_api.resolve_held_money": lambda story: {"resolution": "given back there"},
    "payments_api.pay_invoice": lambda story: {"amount": "1.00", "method": "cash"},
    "payments_api.record_payment": lambda story: {
        "customer_id": story.client_id,
        "amount": "10.00",
        "allocations": [{"invoice_id": story.issued(), "amount": "10.00"}],
    },
    "payments_api.record_payments": lambda story: {
        "payments": [{"customer_id": story.client_id, "amount": "10.00", "method": "cash"}],
    },
    "payments_api.refund_credit_note": lambda story: {"amount": "1.00", "method": "cash", "reason": "paid twice"},
    "payments_api.refund_payment": lambda story: {"amount": "1.00", "method": "cash", "reason": "paid twice"},
    "payments_api.release_payment": lambda story: {"invoice_id": story.issued()},
    "payments_api.reverse_payment": lambda story: {"reason": "typed twice"},
    "payments_api.undo_recorded_refund": lambda story: {"reason": "typed twice"},
    "reports_api.send_customer_statement": lambda story: {"period": "last-month"},
    "work_api.discard_background_work": lambda story: {"reason": "sent by hand"},
    "credit_notes_api.credit_invoice": credit_in_json,
    "credit_notes_api.void_credit_note": lambda story: {"reason": "typed twice"},
    "invoices_api.attach_invoice_file": lambda story: {"filename": "a.txt", "content": "aGVsbG8K"},
    "invoices_api.revise_invoice": lambda story: {"reason": "wrong quantity"},
    "invoices_api.change_invoice": invoice_in_json,
    "invoices_api.create_invoice": invoice_in_json,
    "invoices_api.create_invoices": lambda story: {"invoices": [invoice_in_json(story)]},
    "invoices_api.recover_invoice": lambda story: {"reason": "they wrote to us"},
    "invoices_api.replace_invoice": invoice_in_json,
    "invoices_api.send_invoice": lambda story: {"channels": ["email"]},
    "invoices_api.void_invoice": lambda story: {"reason": "typed twice"},
    "invoices_api.write_invoice_off": lambda story: {"reason": "gone bankrupt"},
}
