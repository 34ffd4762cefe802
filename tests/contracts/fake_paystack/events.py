"""Every event Paystack names, in the shapes and with the wrong types that its own samples have; our own data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

CUSTOMER = {"id": 11, "first_name": None, "email": "dami@lekki.example", "customer_code": "CUS_x", "metadata": None}
PLAN = {"id": 3, "name": "Fibre 50", "plan_code": "PLN_x", "amount": 750000, "interval": "monthly"}
PERSON = {"email": "dami@lekki.example", "customer_id": "11", "customer_code": "CUS_x", "country": "NG"}
DATES = {"created_at": "2026-11-20T09:30:15.000Z"}
CAMEL = {"createdAt": "2026-11-20T09:30:15.000Z"}

NAMES = (
    "charge.success",
    *("charge.dispute.create", "charge.dispute.remind", "charge.dispute.resolve"),
    *("refund.pending", "refund.processing", "refund.processed", "refund.failed", "refund.needs-attention"),
    *("transfer.success", "transfer.failed", "transfer.reversed"),
    *("invoice.create", "invoice.update", "invoice.payment_failed"),
    *("subscription.create", "subscription.disable", "subscription.not_renew", "subscription.expiring_cards"),
    *("dedicatedaccount.assign.success", "dedicatedaccount.assign.failed"),
    *("customeridentification.success", "customeridentification.failed"),
    *("paymentrequest.pending", "paymentrequest.success"),
    "bank.transfer.rejected",
    *("direct_debit.authorization.created", "direct_debit.authorization.active"),
    *("preauthorization.reserve.success", "preauthorization.capture.success", "preauthorization.capture.failed"),
    *("preauthorization.release.success", "preauthorization.release.failed"),
)
"""The thirty-three of them."""


def every_event(reference: str) -> Iterator[dict[str, Any]]:
    """Bodies of all events, most in several shapes; those about a payment name `reference`."""
    yield from _charges(reference)
    yield from _refunds(reference)
    yield from _disputes(reference)
    yield from _billing(reference)
    yield from _accounts()


def _charges(reference: str) -> Iterator[dict[str, Any]]:
    base = {"id": 302961, "domain": "test", "status": "success", "reference": reference, "amount": 34400000}
    base |= {"currency": "NGN", "channel": "card", "customer": CUSTOMER, "plan": {}} | DATES
    for metadata in (0, "", None, "7", '{"invoice":"7"}', [], {"invoice": 7, "custom_fields": None}):
        yield {"event": "charge.success", "data": base | {"metadata": metadata}}
    transfer = {"channel": "dedicated_nuban", "receiver_bank_account_number": "9930000000", "sender_name": "D ADE"}
    for changed in (
        {"id": None},
        {"id": "302961", "amount": "34400000", "plan": None},
        {"authorization": transfer, "reference": "PSK-we-never-made-this"},
        {"reference": None},
        {"reference": 302961, "currency": None, "amount": None, "customer": None},
        {"paidAt": "2026-11-20T09:30:15.000Z", "fees": "150000", "log": [], "fees_split": {"paystack": 1}},
    ):
        yield {"event": "charge.success", "data": base | changed}


def _refunds(reference: str) -> Iterator[dict[str, Any]]:
    base = {"transaction_reference": reference, "amount": "500000", "currency": "NGN", "domain": "test"}
    base |= {"processor": "instant-transfer", "integration": 100043, "customer": {"email": "dami@lekki.example"}}
    for state in ("pending", "processing", "processed", "failed", "needs-attention"):
        event = f"refund.{state}"
        yield {"event": event, "data": base | {"status": state, "refund_reference": None}}
        yield {"event": event, "data": base | {"status": state, "id": 15581137, "refund_reference": "TRF_1"}}
        yield {"event": event, "data": base | {"status": state, "id": "15581137", "amount": 500000}}
        yield {"event": event, "data": {"status": state, "transaction": {"reference": reference}, "amount": None}}
        yield {"event": event, "data": {"status": None, "transaction_reference": None, "id": {}, "amount": ["1"]}}


def _disputes(reference: str) -> Iterator[dict[str, Any]]:
    base = {"id": 2867000, "refund_amount": 34400000, "currency": "NGN", "domain": "test", "customer": CUSTOMER}
    base |= {"status": "awaiting-merchant-feedback", "resolution": None, "category": "chargeback", "evidence": None}
    about = {"transaction": {"id": 302961, "reference": reference, "status": "reversed", "amount": 34400000}}
    base |= about | {"transaction_reference": None, "history": [], "messages": []}
    due, camel_due = {"due_at": "2026-11-23T22:00:00.000Z"} | DATES, {"dueAt": "2026-11-23T22:00:00.000Z"} | CAMEL
    for name in ("create", "remind", "resolve"):
        end = {"status": "resolved", "resolution": "auto-accepted"} if name == "resolve" else {}
        for changed in (due, camel_due, {"dueAt": None}, {"refund_amount": "34400000", "id": "2867000"}):
            yield {"event": f"charge.dispute.{name}", "data": base | end | changed}
        for odd in ({"transaction": 302961}, {"transaction": None, "id": None, "refund_amount": None, "category": 0}):
            yield {"event": f"charge.dispute.{name}", "data": base | end | odd}


def _billing(reference: str) -> Iterator[dict[str, Any]]:
    invoice = {"invoice_code": "INV_x", "amount": 750000, "status": "success", "paid": 1, "customer": CUSTOMER}
    invoice |= {"subscription": {"status": "active", "subscription_code": "SUB_x"}, "authorization": {}} | DATES
    yield {"event": "invoice.create", "data": invoice | {"transaction": {"reference": reference, "amount": 750000}}}
    yield {"event": "invoice.update", "data": invoice | {"transaction": {}, "paid": True}}
    yield {
        "event": "invoice.payment_failed",
        "data": invoice | {"transaction": None, "paid": False, "amount": "750000"},
    }
    subscription = {"subscription_code": "SUB_x", "email_token": "x", "plan": PLAN, "customer": CUSTOMER}
    yield {"event": "subscription.create", "data": subscription | {"status": "active", "amount": 750000} | CAMEL}
    yield {"event": "subscription.disable", "data": subscription | {"status": "complete", "id": None} | DATES}
    yield {"event": "subscription.not_renew", "data": subscription | {"status": "non-renewing", "plan": None}}
    card = {"expiry_date": "12/2026", "description": "visa ending with 4081", "brand": "visa"}
    yield {
        "event": "subscription.expiring_cards",
        "data": [card | {"subscription": subscription, "customer": CUSTOMER}],
    }
    yield {"event": "subscription.expiring_cards", "data": []}
    request = {"id": 4, "amount": 750000, "status": "pending", "paid": False, "offline_reference": "4", "customer": 11}
    yield {
        "event": "paymentrequest.pending",
        "data": request | {"description": None, "line_items": [], "tax": []} | CAMEL,
    }
    yield {
        "event": "paymentrequest.success",
        "data": request | {"paid": True, "metadata": "", "notifications": []} | DATES,
    }


def _accounts() -> Iterator[dict[str, Any]]:
    transfer = {"id": 3, "amount": 100000, "currency": "NGN", "reference": "tr-1", "transfer_code": "TRF_x"}
    transfer |= {"recipient": {"details": {"account_number": "0000000000"}}, "session": {"id": None}, "failures": None}
    for state in ("success", "failed", "reversed"):
        yield {"event": f"transfer.{state}", "data": transfer | {"status": state} | CAMEL}
    account = {"id": 253, "account_number": "9930000000", "account_name": "DAMI ADE", "assigned": True, "active": True}
    assigned = {"customer": CUSTOMER, "dedicated_account": account, "identification": {"status": "success"}}
    yield {"event": "dedicatedaccount.assign.success", "data": assigned}
    yield {"event": "dedicatedaccount.assign.failed", "data": {"customer": CUSTOMER, "dedicated_account": None}}
    yield {"event": "customeridentification.success", "data": PERSON | {"identification": {"type": "bvn"}}}
    yield {"event": "customeridentification.failed", "data": PERSON | {"reason": "Account number or BVN is incorrect"}}
    rejected = {"amount": 100000, "reference": "in-1", "transaction_reference": "in-1", "account_number": "9930000000"}
    yield {"event": "bank.transfer.rejected", "data": rejected | {"reason": None, "gateway_response": "Rejected"}}
    mandate = {"id": 8, "authorization_code": "AUTH_x", "status": "pending", "customer": {"id": 11, "code": "CUS_x"}}
    ok = {"status": True, "message": "Authorization created"}
    yield ok | {"event": "direct_debit.authorization.created", "data": mandate | {"mandate_id": 4, "active": False}}
    yield {"event": "direct_debit.authorization.active", "data": mandate | {"status": "active", "active": True}}
    reserve = {
        "id": 5,
        "domain": "test",
        "reference": "pre-1",
        "amount": 100000,
        "currency": "ZAR",
        "customer": CUSTOMER,
    }
    for name in ("reserve.success", "capture.success", "capture.failed", "release.success", "release.failed"):
        yield {
            "event": f"preauthorization.{name}",
            "data": reserve | {"metadata": "", "reusable": None, "expire_at": "x"},
        }
