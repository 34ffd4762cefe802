"""The business's account with Paystack: keys, a test, and the address for its notices."""

from __future__ import annotations

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.errors import Stale
from app.auth.queries import get_business
from app.auth.rules import at_least
from app.auth.service.business import change_settings
from app.errors import Invalid, NotFound
from app.payments.forms import CardsForm, KeysForm
from app.payments.models import GatewayAccount
from app.payments.registry import account, gateway_for, webhook_url
from app.payments.service import accounts
from app.payments.views import blueprint
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse


@blueprint.get("/settings/payments/")
@requires("viewer")
def settings() -> ResponseReturnValue:
    """How customers can pay online."""
    return _page(_form(_account()))


@blueprint.post("/settings/payments/")
@requires("admin")
def save_keys() -> ResponseReturnValue:
    """Keep the keys, or the public one alone."""
    form = KeysForm()
    if form.validate():
        try:
            saved = accounts.save_account(
                actor(), form.secret_key.data, form.public_key.data, form.version.data, now=clock.now()
            )
        except accounts.Stale as error:
            form.form_errors.append(str(error))
            return _page(_current(form), 409)
        except Invalid as error:
            refuse(form, error)
        else:
            said = f"The keys are kept. Customers now pay in {saved.mode} mode."
            return htmx.redirect_to(url_for("payments.settings"), said)
    return _page(form, 422)


@blueprint.post("/settings/payments/cards/")
@requires("admin")
def save_cards() -> ResponseReturnValue:
    """When saved cards are charged; switched off, customers are not asked to have one kept."""
    form = CardsForm()
    if not form.validate():
        return _page(_form(_account()), 422, form)
    try:
        change_settings(actor(), {"charge_cards": form.charge_cards.data}, form.version.data, clock.now())
    except Stale as error:
        form.form_errors.append(str(error))
        form.version.data, form.version.raw_data = error.current.version, None  # type: ignore[attr-defined]
        return _page(_form(_account()), 409, form)
    return htmx.redirect_to(url_for("payments.settings"), "Saved.")


@blueprint.post("/settings/payments/check/")
@requires("admin")
def check_keys() -> ResponseReturnValue:
    """Try the key at Paystack."""
    worked, sentence = accounts.check_account(actor(), now=clock.now())
    return htmx.redirect_to(url_for("payments.settings"), sentence, "ok" if worked else "bad")


@blueprint.get("/settings/payments/remove/")
@requires("admin")
def remove_keys_form() -> ResponseReturnValue:
    """Say what removing does, and ask."""
    stored = _account()
    if stored is None or not stored.secret_encrypted:
        raise NotFound
    waiting = accounts.waiting_attempts(actor())
    sentences = ["Customers can no longer pay online; bank details and the invoices themselves stay as they are."]
    if waiting:
        count = "One payment is" if waiting == 1 else f"{waiting} payments are"
        sentences.append(f"{count} still on the way. Without the keys Duely cannot find out what becomes of them.")
    back, action = url_for("payments.settings"), url_for("payments.remove_keys")
    context = {"title": "Remove the Paystack keys?", "sentences": sentences, "verb": "Remove"}
    return render_template("shared/confirm.html", back=back, action=action, keep="Keep them", **context)


@blueprint.post("/settings/payments/remove/")
@requires("admin")
def remove_keys() -> ResponseReturnValue:
    """Forget the keys."""
    accounts.remove_account(actor(), now=clock.now())
    return htmx.redirect_to(url_for("payments.settings"), "The keys are removed.")


def _account() -> GatewayAccount | None:
    return account(current_user.business_id, accounts.PAYSTACK)


def _form(stored: GatewayAccount | None) -> KeysForm:
    data = {"public_key": stored.public_key, "version": stored.version} if stored else {"version": 0}
    return KeysForm(formdata=None, data=data)


def _current(form: KeysForm) -> KeysForm:
    """The form with the version that stands now, so that saving again is a decision."""
    stored = _account()
    form.version.data, form.version.raw_data = stored.version if stored else 0, None
    return form


def _page(form: KeysForm, status: int = 200, cards: CardsForm | None = None) -> ResponseReturnValue:
    business, config = get_business(current_user.business_id), current_app.config["DUELY"]
    stored = _account()
    gateway = gateway_for(business.id)
    data = {"charge_cards": business.charge_cards, "version": business.version}
    context = {
        "form": form,
        "cards": cards or CardsForm(formdata=None, data=data),
        "keeps_cards": gateway is not None and gateway.keeps_cards,
        "stored": stored if stored and stored.secret_encrypted else None,
        "demo": gateway is not None and gateway.name == "demo",
        "webhook": webhook_url(config, accounts.PAYSTACK, business),
        "reachable": config.https,
        "edits": at_least(current_user.role, "admin"),
    }
    return render_template("payments/settings.html", **context), status
