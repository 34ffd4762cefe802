"""The official shapes of answers and notices, with every member that the specification requires."""

from __future__ import annotations

from typing import Any

from tests.contracts.fake_paystack.books import Card, Dispute, Refund, Transaction
from tests.contracts.fake_paystack.keys import mode

PAID_AT = "2026-11-20T09:30:15.000Z"
BEGUN_AT = "2026-11-20T09:29:00.000Z"
_PAID = ("success", "reversed")


def card(of: Card | None) -> dict[str, Any]:
    """An authorization."""
    if of is None:
        return {}
    return {
        "authorization_code": of.code,
        "bin": "408408",
        "last4": of.last4,
        "exp_month": "12",
        "exp_year": "2030",
        "channel": "card",
        "card_type": of.brand,
        "bank": "TEST BANK",
        "country_code": "NG",
        "brand": of.brand,
        "reusable": of.reusable,
        "signature": of.signature,
        "account_name": None,
    }


def customer(email: str) -> dict[str, Any]:
    """A customer of whom nothing is known but the address."""
    return {
        "id": 181873746,
        "first_name": None,
        "last_name": None,
        "email": email,
        "customer_code": "CUS_1rkzaqsv4rrhqo6",
        "phone": None,
        "metadata": None,
        "risk_action": "default",
        "international_format_phone": None,
    }


def _known_customer(email: str) -> dict[str, Any]:
    words = {"first_name": "Dami", "last_name": "Ade", "phone": "", "metadata": "", "international_format_phone": ""}
    return customer(email) | words


def transaction(of: Transaction) -> dict[str, Any]:
    """What verify and charge.success tell."""
    paid = PAID_AT if of.status in _PAID else None
    return {
        "id": of.id,
        "domain": mode(of.key),
        "status": of.status,
        "reference": of.reference,
        "receipt_number": None,
        "amount": of.requested,
        "message": None,
        "gateway_response": "Successful" if paid else "The transaction was not completed",
        "paid_at": paid,
        "paidAt": paid,
        "created_at": BEGUN_AT,
        "createdAt": BEGUN_AT,
        "channel": "card",
        "currency": of.currency,
        "ip_address": "197.210.0.1",
        "metadata": of.metadata,
        "log": None,
        "fees": of.fees if paid else None,
        "fees_split": None,
        "authorization": card(of.card),
        "customer": customer(of.email),
        "plan": None,
        "split": {},
        "order_id": None,
        "requested_amount": of.requested,
        "pos_transaction_data": None,
        "source": None,
        "fees_breakdown": None,
        "connect": None,
        "transaction_date": BEGUN_AT,
        "plan_object": {},
        "subaccount": {},
    } | of.overrides


def charge(of: Transaction) -> dict[str, Any]:
    """What charging an authorization answers: a transaction in a shape of its own."""
    failed = of.status == "failed"
    return {
        "id": of.id,
        "amount": of.requested,
        "currency": of.currency,
        "transaction_date": PAID_AT,
        "status": of.status,
        "reference": of.reference,
        "domain": mode(of.key),
        "metadata": of.metadata,
        "gateway_response": "Insufficient Funds" if failed else "Approved",
        "message": "Insufficient Funds" if failed else None,
        "channel": "card",
        "ip_address": None,
        "log": None,
        "fees": None if failed else of.fees,
        "authorization": card(of.card),
        "customer": customer(of.email),
        "plan": None,
    } | of.overrides


def paused(of: Transaction, code: str) -> dict[str, Any]:
    """What charging an authorization answers when the bank wants to see the customer. Not in the specification."""
    url = f"https://checkout.paystack.com/resume/{code}"
    return {"authorization_url": url, "access_code": code, "reference": of.reference, "paused": True}


def _refund(of: Refund) -> dict[str, Any]:
    return {
        "integration": 100043,
        "id": of.id,
        "domain": mode(of.key),
        "currency": of.transaction.currency,
        "amount": of.amount,
        "status": of.status,
        "refunded_by": "ada@harmattan.example",
        "customer_note": of.customer_note,
        "merchant_note": of.merchant_note,
        "deducted_amount": 0 if of.status == "pending" else of.amount,
    }


