"""A message leaves once: looked up when nobody knows, taken over by the next channel, held while nobody answers."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.auth.queries import timeline
from app.clients.models import Client
from app.clients.queries import reach
from app.clients.service import set_channels
from app.database import writing
from app.extensions import db
from app.jobs import Context
from app.jobs.models import Job
from app.messages import service
from app.messages.channels.base import AddressRefused, PartlyRefused, Refusal, TransportError
from app.messages.service.breaker import FAILURES
from app.messages.tasks import prepare
from app.reports.checks import violations
from tests.integration.delivery.conftest import PHONE
from tests.support.story import a_business

BUSY = TransportError("Try later.", permanent=False)
GONE = AddressRefused("amaka@lekki.example", "does not exist")


def test_it_is_sent_only_when_the_provider_took_it(office):
    message = office.write("sms")
    assert office.get(message).state == "queued"
    office.run()
    row = office.get(message)
    assert (row.state, row.sent_at, row.provider_id[:2]) == ("sent", office.now, "SM")
    assert [text.to for text in office.texts.texts] == ["+2348031234567"]


def test_a_lost_answer_is_looked_up_and_not_sent_again(office):
    office.texts.lose_next()
    message = office.write("whatsapp", "sms")
    office.run()
    assert office.get(message).state == "unknown"
    office.run(wait=200)
    assert office.all() == [("whatsapp", "sent")]
    assert len(office.texts.texts) == 1


def test_a_worker_that_died_after_asking_looks_it_up(office, monkeypatch):
    """kill -9 between the provider's yes and our commit: the next worker finds it there."""
    message = office.write("whatsapp")
    service.begin_try(office.story.business_id, message, office.now)
    context = Context(office.story.business_id, {"message_id": str(message)}, office.now, message)
    with writing():
        ready = prepare(context)
    assert ready is not None
    office.texts.send(ready.message)
    office.run(wait=1)
    assert office.get(message).state == "sent"
    assert len(office.texts.texts) == 1


@pytest.mark.parametrize("trouble", ["the list", "the file"])
def test_what_goes_wrong_before_it_was_looked_up_does_not_make_it_leave_twice(office, app, monkeypatch, trouble):
    office.texts.lose_next()
    message = office.write("whatsapp", "sms", media={"kind": "invoice_pdf", "invoice_id": ""})
    with monkeypatch.context() as broken:
        app.extensions["duely_attachments"] = {"invoice_pdf": lambda *_: None}
        office.run()

        def breaks(*_):
            raise TransportError("Twilio had a fault of its own.", permanent=False)

        broken.setattr(office.texts, "find", breaks)
        for _ in range(5 if trouble == "the list" else 0):
            office.run(wait=600)
            assert office.get(message).state == "unknown"
    app.extensions["duely_attachments"] = {"invoice_pdf": breaks}
    office.run(wait=600)
    assert (office.all(), len(office.texts.texts)) == ([("whatsapp", "sent")], 1)


def test_a_lost_answer_is_looked_up_even_when_whatsapp_takes_free_text_no_more(office, monkeypatch):
    monkeypatch.setattr("app.messages.registry.wants_templates", lambda: True)
    wrote = office.now - timedelta(hours=23, minutes=59)
    mine = office.story.business_id
    service.inbound("whatsapp", PHONE, wrote, stop=False, start=False, business_id=mine)
    office.texts.lose_next()
    office.write("whatsapp", "sms")
    office.run()
    office.run(wait=200)
    assert (office.all(), len(office.texts.texts)) == ([("whatsapp", "sent")], 1)


def test_what_nobody_can_look_up_any_more_stays_unknown_until_a_person_says_what_became_of_it(office, app):
    """Twilio's settings were taken out while the answer of a text was lost: it may have left."""
    office.texts.lose_next()
    message = office.write("whatsapp", "sms")
    office.run()
    app.extensions["duely_texts"], texts = None, office.texts
    app.config["DUELY"] = replace(app.config["DUELY"], env="production")
    for _ in range(30):
        office.run(wait=3600)
    row = office.get(message)
    assert (office.all(), row.reason[:21]) == ([("whatsapp", "unknown")], "It may have been sent")
    browser = office.story.visitor("staff")
    page = browser.get(f"/messages/{message}/").text
    assert f"/messages/{message}/lost/" in page
    assert "could not be looked up" in page
    assert "did not arrive?" in browser.get(f"/messages/{message}/lost/").text
    browser.post(f"/messages/{message}/lost/")
    assert (office.all(), office.get(message).reason[-23:]) == ([("whatsapp", "failed")], "that it did not arrive.")
    assert browser.post(f"/messages/{message}/lost/").status_code == 409
    app.extensions["duely_texts"] = texts
    service.resend(office.story.business_id, message)
    office.run(wait=1)
    assert (office.get(message).state, len(texts.texts)) == ("sent", 2)


def test_what_never_got_there_is_sent_after_all(office):
    message = office.write("sms")
    service.begin_try(office.story.business_id, message, office.now)
    office.run()
    assert office.texts.texts == []
    office.run(wait=301)
    assert (office.get(message).state, len(office.texts.texts)) == ("sent", 1)


