"""What Paystack would not take, though its specification would."""

from __future__ import annotations

import json
import re
from typing import Any

MINIMUMS = {"NGN": 5000, "USD": 200, "GHS": 10, "ZAR": 100, "KES": 300, "XOF": 100}
_REFERENCE = re.compile(r"[A-Za-z0-9.=-]{1,100}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CHECKOUT = {"email", "amount", "currency", "reference", "callback_url", "channels", "metadata", "label"}
_CHARGE = {"email", "amount", "currency", "reference", "authorization_code", "metadata"}
_REFUND = {"transaction", "amount", "currency", "customer_note", "merchant_note"}
_ACCOUNT = {"currency", "account_number", "bank_id"}


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str, code: str | None = None, data: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.answer: dict[str, Any] = {
            "status": False,
            "message": message,
            "meta": {"nextStep": "Check the request and try again"},
        }
        if code:
            self.answer |= {"type": "validation_error", "code": code}
        if data is not None:
            self.answer["data"] = data


def checkout(body: Any) -> None:
    """Raise Refusal for a checkout the real service would not open."""
    _known(body, _CHECKOUT, "Email is required")
    _payer(body)
    _money(body)
    if not str(body.get("callback_url", "")).startswith(("http://", "https://")):
        raise Refusal(400, "callback_url must be absolute", "invalid_params")
    if not isinstance(body.get("metadata", {}), dict):
        raise Refusal(400, "metadata must be an object", "invalid_params")


def charge(body: Any) -> None:
    """Raise Refusal for a charge the real service would not try. Metadata is JSON in a string here."""
    _known(body, _CHARGE, "Email is required")
    _payer(body)
    _money(body)
    code = body.get("authorization_code")
    if not isinstance(code, str) or not code.startswith("AUTH_"):
        raise Refusal(400, "Invalid authorization code", "invalid_params")
    try:
        wrapped = isinstance(json.loads(body.get("metadata", "{}")), dict)
    except (TypeError, ValueError):
        wrapped = False
    if not wrapped:
        raise Refusal(400, "metadata must be a stringified object", "invalid_params")


def refund(body: Any) -> None:
    """Raise Refusal for a refund that is not understood."""
    _known(body, _REFUND, "Transaction is required")
    if not isinstance(body.get("transaction"), str) or not body["transaction"]:
        raise Refusal(400, "Transaction is required", "missing_params")
    if "amount" in body and (type(body["amount"]) is not int or body["amount"] <= 0):
        raise Refusal(400, "Amount must be a positive integer in subunits", "invalid_amount")
    for name in ("customer_note", "merchant_note"):
        if not isinstance(body.get(name, ""), str):
            raise Refusal(400, f"{name} must be text", "invalid_params")


def bank_account(body: Any) -> dict[str, str]:
    """The bank account in a retry. Raises Refusal."""
    _known(body, {"refund_account_details"}, "refund_account_details is required")
    details = body.get("refund_account_details")
    _known(details, _ACCOUNT, "refund_account_details is required")
    if set(details) != _ACCOUNT or not all(isinstance(value, str) and value for value in details.values()):
        raise Refusal(400, "currency, account_number and bank_id are required", "missing_params")
    if not details["account_number"].isdigit():
        raise Refusal(400, "Account number should be numeric", "invalid_params")
    return dict(details)


def authorization(body: Any) -> str:
    """The code in a request to deactivate it. Raises Refusal."""
    _known(body, {"authorization_code"}, "authorization_code is required")
    if not isinstance(body["authorization_code"], str):
        raise Refusal(400, "authorization_code must be text", "invalid_params")
    return str(body["authorization_code"])


def _known(body: Any, fields: set[str], missing: str) -> None:
    if not isinstance(body, dict) or not body:
        raise Refusal(400, missing, "missing_params")
    if unknown := set(body) - fields:
        raise Refusal(400, f"Unknown fields {sorted(unknown)}", "invalid_params")


def _payer(body: dict[str, Any]) -> None:
    if not isinstance(body.get("email"), str) or not _EMAIL.fullmatch(body["email"]):
        raise Refusal(400, "Invalid Email Address Passed", "invalid_email_address")
    if not isinstance(body.get("reference"), str) or not _REFERENCE.fullmatch(body["reference"]):
        raise Refusal(400, "Invalid reference: only letters, digits, - . =", "invalid_reference")


def _money(body: dict[str, Any]) -> None:
    if type(body.get("amount")) is not int:
        raise Refusal(400, "Amount must be an integer in subunits", "invalid_amount")
    if body.get("currency") not in MINIMUMS:
        raise Refusal(400, "Currency not supported by merchant", "unsupported_currency")
    if body["amount"] < MINIMUMS[body["currency"]]:
        raise Refusal(400, "Amount below the minimum", "invalid_amount")
