"""Paystack as a real HTTP server: stricter than its own specification about what it is asked, official in its answers.

The specification requires no request body, takes any reference and knows no minimums; the real thing does. So this
one refuses what the real one would, keeps a journal of every call, and fails on request.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

TEST_KEY = "sk_test_0123456789abcdef0123456789abcdef01234567"
OTHER_TEST_KEY = "sk_test_fedcba9876543210fedcba9876543210fedcba98"
LIVE_KEY = "sk_live_0123456789abcdef0123456789abcdef01234567"

MINIMUMS = {"NGN": 5000, "USD": 200, "GHS": 10, "ZAR": 100, "KES": 300, "XOF": 100}
FIELDS = {"email", "amount", "currency", "reference", "callback_url", "channels", "metadata", "label"}
REFERENCE = re.compile(r"[A-Za-z0-9.=-]{1,100}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
FAILURES = (
    "hang",
    "accept-and-hang",
    "500",
    "503-html",
    "429",
    "bad-json",
    "null",
    "redirect",
    "not-true",
    "drip",
    "drip-headers",
    "huge",
)


@dataclass
class Call:
    """One request as it came, and how it was answered."""

    method: str
    path: str
    body: Any
    status: int = 0
    answer: Any = None


@dataclass
class Transaction:
    """What the processor knows; amounts in subunits."""

    id: int
    key: str
    reference: str
    requested: int
    currency: str
    email: str
    metadata: Any
    status: str = "abandoned"
    amount: int = 0
    overrides: dict[str, Any] = field(default_factory=dict)


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.answer = {"status": False, "message": message, "meta": {"nextStep": "Check the request and try again"}}
        if code:
            self.answer |= {"type": "validation_error", "code": code}


class FakePaystack:
    """The processor's books and manners; `run_fake_paystack` puts it on a port."""

    def __init__(self) -> None:
        self.base_url = ""
        self.journal: list[Call] = []
        self.transactions: dict[tuple[str, str], Transaction] = {}
        self.most_at_once = 0
        self.keys = {TEST_KEY, OTHER_TEST_KEY, LIVE_KEY}
        self.released = threading.Event()
        self._failures: list[str] = []
        self._inside = 0
        self._lock = threading.Lock()

    def fail_next(self, *failures: str) -> None:
        """The next calls fail, one after the other: see FAILURES."""
        assert set(failures) <= set(FAILURES)
        self._failures.extend(failures)

    def finish(self, reference: str, status: str, /, *, key: str = TEST_KEY, **overrides: Any) -> None:
        """Let the customer's visit end; `overrides` replace members of the verify answer, such as `amount`."""
        transaction = self.transactions[(key, reference)]
        transaction.status = status
        transaction.overrides = overrides

    def notice(self, reference: str, key: str = TEST_KEY) -> tuple[bytes, dict[str, str]]:
        """The signed charge.success for a transaction: (raw body, headers)."""
        raw = json.dumps({"event": "charge.success", "data": self.described(self.transactions[(key, reference)])})
        return raw.encode(), self.sign(raw.encode(), key)

    @staticmethod
    def sign(raw: bytes, key: str = TEST_KEY) -> dict[str, str]:
        """The signature header for any body."""
        return {"X-Paystack-Signature": hmac.new(key.encode(), raw, hashlib.sha512).hexdigest()}

    # --- what the handler asks ----------------------------------------------------------------------------------

    def enter(self) -> str | None:
        """Count a caller in; the failure planned for this call, if any."""
        with self._lock:
            self._inside += 1
            self.most_at_once = max(self.most_at_once, self._inside)
            return self._failures.pop(0) if self._failures else None

    def leave(self) -> None:
        """Count a caller out."""
        with self._lock:
            self._inside -= 1

    def answer(self, call: Call, authorization: str, content_type: str) -> Any:
        """The body of a 200. Raises Refusal."""
        key = authorization.removeprefix("Bearer ")
        if not authorization.startswith("Bearer ") or key not in self.keys:
            raise Refusal(401, "Invalid key")
        if (call.method, call.path) == ("POST", "/transaction/initialize"):
            if content_type != "application/json":
                raise Refusal(400, "Send JSON", "invalid_params")
            return self._initialize(key, call.body)
        if call.method == "GET" and call.path.startswith("/transaction/verify/"):
            return self._verify(key, unquote(call.path.removeprefix("/transaction/verify/")))
        if (call.method, call.path) == ("GET", "/balance"):
            data = [{"currency": "NGN", "balance": 1234500}, {"currency": "USD", "balance": 0}]
            return {"status": True, "message": "Balances retrieved", "data": data}
        raise Refusal(404, "Not found")

    def _initialize(self, key: str, body: Any) -> Any:
        _check_initialize(body)
        reference = body["reference"]
        with self._lock:
            if (key, reference) in self.transactions:
                raise Refusal(400, "Duplicate Transaction Reference", "duplicate_reference")
            number = 302961 + len(self.transactions)
            self.transactions[(key, reference)] = Transaction(
                number, key, reference, body["amount"], body["currency"], body["email"], body.get("metadata", "")
            )
        code = hashlib.sha256(reference.encode()).hexdigest()[:15]
        data = {
            "authorization_url": f"https://checkout.paystack.com/{code}",
            "access_code": code,
            "reference": reference,
        }
        return {"status": True, "message": "Authorization URL created", "data": data}

    def _verify(self, key: str, reference: str) -> Any:
        transaction = self.transactions.get((key, reference))
        if transaction is None:
            raise Refusal(400, "Transaction reference not found.", "transaction_not_found")
        return {"status": True, "message": "Verification successful", "data": self.described(transaction)}

    def described(self, transaction: Transaction) -> dict[str, Any]:
        """A transaction in the official shape, every member that the specification requires."""
        paid = "2026-11-20T09:30:15.000Z" if transaction.status == "success" else None
        return {
            "id": transaction.id,
            "domain": "live" if transaction.key.startswith("sk_live_") else "test",
            "status": transaction.status,
            "reference": transaction.reference,
            "receipt_number": None,
            "amount": transaction.requested,
            "message": None,
            "gateway_response": "Successful" if paid else "The transaction was not completed",
            "paid_at": paid,
            "paidAt": paid,
            "created_at": "2026-11-20T09:29:00.000Z",
            "createdAt": "2026-11-20T09:29:00.000Z",
            "channel": "card",
            "currency": transaction.currency,
            "ip_address": "197.210.0.1",
            "metadata": transaction.metadata,
            "log": None,
            "fees": 15000 if paid else None,
            "fees_split": None,
            "authorization": _CARD if paid else {},
            "customer": {
                "id": 181873746,
                "first_name": None,
                "last_name": None,
                "email": transaction.email,
                "customer_code": "CUS_1rkzaqsv4rrhqo6",
                "phone": None,
                "metadata": None,
                "risk_action": "default",
                "international_format_phone": None,
            },
            "plan": None,
            "split": {},
            "order_id": None,
            "requested_amount": transaction.requested,
            "pos_transaction_data": None,
            "source": None,
            "fees_breakdown": None,
            "connect": None,
            "transaction_date": "2026-11-20T09:29:00.000Z",
            "plan_object": {},
            "subaccount": {},
        } | transaction.overrides


