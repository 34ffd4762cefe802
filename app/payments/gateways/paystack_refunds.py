"""Refunds at Paystack: ask for one, find it again, list those of a payment, send one to a bank account."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from app.payments.gateways import paystack_answers, paystack_money, reading
from app.payments.gateways.calls import Caller
from app.payments.gateways.errors import GatewayError, GatewayRefused
from app.payments.gateways.moneyback import Bank, BankAccount, RefundAnswer, RefundRequest, RefundState

_PER_PAGE: Final = 100
_MOST_PAGES: Final = 50
_BANK_CURRENCIES: Final = ("NGN", "GHS", "KES", "ZAR")
_STATES: Final[dict[str, RefundState]] = {
    "pending": "pending",
    "processing": "processing",
    "processed": "processed",
    "failed": "failed",
    "needs-attention": "needs_attention",
}
_WORDS: Final[dict[RefundState, str]] = {
    "pending": "Paystack has taken the refund on.",
    "processing": "The customer's bank is working on the refund.",
    "processed": "Paystack has given the money back.",
    "failed": "The refund failed. The money is back in the Paystack balance.",
    "needs_attention": "Paystack cannot reach the customer's card and needs a bank account.",
    "unknown": "",
}


def create(api: Caller, request: RefundRequest) -> RefundAnswer:
    """Ask for a refund; see `Gateway.refund`."""
    body: dict[str, object] = {
        "transaction": request.payment_reference,
        "amount": paystack_money.to_subunits(request.amount.minor, request.amount.currency),
        "currency": request.amount.currency,
        "merchant_note": request.note,
    }
    if request.reason:
        body["customer_note"] = request.reason
    return _clear(read(paystack_answers.data(*api.call("POST", "/refund", body))))


def find(
    api: Caller, payment_reference: str, provider_id: str | None, note: str, since: datetime | None
) -> RefundAnswer:
    """One refund; see `Gateway.find_refund`."""
    if provider_id is not None and provider_id.isascii() and provider_id.isdigit():
        return _fetch(api, payment_reference, provider_id)
    listed = [read(entry) for entry in _list(api, since)]
    named = [answer for answer in listed if answer.payment_reference in (None, payment_reference)]
    mine = [answer for answer in named if reading.carries(answer.note, note)]
    standing = [answer for answer in mine if answer.state != "failed"]
    return (standing or mine or [RefundAnswer("unknown")])[0]


def every(api: Caller, payment_reference: str, since: datetime | None) -> tuple[RefundAnswer, ...]:
    """All refunds of a payment. Their list takes no reference, so it is read to its end and picked from here.

    An entry without the payment's reference names Paystack's own id of it, which is asked for when it is needed.
    """
    entries = [(read(entry), reading.identifier(entry.get("transaction"))) for entry in _list(api, since)]
    unnamed = any(answer.payment_reference is None for answer, _ in entries)
    payment_id = _payment_id(api, payment_reference) if unnamed else None
    found: dict[str | None, RefundAnswer] = {}
    for answer, transaction in entries:
        if answer.payment_reference is None and transaction is None:
            raise GatewayError(paystack_answers.UNCLEAR)
        if answer.payment_reference == payment_reference or (
            answer.payment_reference is None and transaction == payment_id
        ):
            found[answer.provider_id] = replace(answer, payment_reference=payment_reference)
    return tuple(found.values())


def retry(api: Caller, provider_id: str, account: BankAccount) -> RefundAnswer:
    """Send a refund to a bank account; see `Gateway.retry_refund`."""
    if not (provider_id.isascii() and provider_id.isdigit()):
        raise GatewayError("Paystack has no such refund.", permanent=True)
    details = {"currency": account.currency, "account_number": account.account_number, "bank_id": account.bank_id}
    path = f"/refund/retry_with_customer_details/{provider_id}"
    return _clear(read(paystack_answers.data(*api.call("POST", path, {"refund_account_details": details}))))


def banks(api: Caller, currency: str) -> tuple[Bank, ...]:
    """Banks that take this currency, as Paystack numbers them. Raises GatewayRefused where it lists none."""
    if currency not in _BANK_CURRENCIES:
        raise GatewayRefused(f"Paystack sends no refunds to bank accounts in {currency}.")
    listed = paystack_answers.entries(*api.call("GET", f"/bank?{urlencode({'currency': currency})}"))
    found = []
    for entry in map(reading.mapping, listed):
        bank_id, name = reading.identifier(entry.get("id")), reading.text(entry.get("name"))
        if bank_id and name and entry.get("active") is not False:
            found.append(Bank(bank_id, name))
    return tuple(found)


def read(data: Mapping[str, object], event: str = "") -> RefundAnswer:
    """A refund as an answer or a notice describes it; the name of the notice's `event` speaks for a missing status.

    A status nobody has heard of is `pending`: there is a refund, and it will be asked about again.
    """
    said = reading.text(data.get("status"), 40) or event.removeprefix("refund.")
    state = _STATES.get(said.replace("_", "-").lower(), "pending")
    currency = reading.text(data.get("currency"), 8)
    transaction = reading.mapping(data.get("transaction"))
    why = reading.text(data.get("reason"))
    return RefundAnswer(
        state=state,
        payment_reference=reading.text(data.get("transaction_reference")) or reading.text(transaction.get("reference")),
        provider_id=reading.identifier(data.get("id")),
        amount_minor=paystack_money.read(data.get("amount"), currency),
        currency=currency,
        reason=f"{_WORDS[state]} Paystack says: {why.rstrip('.')}." if why else _WORDS[state],
        note=reading.text(data.get("merchant_note")) or "",
        bank_reference=reading.text(data.get("refund_reference")) or reading.text(data.get("bank_reference")),
        created_at=reading.instant(data.get("createdAt")) or reading.instant(data.get("created_at")),
    )


def _fetch(api: Caller, payment_reference: str, provider_id: str) -> RefundAnswer:
    status, body = api.call("GET", f"/refund/{provider_id}")
    if paystack_answers.is_missing(status, body):
        return RefundAnswer("unknown")
    answer = _clear(read(paystack_answers.data(status, body)))
    if answer.payment_reference not in (None, payment_reference):
        raise GatewayError("Paystack says that this refund belongs to another payment.", permanent=True)
    return answer


def _payment_id(api: Caller, payment_reference: str) -> str | None:
    status, body = api.call("GET", f"/transaction/verify/{quote(payment_reference, safe='')}")
    return reading.identifier(paystack_answers.data(status, body).get("id"))


def _list(api: Caller, since: datetime | None) -> Iterator[Mapping[str, object]]:
    """Every refund of the account since a day before `since`. Raises GatewayError rather than leave one out."""
    query: dict[str, str] = {"perPage": str(_PER_PAGE)}
    if since is not None:
        query["from"] = (since.astimezone(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for page in range(1, _MOST_PAGES + 1):
        status, body = api.call("GET", f"/refund?{urlencode({**query, 'page': str(page)})}")
        entries = paystack_answers.entries(status, body)
        for entry in map(reading.mapping, entries):
            _clear(read(entry))
            yield entry
        pages = reading.whole(reading.mapping(reading.mapping(body).get("meta")).get("pageCount"))
        if not entries or (pages is not None and page >= pages):
            return
    raise GatewayError("Paystack lists more refunds than can be read. Look for this one on Paystack's dashboard.")


def _clear(answer: RefundAnswer) -> RefundAnswer:
    """The answer, if it names the refund. Raises GatewayError for one that cannot be told from others."""
    if answer.provider_id is None:
        raise GatewayError(paystack_answers.UNCLEAR)
    return answer