def test_what_failed_for_good_waits_in_the_ledger_alone(office):
    """Not among the background work as well: trying again in both places would send it twice."""
    office.mail.fail_next(GONE)
    message = office.write("email")
    office.run()
    assert (office.get(message).state, office.jobs()) == ("failed", ["done"])
    service.trust_again(office.story.owner, message, now=office.now)
    service.resend(office.story.business_id, message)
    office.run(wait=1)
    assert (office.get(message).state, len(office.mail.sent)) == ("sent", 1)


def test_the_next_channel_takes_over_what_failed_for_good(office):
    office.mail.fail_next(GONE)
    first = office.write("email", "whatsapp", "sms")
    office.run()
    assert office.all() == [("email", "failed"), ("whatsapp", "sent")]
    assert office.get(first).reason == "amaka@lekki.example does not exist."
    assert office.texts.texts[0].text == "Hello."


def test_an_address_that_does_not_exist_is_not_used_again_until_somebody_says_so(office):
    office.mail.fail_next(GONE)
    message = office.write("email")
    office.run()
    office.write("email", "sms")
    office.run()
    assert office.all() == [("email", "failed"), ("sms", "sent")]
    with pytest.raises(service.Unreachable, match="does not exist"):
        office.write("email")
    service.trust_again(office.story.owner, message, now=office.now)
    office.write("email")
    office.run()
    assert office.all()[-1] == ("email", "sent")


def test_who_said_that_an_address_works_again_is_in_the_trail(office):
    office.mail.fail_next(GONE)
    message = office.write("email")
    office.run()
    browser = office.story.visitor("staff")
    for _ in range(2):
        browser.post(f"/messages/{message}/trust/")
    db.session.rollback()
    (event,) = timeline(office.story.business_id, "message", message)
    assert (event.verb, event.at, event.actor_kind) == ("trusted_address", office.now, "person")
    assert event.actor_name
    assert event.facts == {"channel": "email", "addresses": ["a…@lekki.example"]}
    page = browser.get(f"/clients/{office.story.client_id}/").text
    assert "Said to work again, and used again" in page
    assert f"a…@lekki.example, {event.actor_name}" in page


def test_whoever_said_stop_is_left_alone_until_they_say_start(office):
    number = "+2348031234567"
    message = office.write("sms")
    office.run()
    service.inbound("sms", number, office.now, stop=True, start=False)
    with pytest.raises(service.Unreachable):
        office.write("sms")
    service.trust_again(office.story.owner, message, now=office.now)
    with pytest.raises(service.Unreachable):
        office.write("sms")
    service.inbound("sms", number, office.now, stop=False, start=True)
    office.write("sms")


def test_a_stop_or_a_consent_taken_back_counts_until_the_last_moment(office):
    """Written while it was allowed, and held for the night: by then it no longer is."""
    later = office.now + timedelta(hours=9)
    stopped = office.write("whatsapp", "email", not_before=later)
    service.mark(office.story.business_id, "whatsapp", "+2348031234567", stopped_at=office.now)
    office.run(wait=9 * 3600 + 1)
    assert (office.get(stopped).state, office.texts.texts) == ("failed", [])
    taken_back = office.write("sms", "email")
    set_channels(office.story.owner, office.story.client_id, ["email"], [], now=office.now)
    office.run(wait=1)
    assert (office.get(taken_back).state, office.texts.texts) == ("failed", [])
    assert [channel for channel, state in office.all() if state == "sent"] == ["email", "email"]


def test_a_consent_counts_for_the_number_it_was_given_for(office):
    message = office.write("sms", "email")
    with writing():
        mine = (Client.business_id == office.story.business_id, Client.id == office.story.client_id)
        db.session.execute(update(Client).where(*mine).values(phone="+2348039999999"))
    assert reach(office.story.business_id, office.story.client_id).channels == ("email",)
    office.run(wait=1)
    assert (office.get(message).state, office.texts.texts) == ("failed", [])


def test_a_look_up_that_fails_leaves_it_unknown_and_nothing_is_sent_twice(office, monkeypatch):
    office.texts.lose_next()
    message = office.write("sms", "email")
    office.run()
    with monkeypatch.context() as broken:
        broken.setattr(office.texts, "find", lambda *_: (_ for _ in ()).throw(BUSY))
        for _ in range(30):
            office.run(wait=3600)
    assert office.all() == [("sms", "unknown")]
    service.resend(office.story.business_id, message)
    office.run(wait=1)
    assert (office.all(), len(office.texts.texts)) == ([("sms", "sent")], 1)


def test_sent_again_what_is_said_of_the_try_before_counts_no_more(office):
    message, mine = office.write("sms"), office.story.business_id
    office.run()
    old = office.get(message).provider_id
    service.receipt(mine, message, old, "failed", "Switched off.", office.now)
    service.resend(mine, message)
    for said in ("sent", "failed", "delivered"):
        assert not service.receipt(mine, message, old, said, "Late.", office.now)
    office.run(wait=1)
    assert office.get(message).state == "sent"
    assert len(office.texts.texts) == 2