_CARD = {
    "authorization_code": "AUTH_uh8bcl3zbn",
    "bin": "408408",
    "last4": "4081",
    "exp_month": "12",
    "exp_year": "2030",
    "channel": "card",
    "card_type": "visa",
    "bank": "TEST BANK",
    "country_code": "NG",
    "brand": "visa",
    "reusable": True,
    "signature": "SIG_yEXu7dLBeqG0kU7g95Ke",
    "account_name": None,
}


def _check_initialize(body: Any) -> None:
    """Raise Refusal for what the real service would not take."""
    if not isinstance(body, dict) or not body:
        raise Refusal(400, "Email is required", "missing_params")
    if unknown := set(body) - FIELDS:
        raise Refusal(400, f"Unknown fields {sorted(unknown)}", "invalid_params")
    if not isinstance(body.get("email"), str) or not EMAIL.fullmatch(body["email"]):
        raise Refusal(400, "Invalid Email Address Passed", "invalid_email_address")
    if type(body.get("amount")) is not int:
        raise Refusal(400, "Amount must be an integer in subunits", "invalid_amount")
    if body.get("currency") not in MINIMUMS:
        raise Refusal(400, "Currency not supported by merchant", "unsupported_currency")
    if body["amount"] < MINIMUMS[body["currency"]]:
        raise Refusal(400, "Amount below the minimum", "invalid_amount")
    if not isinstance(body.get("reference"), str) or not REFERENCE.fullmatch(body["reference"]):
        raise Refusal(400, "Invalid reference: only letters, digits, - . =", "invalid_reference")
    if not str(body.get("callback_url", "")).startswith(("http://", "https://")):
        raise Refusal(400, "callback_url must be absolute", "invalid_params")
    if not isinstance(body.get("metadata", {}), dict):
        raise Refusal(400, "metadata must be an object", "invalid_params")


