"""The processor's manners: what each call does to the books."""

from __future__ import annotations

import hashlib
import threading
from typing import Any
from urllib.parse import unquote

from tests.contracts.fake_paystack import shapes, strict
from tests.contracts.fake_paystack.books import Books, Refund, Transaction
from tests.contracts.fake_paystack.failures import FAILURES
from tests.contracts.fake_paystack.journal import Call, Journal
from tests.contracts.fake_paystack.keys import LIVE_KEY, OTHER_TEST_KEY, TEST_KEY
from tests.contracts.fake_paystack.notices import PostRoom
from tests.contracts.fake_paystack.people import People
from tests.contracts.fake_paystack.strict import Refusal

REGULATED = "Charge attempt cannot be fulfilled until 90 minutes"
UNUSABLE = (
    "Email does not match Authorization code. Authorization may be inactive or belong to a different email."
    " Please confirm."
)


class FakePaystack(People):
    """The processor's books and manners; `run_fake_paystack` puts it on a port. Amounts in subunits."""

    def __init__(self) -> None:
        self.base_url = ""
        self.journal = Journal()
        super().__init__(Books(), PostRoom(self.journal))
        self.most_at_once = 0
        self.keys = {TEST_KEY, OTHER_TEST_KEY, LIVE_KEY}
        self.released = threading.Event()
        self.balance_is_low = False
        self.slow_seconds = 0.2
        self._failures: list[tuple[str, str]] = []
        self._inside = 0
        self._lock = threading.Lock()

    def fail_next(self, *failures: str, on: str = "") -> None:
        """The next calls, or the next whose path begins with `on`, fail one after the other: see FAILURES."""
        assert set(failures) <= set(FAILURES)
        with self._lock:
            self._failures.extend((failure, on) for failure in failures)

    def behave(self) -> None:
        """Fail no more: what was planned and has not happened is forgotten."""
        with self._lock:
            self._failures.clear()

    def enter(self, path: str) -> str | None:
        """Count a caller in; the failure planned for this call, if any."""
        with self._lock:
            self._inside += 1
            self.most_at_once = max(self.most_at_once, self._inside)
            for planned in self._failures:
                if path.startswith(planned[1]):
                    self._failures.remove(planned)
                    return planned[0]
            return None

    def leave(self) -> None:
        """Count a caller out."""
        with self._lock:
            self._inside -= 1

    def answer(self, call: Call, authorization: str, content_type: str) -> Any:
        """The body of a 200. Raises Refusal."""
        key = authorization.removeprefix("Bearer ")
        if not authorization.startswith("Bearer ") or key not in self.keys:
            raise Refusal(401, "Invalid key")
        if call.method == "POST" and content_type != "application/json":
            raise Refusal(400, "Send JSON", "invalid_params")
        with self.books.lock:
            return self._route(call, key)

    def _route(self, call: Call, key: str) -> Any:
        where = (call.method, call.path)
        if where == ("POST", "/transaction/initialize"):
            return self._initialize(key, call.body)
        if where == ("POST", "/transaction/charge_authorization"):
            return self._charge(key, call.body)
        if where == ("POST", "/customer/authorization/deactivate"):
            return self._deactivate(key, call.body)
        if where == ("POST", "/refund"):
            return self._refund(key, call.body)
        if where == ("GET", "/refund"):
            return self._refunds(key, call.query)
        if where == ("GET", "/balance"):
            data = [{"currency": "NGN", "balance": 1234500}, {"currency": "USD", "balance": 0}]
            return _good("Balances retrieved", data)
        if where == ("GET", "/bank"):
            return _good("Banks retrieved", [shapes.bank(9, "First Bank"), shapes.bank(21, "Zenith Bank")])
        return self._about_one(call, key)

    def _about_one(self, call: Call, key: str) -> Any:
        start, _, last = call.path.rpartition("/")
        if (call.method, start) == ("GET", "/transaction/verify"):
            return self._verify(key, unquote(last))
        if (call.method, start) == ("GET", "/refund"):
            return _good("Refund retrieved", shapes.refund_listed(self._find(self.books.refunds, key, last)))
        if (call.method, start) == ("POST", "/refund/retry_with_customer_details"):
            return self._retry(self._find(self.books.refunds, key, last), call.body)
        if (call.method, start) == ("GET", "/dispute"):
            return _good("Dispute retrieved", shapes.dispute(self._find(self.books.disputes, key, last)))
        raise Refusal(404, "Not found")

    def _initialize(self, key: str, body: Any) -> Any:
        strict.checkout(body)
        begun = self._begin(key, body, body.get("metadata", ""))
        code = hashlib.sha256(begun.reference.encode()).hexdigest()[:15]
        url = f"https://checkout.paystack.com/{code}"
        data = {"authorization_url": url, "access_code": code, "reference": begun.reference}
        return _good("Authorization URL created", data)

    def _verify(self, key: str, reference: str) -> Any:
        transaction = self.transactions.get((key, reference))
        if transaction is None:
            raise Refusal(400, "Transaction reference not found.", "transaction_not_found")
        return _good("Verification successful", shapes.transaction(transaction))

    def _charge(self, key: str, body: Any) -> Any:
        strict.charge(body)
        card = self.books.cards.get((key, body["authorization_code"]))
        if card is None or not card.active or not card.reusable or card.email != body["email"]:
            raise Refusal(400, UNUSABLE, "invalid_params")
        if (key, body["reference"]) in self.transactions:
            raise Refusal(400, "Duplicate Transaction Reference", "duplicate_reference")
        if card.again == "regulated":
            raise Refusal(400, REGULATED, data={"retry_by": "2026-11-20 5:00:00"})
        charged = self._begin(key, body, body.get("metadata", ""))
        charged.card = card
        if card.again == "paused":
            code = hashlib.sha256(charged.reference.encode()).hexdigest()[:15]
            return _good(
                "Please, redirect your customer to the authorization url provided", shapes.paused(charged, code)
            )
        charged.status = card.again
        if charged.status == "success":
            self.post.send("charge.success", shapes.transaction(charged), key)
        return _good("Charge attempted", shapes.charge(charged))

    def _deactivate(self, key: str, body: Any) -> Any:
        card = self.books.cards.get((key, strict.authorization(body)))
        if card is None:
            raise Refusal(404, "Authorization code not found", "not_found")
        card.active = False
        return _good("Authorization has been deactivated", ...)

    def _refund(self, key: str, body: Any) -> Any:
        strict.refund(body)
        paid = self.transactions.get((key, body["transaction"]))
        if paid is None:
            raise Refusal(404, "Transaction not found", "transaction_not_found")
        if paid.status == "reversed":
            raise Refusal(400, "Transaction has been fully reversed")
        if paid.status != "success":
            raise Refusal(400, "Transaction has not been paid")
        rest = paid.amount - self.books.refunded(paid.reference, key, promised=True)
        amount = body.get("amount", rest)
        if body.get("currency", paid.currency) != paid.currency:
            raise Refusal(400, "Currency does not match the transaction")
        if amount > rest or not amount:
            raise Refusal(400, "Refund amount cannot be more than transaction amount")
        if self.balance_is_low:
            raise Refusal(400, "Insufficient balance to fulfill this refund")
        refund = self.add_refund(paid, amount, body.get("merchant_note", ""), body.get("customer_note", ""))
        self.post.send("refund.pending", shapes.refund_told(refund), key)
        return _good("Refund has been queued for processing", shapes.refund_made(refund))

    def _refunds(self, key: str, query: dict[str, str]) -> Any:
        if unknown := set(query) - {"perPage", "page", "from", "to"}:
            raise Refusal(400, f"Unknown parameters {sorted(unknown)}", "invalid_params")
        mine = [one for one in reversed(self.books.refunds) if one.key == key]
        mine = [one for one in mine if query.get("from", "") <= one.made_at]
        per_page, page = int(query.get("perPage", 50)), int(query.get("page", 1))
        shown = mine[(page - 1) * per_page : page * per_page]
        pages = -(-len(mine) // per_page)
        meta = {"total": len(mine), "skipped": (page - 1) * per_page, "perPage": str(per_page), "page": page}
        extra = {"pageCount": pages, "failedRefundCount": sum(one.status == "failed" for one in mine)}
        return _good("Refunds retrieved", [shapes.refund_listed(one) for one in shown]) | {"meta": meta | extra}

    def _retry(self, refund: Refund, body: Any) -> Any:
        account = strict.bank_account(body)
        if refund.status != "needs-attention":
            raise Refusal(422, "Refund does not need attention")
        refund.account, refund.status = account, "processing"
        self.post.send("refund.processing", shapes.refund_told(refund), refund.key)
        return _good("Refund retried and has been queued for processing", shapes.refund_retried(refund))

    def _begin(self, key: str, body: Any, metadata: Any) -> Transaction:
        reference = body["reference"]
        if (key, reference) in self.transactions:
            raise Refusal(400, "Duplicate Transaction Reference", "duplicate_reference")
        number = 302961 + len(self.transactions)
        begun = Transaction(number, key, reference, body["amount"], body["currency"], body["email"], metadata)
        self.transactions[(key, reference)] = begun
        return begun

    def _find(self, among: list[Any], key: str, number: str) -> Any:
        for one in among:
            if one.key == key and str(one.id) == number:
                return one
        raise Refusal(404, "Entity not found", "not_found")


def _good(message: str, data: Any) -> dict[str, Any]:
    """The body of a success; one without data where `data` is an ellipsis."""
    return {"status": True, "message": message} | ({} if data is ... else {"data": data})
