"""A pretend bank, so that the whole story from draft to paid works with no account anywhere. Development only."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.money import CURRENCIES, Money, format_money
from app.payments.gateways import demo_notice, demo_reading, signatures
from app.payments.gateways.base import CheckoutRequest, CheckoutStarted, Mode, State, Verification, WebhookEvent
from app.payments.gateways.cards import ChargeRequest
from app.payments.gateways.demo_cards import DemoCards
from app.payments.gateways.demo_disputes import DemoDisputes
from app.payments.gateways.demo_notice import HEADER, Parcel
from app.payments.gateways.demo_refunds import DemoRefunds, Refund, TooMuch
from app.payments.gateways.demo_store import LATER_SECONDS, DemoStore, Page, ReferenceTaken
from app.payments.gateways.errors import (
    AlreadyStarted,
    AuthorizationRefused,
    ChargeDeferred,
    GatewayError,
    GatewayRefused,
)
from app.payments.gateways.moneyback import Bank, BankAccount, Dispute, RefundAnswer, RefundRequest
from app.payments.gateways.reading import carries

_STATES: Final[dict[str, State]] = {
    "open": "pending",
    "later": "pending",
    "abandoned": "abandoned",
    "paid": "succeeded",
    "failed": "failed",
}
_BANKS: Final = (Bank("1", "Demo Savings Bank"), Bank("2", "Demo Commercial Bank"))


class DemoGateway:
    """One business's account with the demo bank, opened by any secret key at all."""

    name = "demo"
    title = "Demo bank"
    ways = "Demo bank: no real money moves"
    currencies: tuple[str, ...] = tuple(CURRENCIES)
    keeps_cards = True

    def __init__(
        self,
        secret_key: str,
        *,
        store_path: Path | str,
        checkout_base: str,
        webhook_url: str,
        production: bool,
        refund_seconds: float = LATER_SECONDS,
        notices: bool = True,
    ) -> None:
        """`checkout_base` is the origin that serves the demo checkout page. Raises GatewayError in production.

        A refund takes `refund_seconds`. Without `notices`, what this object does is not announced; the page's are.
        """
        if production:
            raise GatewayError("The demo bank has no place in production: it gives away paid invoices.", permanent=True)
        if not secret_key:
            raise GatewayError("The demo bank needs a secret key; any text will do.", permanent=True)
        self.mode: Mode = "test"
        self._secret = secret_key
        self._store = DemoStore(store_path)
        self._cards = DemoCards(store_path)
        self._refunds = DemoRefunds(store_path)
        self._disputes = DemoDisputes(store_path)
        self._checkout_base = checkout_base.rstrip("/")
        self._webhook_url = webhook_url
        self._refund_seconds = refund_seconds
        self._notices = notices
        parts = urlsplit(self._checkout_base)
        self.checkout_origins: tuple[str, ...] = (f"{parts.scheme}://{parts.netloc}",)

    def minimum(self, currency: str) -> int:
        """One minor unit. Raises GatewayRefused for a currency that nobody uses."""
        if currency not in self.currencies:
            raise GatewayRefused(f"The demo bank does not take payments in {currency}.")
        return 1

    def start(self, checkout: CheckoutRequest) -> CheckoutStarted:
        """Open a checkout page. Raises GatewayRefused or AlreadyStarted."""
        self._open(checkout)
        if checkout.reusable:
            self._cards.want(checkout.reference)
        return CheckoutStarted(self._page_url(checkout.reference))

    def verify(self, reference: str) -> Verification:
        """Ask what became of a reference; `unknown` if this account has none."""
        page = self._find_page(reference)
        return Verification("unknown") if page is None else self._verification(page)

    def charge(self, request: ChargeRequest) -> Verification:
        """Charge a kept card; what happens is up to the card, see `demo_cards.CARDS`.

        Raises GatewayRefused, AuthorizationRefused, ChargeDeferred or AlreadyStarted.
        """
        card = self._cards.find(self._secret, request.authorization_code)
        if card is None or card.email != request.email:
            raise AuthorizationRefused
        if card.kind.again == "deferred":
            raise ChargeDeferred(wait=timedelta(days=1))
        self._open(CheckoutRequest(request.reference, request.amount, request.email, "Charged again", "", ""))
        page = self._store.find_page(request.reference)
        assert page is not None
        self._cards.use(request.reference, card)
        if card.kind.again == "paused":
            url = self._page_url(request.reference)
            return Verification("paused", reference=request.reference, next_url=url, mode=self.mode)
        self._store.settle(page, "succeed" if card.kind.again == "paid" else "fail")
        settled = self._store.find_page(request.reference)
        assert settled is not None
        if settled.state == "paid" and self._notices:
            demo_notice.send_soon(settled)
        return self._verification(settled)

    def deactivate(self, authorization_code: str) -> None:
        """Forget a kept card."""
        self._cards.forget(self._secret, authorization_code)

    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Begin a refund and announce its end. Raises GatewayRefused."""
        page = self._find_page(request.payment_reference)
        if page is None or page.state != "paid" or page.currency != request.amount.currency:
            raise GatewayRefused("The demo bank has no such payment to give back.")
        if request.amount.minor <= 0:
            raise GatewayRefused("A refund is a positive amount.")
        try:
            refund = self._refunds.add(page, request.amount.minor, request.note, self._refund_seconds)
        except TooMuch:
            raise GatewayRefused("The demo bank gives back no more than was paid.") from None
        self._announce(refund)
        return refund.described()

    def find_refund(
        self, payment_reference: str, provider_id: str | None, note: str, *, since: datetime | None = None
    ) -> RefundAnswer:
        """One refund of a payment, by the bank's id or by our id in its note; `unknown` if there is none."""
        if provider_id is not None:
            refund = self._refunds.find(self._secret, provider_id)
            return refund.described() if refund and refund.reference == payment_reference else RefundAnswer("unknown")
        mine = [answer for answer in self.refunds(payment_reference) if carries(answer.note, note)]
        standing = [answer for answer in mine if answer.state != "failed"]
        return (standing or mine or [RefundAnswer("unknown")])[0]

    def refunds(self, payment_reference: str, *, since: datetime | None = None) -> tuple[RefundAnswer, ...]:
        """All refunds of a payment."""
        return tuple(refund.described() for refund in self._refunds.of(self._secret, payment_reference))

    def retry_refund(self, provider_id: str, account: BankAccount) -> RefundAnswer:
        """Send a refund that needs attention to a bank account; any will do. Raises GatewayRefused."""
        refund = self._refunds.find(self._secret, provider_id)
        if refund is None or not self._refunds.send_to_account(refund):
            raise GatewayRefused("The demo bank has no such refund that waits for a bank account.")
        begun = self._refunds.find(self._secret, provider_id)
        assert begun is not None
        self._announce(begun)
        return begun.described()

    def banks(self, currency: str) -> tuple[Bank, ...]:
        """Two banks that exist nowhere. Raises GatewayRefused for a currency that nobody uses."""
        self.minimum(currency)
        return _BANKS

    def find_dispute(self, provider_id: str) -> Dispute:
        """One dispute by the bank's id; `unknown` if there is none."""
        dispute = self._disputes.find(self._secret, provider_id)
        return dispute.described() if dispute else Dispute("unknown")

    def disputes_page(self, payment_reference: str) -> str:
        """The page of the payment, where one decides who is right."""
        return self._page_url(payment_reference)

    def read_webhook(self, raw: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        """Check the signature over the raw body and read the event. Raises BadSignature and nothing else."""
        signatures.check(self._secret, raw, headers, HEADER)
        return demo_reading.event(raw)

    def test_connection(self) -> str:
        """Say that the demo bank is there."""
        return "The demo bank is open. No real money moves."

    def _page_url(self, reference: str) -> str:
        return f"{self._checkout_base}/dev/checkout/{reference}/"

    def _find_page(self, reference: str) -> Page | None:
        page = self._store.find_page(reference)
        return page if page and page.account == self._secret else None

    def _open(self, checkout: CheckoutRequest) -> None:
        currency = checkout.amount.currency
        least = self.minimum(currency)
        if checkout.amount.minor < least:
            raise GatewayRefused(f"The demo bank takes payments from {format_money(Money(least, currency))} upwards.")
        try:
            self._store.open_page(
                reference=checkout.reference,
                account=self._secret,
                currency=currency,
                asked_minor=checkout.amount.minor,
                email=checkout.email,
                description=checkout.description,
                callback_url=checkout.callback_url,
                cancel_url=checkout.cancel_url,
                webhook_url=self._webhook_url,
            )
        except ReferenceTaken:
            raise AlreadyStarted(self.verify(checkout.reference)) from None

    def _announce(self, refund: Refund) -> None:
        if self._notices:
            parcel = Parcel(self._webhook_url, refund.reference, *demo_notice.compose_refund(refund))
            demo_notice.post_soon(parcel, self._refund_seconds)

    def _verification(self, page: Page) -> Verification:
        """What the bank says of a page. Like a real one's, a payment that went back whole counts as failed."""
        settled = page.state == "paid" and page.paid_at is not None
        card = self._cards.used_for(page.reference) if settled else None
        return Verification(
            state="failed" if settled and self._went_back(page) else _STATES[page.state],
            reference=page.reference,
            amount_minor=page.paid_minor if settled else page.asked_minor,
            currency=page.currency,
            mode="test",
            fees_minor=0 if settled else None,
            paid_at=datetime.fromtimestamp(page.paid_at, UTC) if settled and page.paid_at is not None else None,
            channel="demo" if settled else None,
            provider_id=str(page.id),
            payer_email=page.email or None,
            authorization=card.described() if card else None,
            raw={"status": page.state, "requested_amount": page.asked_minor},
        )

    def _went_back(self, page: Page) -> bool:
        dispute = self._disputes.about(page.reference)
        given = sum(
            one.amount_minor for one in self._refunds.of(page.account, page.reference) if one.state == "processed"
        )
        return given == page.paid_minor or (dispute is not None and dispute.described().lost)
