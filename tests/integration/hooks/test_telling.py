"""Software of others is told what happens: signed, tried again, never twice for one reason, paused and never lost."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.auth.models import AuditEvent
from app.billing.drivers.errors import NotAllowed, Refused
from app.errors import Conflict, Invalid, NotFound
from app.extensions import db
from app.hooks import service, tasks
from app.hooks.models import Delivery, Endpoint
from app.hooks.rules import EndpointValues
from app.invoices import service as invoices
from app.jobs import run_all
from app.jobs.perform import OUR_FAULT
from app.messages.models import Message
from app.money import Money
from app.payments.service import record_payment
from tests.support.receiver import Receiver, listen
from tests.support.story import Story, a_business


def test_what_happens_is_told_signed_and_once(ours: Story, receiver: Receiver):
    _, secret = listen(ours, receiver, "invoice.issued", "invoice.paid", "payment.recorded")
    invoice_id = ours.issued()
    now = clock.now()
    record_payment(ours.owner, invoice_id, Money(322500, "NGN"), "cash", clock.today("Africa/Lagos"), now=now)
    run_all()
    assert sorted(one["type"] for one in receiver.events) == ["invoice.issued", "invoice.paid", "payment.recorded"]
    assert {one["data"]["id"] for one in receiver.events} >= {str(invoice_id)}
    assert len({one["id"] for one in receiver.events}) == 3
    for headers, body in receiver.heard:
        stamp, mark = headers["Duely-Signature"].split(",")
        signed = f"{stamp.removeprefix('t=')}.".encode() + body
        assert mark == "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        assert ours.client_id.hex not in body.decode()
        assert "Lekki" not in body.decode(), "no personal data"
    run_all()
    assert len(receiver.heard) == 3


def test_what_is_given_up_is_not_told_as_paid(ours: Story, receiver: Receiver):
    listen(ours, receiver, "invoice.paid", "invoice.voided", "invoice.written_off")
    now = clock.now()
    invoices.void(ours.owner, ours.issued(), "A mistake", now=now)
    invoices.write_off(ours.owner, ours.issued(), "Gone", now=now)
    run_all()
    assert sorted(one["type"] for one in receiver.events) == ["invoice.voided", "invoice.written_off"]


def test_only_what_was_asked_for_is_told(ours: Story, receiver: Receiver):
    listen(ours, receiver, "client.created")
    ours.issued()
    run_all()
    assert receiver.heard == []


def test_invoices_that_are_issued_by_the_thousand_are_told_one_by_one(ours: Story, receiver: Receiver):
    listen(ours, receiver, "invoice.issued")
    values = ours.draft_values()
    made = invoices.issue_many(ours.owner, [values, values, values], now=clock.now())
    run_all()
    assert [one["data"]["id"] for one in receiver.events] == [str(one.id) for one in made]
    assert receiver.events[0]["data"]["facts"]["number"] == made[0].number


def test_what_was_undone_is_not_told(ours: Story, receiver: Receiver):
    listen(ours, receiver)
    draft_id = ours.draft()
    with pytest.raises(Conflict):
        invoices.void(ours.owner, draft_id, reason="no", now=clock.now())
    run_all()
    assert "invoice.voided" not in [one["type"] for one in receiver.events]


def test_what_was_not_taken_is_tried_again_and_an_endpoint_that_takes_nothing_is_paused(
    ours: Story, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    endpoint_id, _ = listen(ours, receiver, "invoice.issued")
    receiver.status = 500
    ours.issued()
    began = clock.now()
    for hours in range(0, 96, 6):
        monkeypatch.setattr("app.clock.now", lambda at=began + timedelta(hours=hours): at)
        run_all()
        db.session.remove()
    delivery = db.session.scalars(select(Delivery)).one()
    assert delivery.state == "failed"
    assert delivery.tries > 5
    assert len({event["id"] for event in receiver.events}) == 1
    endpoint = db.session.get(Endpoint, (ours.business_id, endpoint_id))
    assert (endpoint.paused_by, endpoint.removed_at) == ("failures", None)
    assert [one.object_id for one in db.session.scalars(select(Message).where(Message.kind == "webhook_paused"))] == [
        endpoint_id
    ]
    receiver.status = 200
    service.resume_endpoint(ours.owner, endpoint_id, clock.now())
    service.send_again(ours.owner, endpoint_id, delivery.id, clock.now())
    run_all()
    db.session.remove()
    assert db.session.scalars(select(Delivery)).one().state == "delivered"


def test_while_a_secret_is_replaced_both_are_good(ours: Story, receiver: Receiver):
    endpoint_id, old = listen(ours, receiver)
    new = service.rotate_secret(ours.owner, endpoint_id, clock.now())
    service.try_endpoint(ours.owner, endpoint_id, clock.now())
    run_all()
    [(headers, body)] = receiver.heard
    stamp, *marks = headers["Duely-Signature"].split(",")
    signed = f"{stamp.removeprefix('t=')}.".encode() + body
    assert marks == ["v1=" + hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in (new, old)]


def test_a_paused_one_is_told_nothing_and_keeps_its_log(ours: Story, receiver: Receiver):
    endpoint_id, _ = listen(ours, receiver)
    ours.issued()
    service.pause_endpoint(ours.owner, endpoint_id, clock.now())
    run_all()
    assert receiver.heard == []
    assert {one.state for one in db.session.scalars(select(Delivery))} == {"dropped"}


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "https://",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://:secret@example.com/",
        "https://@example.com/",
        "https://example.com:0/",
        "https://ex ample.com/",
        "https://пример/",
        "x",
    ],
)
def test_addresses_that_can_never_be_told_are_refused(ours: Story, url: str):
    with pytest.raises(Invalid) as refused:
        service.add_endpoint(ours.owner, EndpointValues(url), clock.now())
    assert "url" in refused.value.errors


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "https://169.254.169.254/"]
)
def test_private_networks_are_never_told(make_app: Callable[..., Flask], url: str):
    with make_app(routers_on_private_networks=False).app_context():
        story = a_business(make_app())
        with pytest.raises(Invalid):
            service.add_endpoint(story.owner, EndpointValues(url), clock.now())


def test_another_business_s_webhook_is_none(ours: Story, app: Flask, receiver: Receiver):
    theirs = a_business(app, "Savannah Coffee")
    endpoint_id, _ = listen(theirs, receiver)
    for act in (service.pause_endpoint, service.rotate_secret, service.remove_endpoint, service.try_endpoint):
        with pytest.raises(NotFound):
            act(ours.owner, endpoint_id, clock.now())


def test_secrets_are_kept_sealed_and_out_of_the_trail(ours: Story, receiver: Receiver):
    endpoint_id, secret = listen(ours, receiver)
    assert secret not in db.session.get(Endpoint, (ours.business_id, endpoint_id)).secret
    assert secret not in repr([one.facts for one in db.session.scalars(select(AuditEvent))])


def test_an_address_that_is_wrong_for_an_hour_loses_nothing(ours: Story, receiver: Receiver, monkeypatch):
    listen(ours, receiver, "invoice.issued")
    ours.issued()
    began, wrong = clock.now(), [NotAllowed(), Refused("The certificate has expired.")]
    post = tasks.post

    def fails(*asked: Any) -> Any:
        if wrong:
            raise wrong.pop()
        return post(*asked)

    monkeypatch.setattr(tasks, "post", fails)
    for hours in range(3):
        monkeypatch.setattr("app.clock.now", lambda at=began + timedelta(hours=hours): at)
        run_all()
        db.session.remove()
    delivery = db.session.scalars(select(Delivery)).one()
    assert (delivery.state, delivery.tries) == ("delivered", 3)


def test_what_was_answered_is_kept_readable_and_foreign_errors_are_not_told(ours: Story, receiver, monkeypatch):
    listen(ours, receiver, "invoice.issued")
    ours.issued()
    told = iter([ValueError("SELECT secret FROM webhook"), (200, b"ta\x00ken\x07")])

    def answers(*_: Any) -> Any:
        one = next(told)
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr(tasks, "post", answers)
    run_all()
    db.session.remove()
    assert db.session.scalars(select(Delivery)).one().answer == OUR_FAULT
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr("app.clock.now", lambda: later)
    run_all()
    db.session.remove()
    delivery = db.session.scalars(select(Delivery)).one()
    assert (delivery.state, delivery.answer) == ("delivered", "taken")