def refund_made(of: Refund) -> dict[str, Any]:
    """What asking for a refund answers."""
    paid = of.transaction
    about = {
        "id": paid.id,
        "domain": mode(of.key),
        "reference": paid.reference,
        "amount": paid.amount,
        "paid_at": PAID_AT,
        "channel": "card",
        "currency": paid.currency,
        "authorization": {"exp_month": None, "exp_year": None, "account_name": None},
        "customer": {"international_format_phone": None},
        "plan": {},
        "subaccount": {"currency": None},
        "split": {},
        "order_id": None,
        "paidAt": PAID_AT,
        "pos_transaction_data": None,
        "source": None,
        "fees_breakdown": None,
    }
    extra = {"transaction": about, "channel": None, "fully_deducted": False, "expected_at": "2026-12-01T09:00:00.000Z"}
    return _refund(of) | extra | {"createdAt": of.made_at, "updatedAt": of.made_at} | of.overrides


def refund_listed(of: Refund) -> dict[str, Any]:
    """A refund as it is fetched or listed."""
    return (
        _refund(of)
        | {
            "transaction": of.transaction.id,
            "dispute": None,
            "settlement": None,
            "refunded_at": of.made_at if of.status == "processed" else None,
            "fully_deducted": 0 if of.status == "pending" else 1,
            "createdAt": of.made_at,
            "bank_reference": None,
            "transaction_reference": of.transaction.reference,
            "reason": "The customer's bank declined the refund" if of.status == "failed" else "",
            "customer": _known_customer(of.transaction.email),
            "refund_type": "partial" if of.amount < of.transaction.amount else "full",
            "transaction_amount": of.transaction.amount,
            "initiated_by": "ada@harmattan.example",
            "refund_channel": "transfer" if of.account else "card",
            "session_id": None,
            "collect_account_number": of.status == "needs-attention",
        }
        | of.overrides
    )


def refund_retried(of: Refund) -> dict[str, Any]:
    """What sending a refund to a bank account answers."""
    extra = {"dispute": {}, "settlement": {}, "fully_deducted": True, "customer": {}, "channel": "transfer"}
    dates = {"refunded_at": None, "expected_at": "2026-12-01T09:00:00.000Z", "reversed_at": None}
    return refund_listed(of) | extra | dates


def refund_told(of: Refund) -> dict[str, Any]:
    """The data of a refund's notice: the amount is text, and the first notice has neither id nor reference of it."""
    number = {} if of.status == "pending" else {"id": of.id}
    return (
        number
        | {
            "status": of.status,
            "transaction_reference": of.transaction.reference,
            "refund_reference": None if of.status == "pending" else f"TRF_{of.id}",
            "amount": str(of.amount),
            "currency": of.transaction.currency,
            "processor": "instant-transfer",
            "customer": {"first_name": None, "last_name": None, "email": of.transaction.email},
            "integration": 100043,
            "domain": mode(of.key),
        }
        | of.overrides
    )


def dispute(of: Dispute) -> dict[str, Any]:
    """A dispute, in an answer and in a notice."""
    about = transaction(of.transaction) | {
        "customer": {"international_format_phone": None},
        "plan": {},
        "metadata": {"custom_fields": []},
        "authorization": {"receiver_bank_account_number": None, "receiver_bank": None},
    }
    resolved = "2026-11-21T08:00:00.000Z" if of.resolution else None
    return {
        "id": of.id,
        "refund_amount": of.amount,
        "currency": of.transaction.currency,
        "status": of.status,
        "resolution": of.resolution,
        "domain": mode(of.key),
        "transaction": about,
        "transaction_reference": None,
        "category": of.category,
        "customer": _known_customer(of.transaction.email) | {"metadata": {}},
        "bin": "408408",
        "last4": "4081",
        "dueAt": of.due,
        "resolvedAt": resolved,
        "evidence": None,
        "attachments": None,
        "note": None,
        "history": [{"status": of.status, "by": "customer@bank.example", "createdAt": PAID_AT}],
        "messages": [],
        "createdAt": PAID_AT,
        "updatedAt": resolved or PAID_AT,
    } | of.overrides


def bank(number: int, name: str) -> dict[str, Any]:
    """A bank that money can be sent to."""
    return {
        "id": number,
        "name": name,
        "slug": name.lower().replace(" ", "-"),
        "code": f"{number:03}",
        "longcode": f"{number:09}",
        "gateway": None,
        "pay_with_bank": False,
        "supports_transfer": True,
        "available_for_direct_debit": False,
        "active": True,
        "is_deleted": False,
        "country": "Nigeria",
        "currency": "NGN",
        "type": "nuban",
        "createdAt": PAID_AT,
        "updatedAt": PAID_AT,
    }