class _Handler(BaseHTTPRequestHandler):
    fake: FakePaystack
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, *_: Any) -> None:
        """Quiet: the journal has it."""

    def _handle(self) -> None:
        self.close_connection = True
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = Call(self.command, self.path, json.loads(raw) if raw else None)
        self.fake.journal.append(call)
        failure = self.fake.enter()
        try:
            if failure in (None, "accept-and-hang"):
                self._answer(call, hang=failure is not None)
            else:
                self._fail(failure or "")
        except OSError:
            pass  # the client gave up on us, which is what some of these failures are for
        finally:
            self.fake.leave()

    def _answer(self, call: Call, *, hang: bool) -> None:
        try:
            call.answer = self.fake.answer(
                call, self.headers.get("Authorization", ""), self.headers.get("Content-Type", "")
            )
            call.status = 200
        except Refusal as refusal:
            call.status, call.answer = refusal.status, refusal.answer
        if hang:
            self.fake.released.wait(30)
            return
        self._send(call.status, json.dumps(call.answer).encode())

    def _send(self, status: int, body: bytes, content_type: str = "application/json; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _fail(self, failure: str) -> None:
        if failure == "hang":
            self.fake.released.wait(30)
        elif failure == "500":
            self._send(500, b'{"status":false,"message":"Server error"}')
        elif failure == "503-html":
            self._send(503, b"<h1>Service unavailable</h1>", "text/html")
        elif failure == "429":
            self._send(429, b'{"status":false,"message":"Please wait a few minutes and try again."}')
        elif failure == "bad-json":
            self._send(200, b'{"status":true,"data":{')
        elif failure == "null":
            self._send(200, b"null")
        elif failure == "not-true":
            self._send(200, b'{"status":"false","message":"Merchant is not active"}')
        elif failure == "redirect":
            self.send_response(302)
            self.send_header("Location", "/balance")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif failure == "huge":
            self._send(200, b'{"status":true,"message":"' + b"x" * 2_000_000 + b'"}')
        else:
            self._drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n" + (b"\r\n" if failure == "drip" else b"X: "))

    def _drip(self, start: bytes) -> None:
        """One byte now and then: no pause is ever long enough for a read timeout."""
        self.wfile.write(start)
        for _ in range(600):
            self.wfile.write(b" ")
            if self.fake.released.wait(0.05):
                return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def run_fake_paystack() -> Iterator[FakePaystack]:
    """A fake of its own on a free port."""
    fake = FakePaystack()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    fake.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
