"""Which payment company a business uses, made with that business's own key."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import select

from app import vault
from app.auth.models import Business
from app.extensions import csrf, db
from app.payments.gateways.base import Gateway
from app.payments.gateways.demo import DemoGateway
from app.payments.gateways.demo_checkout import demo_checkout_blueprint
from app.payments.gateways.paystack import Paystack
from app.payments.models import GatewayAccount
from app.web.access import public
from config import Config

NAMES = ("paystack", "demo")
TITLES = {"paystack": Paystack.title, "demo": DemoGateway.title}
"""What people call each company."""


def account(business_id: uuid.UUID, gateway: str) -> GatewayAccount | None:
    """A business's stored credentials with one company, or None."""
    query = select(GatewayAccount).where(GatewayAccount.business_id == business_id, GatewayAccount.gateway == gateway)
    return db.session.scalar(query)


def gateway_for(business_id: uuid.UUID) -> Gateway | None:
    """The company new payments of a business go through; None when online payment is not set up."""
    config: Config = current_app.config["DUELY"]
    stored = account(business_id, "paystack")
    if stored is not None and stored.active:
        return _paystack(config, stored)
    return None if config.production else open_gateway(business_id, "demo")


def open_gateway(business_id: uuid.UUID, name: str) -> Gateway | None:
    """One company by name, also when new payments go elsewhere: old attempts are still asked about."""
    config: Config = current_app.config["DUELY"]
    if name == "paystack":
        return _paystack(config, account(business_id, "paystack"))
    if name == "demo" and not config.production:
        business = db.session.get(Business, business_id)
        return _demo(config, business) if business else None
    return None


def title_of(gateway: str | None) -> str:
    """What people call a company; empty for money that came through none."""
    return TITLES.get(gateway, gateway.capitalize()) if gateway else ""


def business_by_key(key: str) -> Business | None:
    """The business a webhook address belongs to, or None. PostgreSQL cannot be asked about every text."""
    if not (key.isascii() and key.isalnum()):
        return None
    return db.session.scalar(select(Business).where(Business.gateway_key == key))


def webhook_url(config: Config, gateway: str, business: Business) -> str:
    """The address a company is told to send its notices to."""
    return f"{config.site_url}/webhooks/{gateway}/{business.gateway_key}/"


def mount_demo(app: Flask, config: Config) -> None:
    """Serve the demo bank's checkout page beside the application, except in production."""
    if config.production:
        return
    blueprint = demo_checkout_blueprint(demo_store(config), production=False)
    app.register_blueprint(blueprint)
    csrf.exempt(blueprint)
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(blueprint.name + "."):
            public(view)


def demo_store(config: Config) -> Path:
    """Where the demo bank, which stands for another company's computer, keeps its own books."""
    return Path(config.instance_dir) / "demo-bank.db"


def _paystack(config: Config, stored: GatewayAccount | None) -> Gateway | None:
    if stored is None or not stored.secret_encrypted:
        return None
    return Paystack(vault.unseal(stored.secret_encrypted), base_url=config.paystack_base_url)


def _demo(config: Config, business: Business) -> DemoGateway:
    secret = hashlib.sha256(f"demo:{business.gateway_key}".encode()).hexdigest()
    return DemoGateway(
        secret,
        store_path=demo_store(config),
        checkout_base=config.demo_checkout_url or config.site_url,
        webhook_url=webhook_url(config, "demo", business),
        production=config.production,
    )
