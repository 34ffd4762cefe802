"""What Twilio calls and fetches: only what it signed counts, and files open by a link that ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.auth.business_queries import gateway_key_of
from app.extensions import db
from app.messages import media, service
from app.messages.models import Message
from app.messages.queries import wrote_lately
from app.messages.rules import About, Face
from config import Twilio
from tests.contracts.fake_twilio import sign
from tests.support.story import a_business

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@pytest.fixture
def hook(office, app):
    """Posts to the address of the business as Twilio would; returns the status."""
    account = Twilio("AC" + "1f" * 16, TOKEN, "+14155238886", "+15005550006")
    app.config["DUELY"] = replace(app.config["DUELY"], twilio=account)
    path = f"/webhooks/twilio/{gateway_key_of(office.story.business_id)}/"

    def post(query: str = "", token: str = TOKEN, key: str = path, **params: str) -> int:
        url = f"https://bills.example.com{key}{query}"
        signature = sign(token, url, list(params.items()))
        headers = {"X-Twilio-Signature": signature, "Host": "bills.example.com"}
        return app.test_client().post(key + query, data=params, headers=headers).status_code

    return post


def receipt(status: str, sid: str) -> dict[str, str]:
    return {"MessageSid": sid, "MessageStatus": status, "AccountSid": "AC" + "1f" * 16, "To": "whatsapp:+2348031234567"}


def test_a_signed_receipt_moves_its_message_on(office, hook):
    message = office.write("whatsapp", content_sid="HX" + "0" * 32)
    office.run()
    sid = office.get(message).provider_id
    assert hook(f"?m={message}", **receipt("read", sid)) == 204
    assert office.get(message).state == "read"
    assert hook(f"?m={message}", **receipt("delivered", sid)) == 204
    assert office.get(message).state == "read"


def test_an_unsigned_or_forged_one_changes_nothing(office, hook):
    message = office.write("whatsapp", content_sid="HX" + "0" * 32)
    office.run()
    sid = office.get(message).provider_id
    assert hook(f"?m={message}", token="another", **receipt("read", sid)) == 403
    assert hook("?m=" + str(message), key="/webhooks/twilio/" + "a" * 20 + "/", **receipt("read", sid)) == 404
    assert office.get(message).state == "sent"


@pytest.mark.parametrize("query", ["", "?m=", "?m=no-id", "?m=00000000-0000-0000-0000-000000000000", "?m=%00"])
def test_strange_receipts_are_answered_and_change_nothing(office, hook, query):
    message = office.write("whatsapp", content_sid="HX" + "0" * 32)
    office.run()
    assert hook(query, **receipt("read", office.get(message).provider_id)) in (204, 403)
    assert office.get(message).state == "sent"


def test_a_customer_who_writes_opens_whatsapp_and_stop_closes_it(office, hook):
    said = {"MessageSid": "SM" + "2" * 32, "From": "whatsapp:+2348031234567", "To": "whatsapp:+14155238886"}
    assert hook(**said, Body="When is it due?", SmsStatus="received") == 204
    db.session.rollback()
    assert wrote_lately(office.story.business_id, "whatsapp", "+2348031234567", office.now)
    message = office.write("whatsapp")
    office.run()
    assert office.get(message).state == "sent"
    assert hook(**said, Body="STOP", SmsStatus="received") == 204
    db.session.rollback()
    with pytest.raises(Exception, match="asked us to stop"):
        office.write("whatsapp")


def test_a_stop_said_to_our_number_counts_for_every_business_that_wrote_there(office, hook, app):
    other = a_business(app, "Savannah Coffee")
    face = Face("sms", (("Lekki Hub", "+2348031234567"),), "Hello.")
    office.write("sms")
    service.dispatch(other.business_id, About("invoice"), [face], now=office.now)
    office.run()
    said = {"MessageSid": "SM" + "3" * 32, "From": "+2348031234567", "To": "+15005550006", "SmsStatus": "received"}
    assert hook(key="/webhooks/twilio/inbound/", **said, Body="Stop") == 204
    db.session.rollback()
    for business_id in (office.story.business_id, other.business_id):
        with pytest.raises(service.Unreachable):
            service.dispatch(business_id, About("invoice"), [face], now=office.now)


def test_outside_the_day_whatsapp_without_a_template_is_left_to_the_next_channel(office, hook):
    assert hook
    office.write("whatsapp", "sms")
    office.run()
    assert office.all() == [("whatsapp", "failed"), ("sms", "sent")]


@pytest.mark.drawn
def test_the_file_opens_without_signing_in_for_get_and_head_until_the_link_ends(office, app, monkeypatch):
    invoice = office.story.issued()
    message = office.write("whatsapp", media={"kind": "invoice_pdf", "invoice_id": str(invoice)})
    url = media.url(office.story.business_id, message).removeprefix("https://bills.example.com")
    visitor, headers = app.test_client(), {"Host": "bills.example.com"}
    answer = visitor.get(url, headers=headers)
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert "INV-" in answer.headers["Content-Disposition"]
    head = visitor.head(url, headers=headers)
    assert (head.status_code, head.mimetype, head.data) == (200, "application/pdf", b"")
    assert visitor.get(url[:-6] + "aaaa/", headers=headers).status_code == 404
    monkeypatch.setattr(media, "OPEN_FOR", -1)
    assert visitor.get(url, headers=headers).status_code == 404


def test_a_link_of_a_message_without_a_file_opens_nothing(office, app):
    url = media.url(office.story.business_id, office.write("email"))
    answer = app.test_client().get(url.removeprefix("https://bills.example.com"), headers={"Host": "bills.example.com"})
    assert answer.status_code == 404
    assert db.session.get(Message, (office.story.business_id, office.write("email"))) is not None
