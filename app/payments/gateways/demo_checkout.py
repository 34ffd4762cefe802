"""The demo bank's checkout page. Flask is allowed here because it plays another company; development only.

No session and no CSRF token of ours: a nonce in the form, made with the page, does that work.
"""

import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Flask, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from app.money import Money, format_money, money_parts
from app.payments.gateways import demo_notice
from app.payments.gateways.demo_store import LATER_SECONDS, OUTCOMES, DemoStore, Page
from app.payments.gateways.errors import GatewayError

_ROOT: Final = Path(__file__).resolve().parents[3]


def demo_checkout_blueprint(
    store_path: Path | str, *, production: bool, later_seconds: float = LATER_SECONDS
) -> Blueprint:
    """The checkout page at /dev/checkout/<reference>/; exempt it from CSRF. Raises GatewayError in production."""
    if production:
        raise GatewayError("The demo checkout page has no place in production.", permanent=True)
    store = DemoStore(store_path)
    blueprint = Blueprint("demo_checkout", __name__, url_prefix="/dev/checkout")

    @blueprint.get("/<reference>/")
    def show(reference: str) -> str:
        return _render(_get_page(store, reference))

    @blueprint.post("/<reference>/")
    def choose(reference: str) -> Response:
        page = _get_page(store, reference)
        outcome = request.form.get("outcome", "")
        _check_nonce(page, request.form.get("nonce", ""))
        if outcome not in OUTCOMES:
            abort(422)
        return _settle(store, page, outcome, later_seconds)

    return blueprint


def create_demo_checkout_app(store_path: Path | str, *, later_seconds: float = LATER_SECONDS) -> Flask:
    """The checkout page alone, to be served from an origin of its own. Never part of a production installation."""
    app = Flask(__name__, template_folder=str(_ROOT / "templates"), static_folder=str(_ROOT / "static"))
    app.register_blueprint(demo_checkout_blueprint(store_path, production=False, later_seconds=later_seconds))
    return app


def _get_page(store: DemoStore, reference: str) -> Page:
    page = store.find_page(reference)
    if page is None:
        abort(404)
    return page


def _check_nonce(page: Page, given: str) -> None:
    if not hmac.compare_digest(given.encode("utf-8", "replace"), page.nonce.encode()):
        abort(403)


def _render(page: Page) -> str:
    asked = Money(page.asked_minor, page.currency)
    return render_template(
        "dev/checkout.html",
        page=page,
        money=money_parts(asked),
        asked=format_money(asked),
        less=format_money(Money(page.less_minor, page.currency)),
        more=format_money(Money(page.more_minor, page.currency)),
        return_url=_with_query(page.callback_url, {"reference": page.reference}),
    )


def _settle(store: DemoStore, page: Page, outcome: str, later_seconds: float) -> Response:
    """Settle once, send the notice if money came, and send the customer back."""
    chosen = store.settle(page, outcome, later_seconds)
    settled = _get_page(store, page.reference)
    # Like the real ones, this bank tells about money and keeps quiet about failures.
    if chosen and settled.state in ("paid", "later"):
        demo_notice.send_soon(settled, later_seconds if outcome == "later" else 0.0)
    if settled.state == "abandoned" and page.cancel_url:
        return redirect(page.cancel_url, code=303)
    return redirect(_with_query(page.callback_url, {"reference": page.reference}), code=303)


def _with_query(url: str, extra: Mapping[str, str]) -> str:
    """`url` with `extra` added to its query."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *extra.items()])))
