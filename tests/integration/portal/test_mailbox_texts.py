"""The mailbox of development shows WhatsApp and SMS messages as on a telephone, and says what lands there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from app.messages import registry
from app.messages.channels.base import OutgoingText
from app.messages.channels.console import ConsoleChannel
from app.messages.channels.mailbox import Mailbox
from app.messages.channels.smtp import SmtpChannel
from app.messages.channels.twilio import TwilioChannel
from config import Mail, Twilio

MAIL = Mail(host="mail.example.com", sender="a@example.com")
TWILIO = Twilio(account_sid="AC" + "1" * 32, auth_token="2" * 32, sms_number="+15005550006")
PRODUCTION = {"env": "production", "site_url": "https://duely.example"}
TEXT = OutgoingText(
    channel="whatsapp",
    to="+2348012345678",
    text="Ẹ káàárọ̀ <b>Ṣọlá</b>\nINV-1 of ₦344,000.00: https://duely.example/i/abc/.",
    message_id="<1@duely.example>",
    date=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
    media_url="https://duely.example/i/abc/pdf/",
)


def written(app: Flask, text: OutgoingText) -> str:
    """Send a text and return the address of its page."""
    with app.app_context():
        channel = registry.text_channel()
        assert isinstance(channel, Mailbox)
        return f"/dev/mailbox/{channel.send(text)}/"


def test_a_chat_message_is_a_bubble_with_its_number_its_file_and_its_links(make_app) -> None:
    app = make_app()
    url = written(app, TEXT)
    page = BeautifulSoup(app.test_client().get(url).text, "html.parser")
    assert page.select_one(".du-bubble").text == TEXT.text
    assert page.h1.get_text(strip=True) == "WhatsApp to +2348012345678"
    assert page.select_one(f'a[href="{TEXT.media_url}"]')
    assert page.select_one('a[href="https://duely.example/i/abc/"]')
    assert "Parts" not in page.text


def test_an_sms_says_how_many_parts_it_has_and_a_template_its_number(make_app) -> None:
    app = make_app()
    sms = OutgoingText("sms", TEXT.to, "x" * 161, "<2@duely.example>", TEXT.date)
    page = BeautifulSoup(app.test_client().get(written(app, sms)).text, "html.parser")
    assert page.find("dt", string="Parts").find_next("dd").text == "2"
    template = OutgoingText("whatsapp", TEXT.to, "Hi", "<3@duely.example>", TEXT.date, content_sid="HX" + "a" * 32)
    page = BeautifulSoup(app.test_client().get(written(app, template)).text, "html.parser")
    assert page.find("dt", string="Template").find_next("dd").text == "HX" + "a" * 32


def test_the_list_shows_mail_and_texts_together(make_app) -> None:
    app = make_app()
    url = written(app, TEXT)
    page = BeautifulSoup(app.test_client().get("/dev/mailbox/").text, "html.parser")
    row = page.select_one(f'a[href="{url}"]').find_parent("tr")
    assert "Ẹ káàárọ̀ <b>Ṣọlá</b>" in row.text
    assert "+2348012345678" in row.text
    assert row.find("title", string="WhatsApp") or row.select_one('[aria-label="WhatsApp"]')
    assert "No mail server and no Twilio account is configured" in page.text
    raw = app.test_client().get(url + "raw/").data
    assert b"\r\nX-Channel: whatsapp\r\nX-Number: +2348012345678\r\nX-Media: https://" in raw
    assert app.test_client().get(url + "html/").status_code == 404


@pytest.mark.parametrize(
    "settings, mail, texts, has_page",
    [
        ({}, Mailbox, Mailbox, True),
        ({"mail": MAIL}, SmtpChannel, Mailbox, True),
        ({"twilio": TWILIO}, Mailbox, TwilioChannel, True),
        ({"mail": MAIL, "twilio": TWILIO}, SmtpChannel, TwilioChannel, False),
        ({"mail": MAIL, "twilio": TWILIO, "messages": "console"}, ConsoleChannel, ConsoleChannel, False),
        ({"messages": "console"}, ConsoleChannel, ConsoleChannel, False),
        (PRODUCTION, type(None), type(None), False),
        ({**PRODUCTION, "mail": MAIL}, SmtpChannel, type(None), False),
        ({**PRODUCTION, "mail": MAIL, "twilio": TWILIO}, SmtpChannel, TwilioChannel, False),
    ],
)
def test_settings_say_where_messages_go_and_whether_there_is_a_mailbox(
    make_app, settings, mail, texts, has_page
) -> None:
    app = make_app(**settings)
    with app.app_context():
        assert type(registry.installation_channel()) is mail
        assert type(registry.text_channel()) is texts
        assert registry.text_channel() is registry.text_channel()
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("mailbox.")]
    assert bool(rules) is has_page


def test_twilio_gets_the_numbers_and_the_address_of_the_settings(make_app) -> None:
    app = make_app(twilio=Twilio("AC" + "1" * 32, "2" * 32, "+14155238886", "+15005550006", "http://127.0.0.1:4011"))
    with app.app_context():
        channel = registry.text_channel()
    assert isinstance(channel, TwilioChannel)
    settings = channel.settings
    assert (settings.account_sid, settings.auth_token) == ("AC" + "1" * 32, "2" * 32)
    assert (settings.whatsapp_number, settings.sms_number) == ("+14155238886", "+15005550006")
    assert settings.base_url == "http://127.0.0.1:4011"
    assert "2" * 32 not in repr(app.config["DUELY"]) + repr(settings)
