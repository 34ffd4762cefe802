"""A business's account with a payment company: keys kept encrypted, replaced, tried out and taken away."""

from __future__ import annotations

from datetime import datetime

import structlog
from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from app import vault
from app.auth import audit
from app.auth.models import Business
from app.auth.rules import Actor
from app.database import new_id, transactional
from app.errors import Conflict, Invalid, NotFound
from app.extensions import db
from app.payments.gateways.errors import GatewayError
from app.payments.gateways.paystack import Paystack
from app.payments.models import Attempt, GatewayAccount
from app.payments.registry import account, open_gateway
from app.payments.rules import Mode
from config import Config

PAYSTACK = "paystack"

log = structlog.get_logger("duely.payments")


class Stale(Conflict):
    """Somebody else changed these keys in the meantime. Look at what stands now and decide again."""


class Unconfirmed(Invalid):
    """These keys do not fit together."""


@transactional
def save_account(actor: Actor, secret_key: str, public_key: str, version: int, *, now: datetime) -> GatewayAccount:
    """Keep Paystack's keys; an empty secret leaves the one that is there. Raises Invalid, Stale.

    `version` is that of the account the form was opened with, 0 when there was none.
    """
    actor.require("admin")
    stored = _locked(actor)
    if (stored.version if stored else 0) != version:
        raise Stale(current=stored)
    if not secret_key and (stored is None or not stored.secret_encrypted):
        raise Unconfirmed("secret_key", "Enter the secret key.")
    mode = _mode(secret_key) if secret_key else stored.mode  # type: ignore[union-attr]
    _check_public(public_key, mode)
    if stored is None:
        stored = GatewayAccount(business_id=actor.business_id, id=new_id(), gateway=PAYSTACK, created_at=now)
        db.session.add(stored)
    changes: dict[str, tuple[object, object]] = {"public_key": (stored.public_key or "", public_key)}
    stored.public_key = public_key
    if secret_key:
        changes |= {"secret_key": (stored.secret_hint or "", hint(secret_key)), "mode": (stored.mode, mode)}
        stored.secret_encrypted, stored.secret_hint, stored.mode = vault.seal(secret_key), hint(secret_key), mode
        stored.checked_at, stored.check_result = None, ""
    stored.active = True
    db.session.flush()
    real = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    audit.record(actor, "changed_payment_keys", "gateway_account", stored.id, now, changes=real)
    return stored


@transactional
def remove_account(actor: Actor, *, now: datetime) -> None:
    """Forget Paystack's keys: no new payments, and nothing can be asked about old ones. Raises NotFound."""
    actor.require("admin")
    stored = _locked(actor)
    if stored is None or not stored.secret_encrypted:
        raise NotFound
    changes = {"secret_key": (stored.secret_hint, "")}
    stored.secret_encrypted = stored.secret_hint = stored.public_key = stored.check_result = ""
    stored.checked_at, stored.active = None, False
    audit.record(actor, "removed_payment_keys", "gateway_account", stored.id, now, changes=changes)


def check_account(actor: Actor, *, now: datetime) -> tuple[bool, str]:
    """Try the stored key and keep the result. No transaction is open meanwhile. Raises NotFound.

    Returns whether it worked, and the sentence for staff.
    """
    actor.require("admin")
    gateway = open_gateway(actor.business_id, PAYSTACK)
    stored = account(actor.business_id, PAYSTACK)
    if gateway is None or stored is None:
        raise NotFound
    version = stored.version
    db.session.remove()
    try:
        worked, sentence = True, gateway.test_connection()
    except GatewayError as error:
        worked, sentence = False, str(error)
    _note_check(actor, version, worked, sentence, now)
    return worked, sentence


def waiting_attempts(actor: Actor) -> int:
    """How many tries to pay through Paystack are not settled yet."""
    query = select(func.count()).select_from(Attempt).where(Attempt.business_id == actor.business_id)
    waiting = query.where(Attempt.gateway == PAYSTACK, Attempt.state.in_(("new", "started")))
    return int(db.session.scalar(waiting) or 0)


@transactional
def adopt_installation_keys(now: datetime) -> bool:
    """Copy PAYSTACK_* of the installation to the first business, once and to no other. Returns whether it was done.

    A business that has, or once had, keys of its own keeps its own word.
    """
    config: Config = current_app.config["DUELY"]
    first = db.session.scalar(select(Business).order_by(Business.created_at, Business.id).limit(1))
    if not config.paystack_secret_key or first is None or account(first.id, PAYSTACK) is not None:
        return False
    try:
        mode = Paystack(config.paystack_secret_key).mode
    except GatewayError as error:
        log.error("paystack.keys_refused", reason=str(error))
        return False
    row = {
        "business_id": first.id,
        "id": new_id(),
        "gateway": PAYSTACK,
        "mode": mode,
        "public_key": config.paystack_public_key[:200],
        "secret_encrypted": vault.seal(config.paystack_secret_key),
        "secret_hint": hint(config.paystack_secret_key),
        "active": True,
        "check_result": "",
        "created_at": now,
        "version": 1,
    }
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    added = db.session.execute(insert(GatewayAccount).values(**row).on_conflict_do_nothing())
    if not added.rowcount:  # type: ignore[attr-defined]
        return False
    changes = {"secret_key": ("", row["secret_hint"]), "mode": ("", mode)}
    audit.record(Actor.system(first.id), "adopted_payment_keys", "gateway_account", row["id"], now, changes=changes)
    return True


def hint(secret_key: str) -> str:
    """What may be shown of a secret key: sk_test_…4567."""
    return f"{secret_key[:8]}…{secret_key[-4:]}"


@transactional
def _note_check(actor: Actor, version: int, worked: bool, sentence: str, now: datetime) -> None:
    stored = _locked(actor)
    # Keys that were replaced while the old ones were tried have not been tried.
    if stored is not None and stored.version == version:
        stored.checked_at, stored.check_result = now, sentence[:300]
        audit.record(actor, "checked_payment_keys", "gateway_account", stored.id, now, facts={"worked": worked})


def _locked(actor: Actor) -> GatewayAccount | None:
    query = select(GatewayAccount).where(GatewayAccount.business_id == actor.business_id)
    query = query.where(GatewayAccount.gateway == PAYSTACK).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def _mode(secret_key: str) -> Mode:
    if len(secret_key) < 20:
        raise Unconfirmed("secret_key", "This key is too short to be a whole secret key.")
    try:
        return Paystack(secret_key).mode
    except GatewayError as error:
        raise Unconfirmed("secret_key", str(error)) from error


def _check_public(public_key: str, mode: str) -> None:
    if not public_key:
        return
    if not public_key.startswith(("pk_test_", "pk_live_")):
        raise Unconfirmed("public_key", "A Paystack public key begins with pk_test_ or pk_live_.")
    if not public_key.startswith(f"pk_{mode}_"):
        raise Unconfirmed("public_key", f"This is a key of the other mode: the secret key is a {mode} key.")
