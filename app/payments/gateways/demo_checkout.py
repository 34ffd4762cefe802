"""The demo bank's checkout page. Flask is allowed here because it plays another company; development only.

No session and no CSRF token of ours: a nonce in the form, made with the page, does that work.
"""

import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.money import Money, format_money, money_parts
from app.payments.gateways import demo_notice
from app.payments.gateways.demo_cards import CARDS, DemoCards
from app.payments.gateways.demo_disputes import DECISIONS, DemoDisputes
from app.payments.gateways.demo_notice import Parcel
from app.payments.gateways.demo_refunds import DemoRefunds
from app.payments.gateways.demo_store import LATER_SECONDS, OUTCOMES, DemoStore, Page
from app.payments.gateways.errors import GatewayError

_ROOT: Final = Path(__file__).resolve().parents[3]
_REFUND_WORDS: Final = {"needs_attention": "needs a bank account"}
_PAYS: Final = ("succeed", "less", "more", "later")


class Bank:
    """What the page reads and writes: the books in one file."""

    def __init__(self, store_path: Path | str, later_seconds: float) -> None:
        self.pages = DemoStore(store_path)
        self.cards = DemoCards(store_path)
        self.refunds = DemoRefunds(store_path)
        self.disputes = DemoDisputes(store_path)
        self.later_seconds = later_seconds

    def page(self, reference: str) -> Page:
        """The page, or 404."""
        page = self.pages.find_page(reference)
        if page is None:
            abort(404)
        return page


def demo_checkout_blueprint(
    store_path: Path | str, *, production: bool, later_seconds: float = LATER_SECONDS
) -> Blueprint:
    """The checkout page at /dev/checkout/<reference>/; exempt it from CSRF. Raises GatewayError in production."""
    if production:
        raise GatewayError("The demo checkout page has no place in production.", permanent=True)
    bank = Bank(store_path, later_seconds)
    blueprint = Blueprint("demo_checkout", __name__, url_prefix="/dev/checkout")

    @blueprint.get("/<reference>/")
    def show(reference: str) -> str:
        return _render(bank, bank.page(reference))

    @blueprint.post("/<reference>/")
    def choose(reference: str) -> Response:
        page = bank.page(reference)
        outcome, card = request.form.get("outcome", ""), request.form.get("card", "good")
        _check_nonce(page, request.form.get("nonce", ""))
        if outcome not in OUTCOMES or card not in CARDS:
            abort(422)
        return _settle(bank, page, outcome, card if request.form.get("keep") else "")

    @blueprint.post("/<reference>/dispute/")
    def dispute(reference: str) -> Response:
        page = bank.page(reference)
        decision = request.form.get("decision", "")
        _check_nonce(page, request.form.get("nonce", ""))
        if decision not in ("", *DECISIONS):
            abort(422)
        return _dispute(bank, page, decision)

    return blueprint


def create_demo_checkout_app(store_path: Path | str, *, later_seconds: float = LATER_SECONDS) -> Flask:
    """The checkout page alone, to be served from an origin of its own. Never part of a production installation."""
    app = Flask(__name__, template_folder=str(_ROOT / "templates"), static_folder=str(_ROOT / "static"))
    app.register_blueprint(demo_checkout_blueprint(store_path, production=False, later_seconds=later_seconds))
    return app


def _check_nonce(page: Page, given: str) -> None:
    if not hmac.compare_digest(given.encode("utf-8", "replace"), page.nonce.encode()):
        abort(403)


def _render(bank: Bank, page: Page) -> str:
    asked = Money(page.asked_minor, page.currency)
    given = [
        (format_money(Money(one.amount_minor, one.currency)), _REFUND_WORDS.get(one.state, one.state))
        for one in bank.refunds.of(page.account, page.reference)
    ]
    return render_template(
        "dev/checkout.html",
        page=page,
        money=money_parts(asked),
        asked=format_money(asked),
        less=format_money(Money(page.less_minor, page.currency)),
        more=format_money(Money(page.more_minor, page.currency)),
        cards=CARDS,
        saved=bank.cards.used_for(page.reference),
        wanted=bank.cards.is_wanted(page.reference),
        refunds=given,
        dispute=bank.disputes.about(page.reference),
        return_url=_with_query(page.callback_url, {"reference": page.reference}) if page.callback_url else "",
    )


def _settle(bank: Bank, page: Page, outcome: str, keep: str) -> Response:
    """Settle once, keep the card if the customer allows it, send the notice, and send the customer back."""
    if keep and page.payable and outcome in _PAYS and bank.cards.used_for(page.reference) is None:
        bank.cards.keep(page.reference, page.account, page.email, keep)
    chosen = bank.pages.settle(page, outcome, bank.later_seconds)
    settled = bank.page(page.reference)
    # Like the real ones, this bank tells about money and keeps quiet about failures.
    if chosen and settled.state in ("paid", "later"):
        demo_notice.send_soon(settled, bank.later_seconds if outcome == "later" else 0.0)
    if settled.state == "abandoned" and page.cancel_url:
        return redirect(page.cancel_url, code=303)
    if not page.callback_url:
        return _to_page(page)
    return redirect(_with_query(page.callback_url, {"reference": page.reference}), code=303)


def _dispute(bank: Bank, page: Page, decision: str) -> Response:
    """Open the dispute, or decide the one that is open, and tell the business."""
    changed = bank.disputes.decide(page.reference, decision) if decision else bank.disputes.open(page)
    dispute = bank.disputes.about(page.reference)
    if changed and dispute is not None:
        demo_notice.post_soon(Parcel(page.webhook_url, page.reference, *demo_notice.compose_dispute(dispute)))
    return _to_page(page)


def _to_page(page: Page) -> Response:
    return redirect(url_for("demo_checkout.show", reference=page.reference), code=303)


def _with_query(url: str, extra: Mapping[str, str]) -> str:
    """`url` with `extra` added to its query."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *extra.items()])))