def test_one_whose_work_gave_up_or_was_discarded_can_be_sent_again(office):
    message = office.write("sms")
    with writing():
        db.session.execute(update(Job).where(Job.task == "messages.deliver").values(state="dropped"))
    service.resend(office.story.business_id, message)
    office.run(wait=1)
    assert office.get(message).state == "sent"
    with pytest.raises(service.NotResendable):
        service.resend(office.story.business_id, message)


def test_whom_of_several_a_mail_did_not_reach_is_said(office):
    refusal = Refusal("ben@lekki.example", False, "The mail server asked to try later.")
    office.mail.fail_next(PartlyRefused("<1@x>", ("amaka@lekki.example",), (refusal,)))
    message = office.write("email")
    office.run()
    row = office.get(message)
    assert row.state == "sent"
    assert "ben@lekki.example" in row.reason


def test_a_failure_for_now_is_tried_again_and_nothing_takes_over(office):
    office.mail.fail_next(BUSY)
    message = office.write("email", "sms")
    office.run()
    assert (office.get(message).state, office.get(message).reason) == ("queued", "Try later.")
    office.run(wait=130)
    assert office.all() == [("email", "sent")]


def test_after_a_day_of_trying_the_next_channel_takes_over(office):
    office.mail.fail_next(*[BUSY] * 3000)
    office.write("email", "sms")
    for _ in range(40):
        office.run(wait=3600)
    assert office.all() == [("email", "failed"), ("sms", "sent")]


def test_while_a_provider_answers_nobody_the_others_wait_for_one_to_come_through(office):
    office.mail.fail_next(*[BUSY] * FAILURES)
    for _ in range(FAILURES):
        office.write("email")
    office.run()
    late = [office.write("email") for _ in range(5)]
    office.run(wait=1)
    assert {office.get(one).tries for one in late} == {0}
    for _ in range(20):
        office.run(wait=20)
    assert set(office.all()) == {("email", "sent")}
    assert len(office.mail.sent) == FAILURES + 5


def test_other_channels_are_not_held_up(office):
    office.mail.fail_next(*[BUSY] * 50)
    for _ in range(FAILURES + 1):
        office.write("email")
    office.run()
    message = office.write("sms")
    office.run(wait=1)
    assert office.get(message).state == "sent"


def test_a_cancelled_one_does_not_leave(office):
    message = office.write("email")
    assert service.cancel(office.story.business_id, message, "Not needed.")
    office.run()
    assert (office.get(message).state, office.mail.sent) == ("cancelled", [])


STEPS = ("sent", "delivered", "read")


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("extra", [(), ("failed",)], ids=["arrives", "fails"])
def test_receipts_in_any_order_end_in_the_same_state(office, extra):
    """Every permutation, each receipt twice, and our own commit at any moment of it."""
    receipts = (*STEPS, "accepted", *extra)
    ends = set()
    for order in itertools.permutations(receipts):
        message = office.write("whatsapp")
        for said in order:
            for _ in range(2):
                if said == "accepted":
                    service.accepted(office.story.business_id, message, "SM1", office.now)
                else:
                    service.receipt(office.story.business_id, message, "SM1", said, "It bounced.", office.now)
        row = office.get(message)
        ends.add((row.state, row.reason))
        assert row.sent_at is not None
    assert ends == ({("failed", "It bounced.")} if extra else {("read", "")})


def test_a_receipt_of_another_message_or_business_changes_nothing(office, app):
    message, other = office.write("sms"), a_business(app, "Savannah Coffee")
    office.run()
    assert not service.receipt(other.business_id, message, "SM1", "read", "", office.now)
    assert not service.receipt(office.story.business_id, message, "SM-of-another", "read", "", office.now)
    assert office.get(message).state == "sent"


def test_a_receipt_that_says_failed_lets_the_next_channel_take_over_once(office):
    message = office.write("whatsapp", "sms")
    office.run()
    sid = office.get(message).provider_id
    for _ in range(3):
        service.receipt(
            office.story.business_id, message, sid, "failed", "They have no WhatsApp.", office.now, gone=True
        )
    office.run()
    assert office.all() == [("whatsapp", "failed"), ("sms", "sent")]
    with pytest.raises(service.Unreachable):
        office.write("whatsapp")


def test_the_audit_names_a_message_that_waits_and_nothing_will_send(office):
    """One that was discarded on the page of background work waits for a person, and is named by nobody."""
    office.write("email", "sms")
    message = office.write("sms")
    told = list(violations([office.story.business_id], office.now + timedelta(hours=2)))
    assert [one for one in told if "nothing will send it" in one.sentence] == []
    with writing():
        mine = (Job.task == "messages.deliver", Job.key == f"deliver:{message}:0")
        db.session.execute(update(Job).where(*mine).values(state="done"))
    told = list(violations([office.story.business_id], office.now + timedelta(hours=2)))
    assert [str(message) in one.sentence for one in told if "nothing will send it" in one.sentence] == [True]
    with writing():
        db.session.execute(update(Job).where(*mine).values(state="dropped"))
    told = list(violations([office.story.business_id], office.now + timedelta(hours=2)))
    assert [one for one in told if "nothing will send it" in one.sentence] == []
