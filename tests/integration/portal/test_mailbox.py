"""The mailbox of development shows mail as its reader gets it, and exists nowhere else."""

from __future__ import annotations

import re

from flask import Flask

from app import clock
from app.invoices import service as invoices
from app.jobs import run_all
from tests.integration.portal.conftest import Customer


def sent(customer: Customer) -> str:
    """Send the invoice and return the address of its message in the mailbox."""
    invoices.send(customer.story.owner, customer.invoice_id, now=clock.now())
    run_all()
    page = customer.browser.get("/dev/mailbox/").text
    return re.search(r'href="(/dev/mailbox/[\w-]+/)"', page)[1]  # type: ignore[index]


def test_a_message_shows_its_parts_its_links_and_its_files(customer: Customer):
    url = sent(customer)
    page = customer.browser.get(url).text
    assert f'<a class="link text-break" href="http://localhost{customer.url}"' in page
    assert f'<iframe title="The message as a mail reader shows it" src="{url}html/" sandbox="' in page
    pdf = customer.browser.get(re.search(r'href="([^"]+\.pdf)"', page)[1])  # type: ignore[index]
    assert pdf.data.startswith(b"%PDF")
    assert pdf.headers["Content-Disposition"].startswith("attachment")
    assert customer.browser.get(url + "raw/").data.startswith((b"From:", b"Subject:", b"Date:", b"To:", b"Message-ID:"))


def test_its_own_styles_hold_in_its_frame_and_nothing_runs_there(customer: Customer):
    answer = customer.browser.get(sent(customer) + "html/")
    policy = answer.headers["Content-Security-Policy"]
    assert "style-src 'unsafe-inline'" in policy
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "nonce" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_top">' in answer.text


def test_the_relaxed_policy_is_for_that_answer_alone(customer: Customer):
    url = sent(customer)
    message, index = customer.browser.get(url), customer.browser.get("/dev/mailbox/")
    assert "frame-src 'self'" in message.headers["Content-Security-Policy"]
    assert "frame-src" not in index.headers["Content-Security-Policy"]
    for answer in (message, index):
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_ids_that_are_none_are_not_found(customer: Customer):
    for name in ("x", "..%2f..%2fduely.db", "20261120T000000000000-0000000000000000"):
        for path in ("", "html/", "raw/", "files/a.pdf"):
            assert customer.browser.get(f"/dev/mailbox/{name}/{path}").status_code == 404


def test_it_does_not_exist_where_messages_really_leave(make_app):
    from config import Mail, Twilio

    twilio = Twilio(account_sid="AC" + "1" * 32, auth_token="2" * 32, sms_number="+15005550006")
    served = make_app(mail=Mail(host="mail.example.com", sender="a@example.com"), twilio=twilio)
    production = make_app(env="production", site_url="https://duely.example")
    for app in (served, production):
        assert isinstance(app, Flask)
        assert not [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("mailbox.")]
