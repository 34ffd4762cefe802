"""Providers that answer wrongly, late or not at all for an hour: what waited leaves soon after, each of it once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.extensions import db
from app.messages.channels.smtp import SmtpChannel, SmtpSettings
from app.messages.channels.twilio import TwilioChannel, TwilioSettings
from tests.contracts.fake_twilio import ACCOUNT, FAILURES, SMS, TOKEN, WHATSAPP
from tests.faults.door import BABBLES, DRIPS, SHUT, SILENT, Door
from tests.faults.outgoing import Providers, providers, write
from tests.integration.delivery.conftest import Office

HOUR, STEP = 3600, 600
SOON = 600
"""Seconds in which everything has left after a provider is well again."""
PATIENCE = 0.15
ILL = (SHUT, SILENT, DRIPS, BABBLES)
TEXTS = ("500", "hang", "drip", "bad-json", "close", "accept-and-500", "accept-and-hang")

pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def both(office: Office, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Providers]:
    """A mail server and a Twilio that the office sends through, with little patience."""
    with providers(tmp_path) as running:
        timeouts = {"connect_timeout": PATIENCE, "read_timeout": PATIENCE}
        mail, url = running.mail, running.twilio.base_url
        app.extensions["duely_mail"] = SmtpChannel(
            SmtpSettings(mail.host, mail.port, total_timeout=2 * PATIENCE, **timeouts)
        )
        app.extensions["duely_texts"] = TwilioChannel(
            TwilioSettings(ACCOUNT, TOKEN, WHATSAPP, SMS, base_url=url, **timeouts)
        )
        # Twilio's clock goes as fast as ours.
        put = running.twilio.put
        monkeypatch.setattr(running.twilio, "put", lambda *words, **more: put(*words, made=office.now, **more))
        yield running


@pytest.fixture
def ill() -> Iterator[Callable[[str], int]]:
    """Opens a port that is shut, silent, drips or babbles."""
    with contextlib.ExitStack() as doors:

        def open_one(how: str) -> int:
            door = Door(0)
            doors.callback(door.close)
            door.turn(how)
            return door.port

        yield open_one


def survive(office: Office, channels: tuple[str, ...], messages: int, heal: Callable[[], None]) -> set[str]:
    """Write messages, let a bad hour pass, then ten good minutes. Returns what providers should have, once."""
    words = {write(office.story.business_id, channels[n % len(channels)], n)[1] for n in range(messages)}
    db.session.remove()
    for _ in range(HOUR // STEP):
        office.run(wait=STEP)
    assert {state for _, state in office.all()} <= {"queued", "unknown"}
    # Providers work again, and their connections take as long as on a busy machine.
    heal()
    for _ in range(SOON // 60):
        office.run(wait=60)
    assert {state for _, state in office.all()} == {"sent"}
    assert {one for one in office.jobs() if one != "done"} == set()
    return words


def patient(app: Flask, port: int) -> None:
    """Give providers that are well all the time they need."""
    for name in ("duely_mail", "duely_texts"):
        channel = app.extensions[name]
        limits = {"port": port, "total_timeout": 60.0} if name == "duely_mail" else {}
        channel.settings = replace(channel.settings, connect_timeout=5.0, read_timeout=20.0, **limits)
    texts = app.extensions["duely_texts"]
    app.extensions["duely_texts"] = TwilioChannel(texts.settings)


def mail_fails(app: Flask, office: Office, both: Providers, how: str, messages: int, ill: Callable[[str], int]) -> None:
    channel = app.extensions["duely_mail"]
    if how in ILL:
        channel.settings = replace(channel.settings, port=ill(how))
    else:
        both.mail.at_data += [how] * messages * HOUR

    def heal() -> None:
        both.mail.at_data.clear()
        patient(app, both.mail.port)

    words = survive(office, ("email",), messages, heal)
    assert both.mails() == dict.fromkeys(words, 1)


def texts_fail(app: Flask, office: Office, both: Providers, how: str, messages: int) -> None:
    both.twilio.next(*[how] * 10_000)

    def heal() -> None:
        both.twilio.script.clear()
        patient(app, both.mail.port)

    words = survive(office, ("whatsapp", "sms"), messages, heal)
    assert both.texts() == dict.fromkeys(words, 1)


@pytest.mark.parametrize("how", ["451 try later", "421 closing", *ILL])
def test_mail_that_waited_for_an_hour_leaves_once(app, office, both, how, ill):
    mail_fails(app, office, both, how, 20, ill)


@pytest.mark.parametrize("how", TEXTS)
def test_texts_that_waited_for_an_hour_leave_once(app, office, both, how):
    texts_fail(app, office, both, how, 20)


@pytest.mark.long
@pytest.mark.parametrize("how", ["451 try later", "421 closing", *ILL])
def test_a_hundred_mails_that_waited_for_an_hour_leave_once(app, office, both, how, ill):
    mail_fails(app, office, both, how, 100, ill)


@pytest.mark.long
@pytest.mark.parametrize("how", FAILURES)
def test_a_hundred_texts_that_waited_for_an_hour_leave_once(app, office, both, how):
    texts_fail(app, office, both, how, 100)
