"""How a business words its messages: kept, refused, compared, given up, looked at, and sent."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from app import clock
from app.auth.models import AuditEvent
from app.auth.queries import get_business
from app.auth.queries import members as people
from app.auth.service import business as businesses
from app.auth.service import members
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.queries import document_view
from app.invoices.service.previewing import newest_invoice
from app.jobs import run_all
from app.messages.kinds import KINDS
from app.messages.models import Message, MessageTemplate
from app.messages.queries import wording_of
from app.messages.registry import mailbox
from app.messages.wordings import default_wording
from app.payments.service import reverse_payment
from app.payments.service.previewing import newest_receipt
from tests.integration.messages.conftest import HOSTILE

URL = "/settings/messages/invoice/"
MINE = {
    "subject": "{{number}}: {{amount}}", "html": "<h2>{{greeting}}</h2>\r\n<p>Your <b>{{number}}</b>.</p>",
    "text": "{{greeting}}\r\n\r\nYour {{number}}.", "whatsapp": "*{{client_name}}* {{link}}",
    "sms": "{{number}} {{link}}", "content_sid": "", "variables": "",
}  # fmt: skip
SID = "HX" + "0123456789abcdef" * 2
HTMX = {"HX-Request": "true"}


def version(page: str) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found
    return found[1]


def save(browser: Any, url: str = URL, **changes: str) -> Any:
    db.session.remove()
    return browser.post(url, data={**MINE, "version": version(browser.get(url).text), **changes})


def stored(story: Any) -> list[MessageTemplate]:
    db.session.remove()
    mine = MessageTemplate.business_id == story.business_id
    return list(db.session.scalars(select(MessageTemplate).where(mine)))


# -- kept, refused, given up -----------------------------------------------------------------------------------------


def test_every_kind_is_listed_as_delivered_and_can_be_opened(ours):
    browser = ours.visitor("viewer")
    page = browser.get("/settings/messages/").text
    assert page.count("As delivered") == len(KINDS)
    for kind, told in KINDS.items():
        assert f'href="/settings/messages/{kind}/"' in page
        opened = browser.get(f"/settings/messages/{kind}/").text
        assert told.title in opened
        assert all(f"{{{{{name}}}}}" in opened for name in told.names)
        mail = browser.get(f"/settings/messages/{kind}/mail/")
        assert mail.status_code == 200
        assert "sandbox" in mail.headers["Content-Security-Policy"]


def test_words_are_kept_clean_and_are_the_business_s_alone(ours, theirs):
    browser = ours.visitor("admin")
    assert save(browser, content_sid=SID, variables="{{client_name}}, number; link").status_code == 303
    [row] = stored(ours)
    assert row.html == "<h2>{{greeting}}</h2>\n<p>Your <b>{{number}}</b>.</p>"
    words = wording_of(ours.business_id, "invoice", "en")
    assert (words.content_sid, words.variables) == (SID, ("client_name", "number", "link"))
    assert words.wording.sms == "{{number}} {{link}}"
    assert wording_of(theirs.business_id, "invoice", "en").wording == default_wording("invoice", "en")
    assert "Changed" in browser.get("/settings/messages/").text
    assert "Changed" not in theirs.visitor().get("/settings/messages/").text
    assert MINE["subject"] not in theirs.visitor().get(URL).text
    assert theirs.visitor().post(URL + "reset/").status_code == 404
    assert len(stored(ours)) == 1


@pytest.mark.parametrize(
    "field, typed, sentence",
    [
        ("subject", "", "Enter a subject."),
        ("subject", "{{amout}}", "Did you mean {{amount}}?"),
        ("subject", "a\nb", "characters in it that cannot be stored"),
        ("html", "<p>{{greeting}}</p><script>x</script>", "&lt;script&gt; cannot be used here."),
        ("html", '<a href="javascript:x">y</a>', "A link leads to"),
        ("text", "{{ config.SECRET_KEY }}", "There is no {{config.SECRET_KEY}}"),
        ("whatsapp", "{{number", "A brace stands alone."),
        ("sms", "x" * 1601, "1,601 characters"),
        ("sms", "x" * 10_001, "Use at most 10,000 characters"),
        ("content_sid", "HX123", "HX and 32"),
        ("variables", "number", "enter its id, too"),
        ("variables", "nunber", "Did you mean {{number}}?"),
    ],
)
def test_what_cannot_be_used_is_refused_beside_its_field_and_everything_typed_is_kept(ours, field, typed, sentence):
    answer = save(ours.visitor(), **{field: typed})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert sentence in str(page.select_one(f"#{field}-err"))
    kept = "html" if field == "whatsapp" else "whatsapp"
    assert page.select_one(f"#{kept}").get_text().split() == MINE[kept].split()
    assert not stored(ours)


def test_a_stale_save_shows_both_texts_and_saving_again_is_a_decision(ours):
    one, other = ours.visitor("admin"), ours.visitor()
    opened = version(one.get(URL).text)
    assert opened == "0"
    assert save(other, sms="{{number}} first {{link}}").status_code == 303
    db.session.remove()
    answer = one.post(URL, data={**MINE, "version": opened, "sms": "{{number}} second {{link}}"})
    assert answer.status_code == 409
    table = BeautifulSoup(answer.text, "html.parser").select_one(".du-note table").get_text()
    assert "{{number}} first {{link}}" in table
    assert "{{number}} second {{link}}" in table
    assert "Your {{number}}" not in table  # what is the same in both is not compared
    db.session.remove()
    again = one.post(URL, data={**MINE, "version": version(answer.text), "sms": "{{number}} second {{link}}"})
    assert again.status_code == 303
    assert [row.sms for row in stored(ours)] == ["{{number}} second {{link}}"]


def test_a_form_from_before_a_reset_does_not_fit_what_was_saved_after_it(ours):
    browser = ours.visitor()
    save(browser)
    opened = version(browser.get(URL).text)
    db.session.remove()
    assert browser.post(URL + "reset/").status_code == 303
    assert save(browser, sms="Mine {{link}}").status_code == 303
    db.session.remove()
    assert browser.post(URL, data={**MINE, "version": opened}).status_code == 409
    assert [row.sms for row in stored(ours)] == ["Mine {{link}}"]


def test_reset_asks_first_and_brings_the_default_back(ours):
    browser = ours.visitor("admin")
    assert browser.get(URL + "reset/").status_code == 404
    assert "Reset to the default" not in browser.get(URL).text
    save(browser)
    assert "Reset to the default" in browser.get(URL).text
    asked = browser.get(URL + "reset/")
    assert "are deleted" in asked.text
    assert len(stored(ours)) == 1
    assert browser.post(URL + "reset/").status_code == 303
    assert not stored(ours)
    assert wording_of(ours.business_id, "invoice", "en").wording == default_wording("invoice", "en")
    assert browser.post(URL + "reset/").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_who_is_no_admin_sees_the_words_and_changes_nothing(ours, role):
    browser = ours.visitor(role)
    page = browser.get(URL).text
    assert "disabled" in str(BeautifulSoup(page, "html.parser").select_one("#settings fieldset"))
    assert "hx-post" not in str(BeautifulSoup(page, "html.parser").select_one("#message-preview"))
    for url in (URL, URL + "preview/", URL + "mail/", URL + "reset/"):
        assert browser.post(url, data={**MINE, "version": "0"}).status_code == 403
    assert not stored(ours)


def test_the_trail_names_the_fields_and_holds_none_of_the_words(ours):
    browser = ours.visitor()
    save(browser, sms="Ada owes us {{amount}} {{link}}")
    save(browser, sms="Ada owes us {{amount}} {{link}}")
    browser.post(URL + "reset/")
    db.session.remove()
    mine = (AuditEvent.business_id == ours.business_id, AuditEvent.object_kind == "message_template")
    saved, reset = db.session.scalars(select(AuditEvent).where(*mine).order_by(AuditEvent.id)).all()
    assert (saved.verb, reset.verb) == ("changed_words", "reset_words")
    assert saved.facts == {"kind": "invoice", "fields": ["html", "sms", "subject", "text", "whatsapp"]}
    assert "Ada" not in str([saved.facts, saved.changes, reset.facts, reset.changes])


def test_saving_the_default_as_it_is_makes_nothing_the_business_s_own(ours):
    texts = default_wording("invoice", "en").texts()
    assert save(ours.visitor(), **texts).status_code == 303
    assert not stored(ours)


def test_no_other_kind_and_no_other_column_can_be_written(ours):
    browser = ours.visitor()
    for kind in ("statement", "verify_email", "..", "INVOICE"):
        assert browser.post(f"/settings/messages/{kind}/", data=MINE).status_code == 404
    save(browser, kind="receipt", business_id="x", id="x", updated_at="2000-01-01")
    assert [row.kind for row in stored(ours)] == ["invoice"]


# -- looked at -------------------------------------------------------------------------------------------------------


def test_the_preview_tells_of_the_newest_invoice_and_nothing_is_kept(ours, theirs):
    theirs.issued("9999.00")
    browser = ours.visitor()
    assert "made-up facts" in browser.get(URL).text
    ours.issued("1.00")
    ours.issued("1500.00")
    db.session.remove()
    part = browser.post(URL + "preview/", data=MINE, headers=HTMX)
    assert part.text.lstrip().startswith('<div class="stack" id="message-preview"')
    page = BeautifulSoup(part.text, "html.parser")
    assert "-0002" in page.select_one("dl dd:nth-of-type(2)").get_text()
    assert "₦3,225.00" in page.select_one("dl dd:nth-of-type(2)").get_text()
    assert not stored(ours)
    assert not db.session.scalars(select(Message)).all()


def test_a_receipt_tells_of_the_newest_payment_that_stands(ours):
    kept, taken_back = ours.payment(ours.issued(), 122_500), ours.payment(ours.issued(), 5_000)
    reverse_payment(ours.owner, taken_back, "Bounced", now=clock.now())
    db.session.remove()
    told = newest_receipt(ours.business_id, "receipt", clock.now())
    assert told is not None
    values, context = told
    assert (values["amount"], values["balance"], values["method"]) == ("₦1,225.00", "₦2,000.00", "Bank transfer")
    assert (context["amount_text"], context["balance_text"]) == ("₦1,225.00", "₦2,000.00")
    assert context["paid_text"].endswith(", bank transfer")
    assert values["greeting"] == f"Hello {HOSTILE}"
    reverse_payment(ours.owner, kept, "Bounced", now=clock.now())
    assert newest_receipt(ours.business_id, "receipt", clock.now()) is None


def test_a_reminder_tells_of_an_invoice_whose_day_it_could_be(ours):
    invoice_id = ours.issued()
    document = document_view(ours.business_id, invoice_id, clock.now())

    def told(kind: str, days: int) -> dict[str, str] | None:
        found = newest_invoice(ours.business_id, kind, clock.now() + timedelta(days=days))
        return found and found[0]

    for kind, days, span in (
        ("reminder_before", 9, "5 days"),
        ("reminder_overdue", 15, "1 day"),
        ("invoice", 0, "14 days"),
    ):
        values = told(kind, days)
        assert values is not None
        assert (values["number"], values["days"]) == (document.number, span)
    assert told("reminder_due", 14) is not None
    assert told("reminder_before", 14) is None
    assert told("reminder_due", 15) is None
    assert told("reminder_overdue", 14) is None
    ours.payment(invoice_id, 322_500)
    assert told("reminder_last", 30) is None
    assert told("invoice", 0) is not None


def test_hostile_facts_are_words_in_every_place(ours):
    ours.payment(ours.issued())
    browser = ours.visitor()
    for kind in KINDS:
        db.session.remove()
        url = f"/settings/messages/{kind}/"
        typed = {**MINE, **dict.fromkeys(("subject", "text", "sms"), "Dear {{client_name}} {{link}}")}
        typed["html"] = '<p>{{client_name}} <{{client_name}}></p><a href="{{link}}">x</a>'
        part = browser.post(url + "preview/", data=typed, headers=HTMX).text
        assert "<script" not in part
        if kind in ("invoice", "receipt", "reminder_before"):
            page = BeautifulSoup(part, "html.parser")
            assert f"Dear {HOSTILE}" in page.select(".du-bubble")[-1].get_text()
            assert f"Dear {HOSTILE}" in page.select(".du-bubble")[-2].get_text()
        mail = browser.post(url + "mail/", data=typed)
        assert mail.status_code == 200
        assert "<script" not in mail.text
        assert "allow-scripts" not in mail.headers["Content-Security-Policy"]
        assert mail.headers["X-Frame-Options"] == "SAMEORIGIN"
        words = BeautifulSoup(mail.text, "html.parser").select_one(".words")
        assert [tag.name for tag in words.find_all()] == ["p", "a"]


def test_words_that_cannot_be_saved_are_shown_without_what_is_wrong_with_them(ours):
    typed = {**MINE, "html": '<p onclick="x">Hi</p><img src=x onerror=y><script>z</script>', "subject": "{{amout}} due"}
    part = ours.visitor().post(URL + "preview/", data=typed, headers=HTMX).text
    assert "This cannot be saved yet." in part
    assert "Did you mean {{amount}}?" in part
    mail = ours.visitor().post(URL + "mail/", data=typed).text
    assert not re.search(r"onclick|onerror|<img|<script", mail)
    assert ">Hi</p>" in mail


def test_the_sms_is_shown_and_counted_as_a_phone_gets_it(ours):
    ours.issued()
    part = ours.visitor().post(URL + "preview/", data={**MINE, "sms": "₦5 “{{amount}}”… {{link}}"}, headers=HTMX).text
    page = BeautifulSoup(part, "html.parser")
    shown = page.select(".du-bubble")[1].get_text()
    assert shown.startswith('NGN 5 "NGN 3,225.00"... http')
    assert f"{len(shown)} characters" in page.get_text()
    assert "₦ as NGN" in ours.visitor().get(URL).text


def test_a_text_without_its_link_is_kept_and_said(ours):
    browser = ours.visitor()
    assert save(browser, sms="Pay {{number}}.").status_code == 303
    assert [row.sms for row in stored(ours)] == ["Pay {{number}}."]
    page = browser.get(URL).text
    assert page.count("The SMS holds no {{link}}, so its reader has no way to the page it is about.") == 2
    assert "The WhatsApp message holds no" not in page
    assert save(browser).status_code == 303
    assert "holds no {{link}}" not in browser.get(URL).text


def test_without_a_script_the_preview_is_a_page_with_what_was_typed(ours):
    page = ours.visitor().post(URL + "preview/", data={**MINE, "sms": "Mine {{number}}"})
    assert page.status_code == 200
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert "Mine {{number}}" in BeautifulSoup(page.text, "html.parser").select_one("#sms").get_text()
    assert not stored(ours)


def test_a_whatsapp_preview_shows_stars_as_bold_and_numbers_the_names_of_the_template(ours):
    ours.issued()
    typed = {**MINE, "whatsapp": "*Pay {{amount}}* now * or * never", "content_sid": SID, "variables": "number, link"}
    page = BeautifulSoup(ours.visitor().post(URL + "preview/", data=typed, headers=HTMX).text, "html.parser")
    bubble = page.select_one(".du-bubble.is-whatsapp")
    assert [bold.get_text() for bold in bubble.select("b")] == ["Pay ₦3,225.00"]
    assert "now * or * never" in bubble.get_text()
    assert "{{1}}" in page.get_text()


# -- sent ------------------------------------------------------------------------------------------------------------


def test_an_invoice_goes_out_in_the_words_of_the_business(ours, theirs):
    save(ours.visitor())
    for story, subject in ((ours, "{}: ₦3,225.00"), (theirs, "Invoice {} from Savannah Coffee: ₦3,225.00 due")):
        invoice_id = story.issued()
        message = invoices.send(story.owner, invoice_id, now=clock.now())
        number = re.search(r"[A-Z]+-\d{4}-\d{4}", message.subject)
        assert number
        assert message.subject.startswith(subject.format(number[0]))
        assert message.text.startswith("Hello ")
    assert f"Hello {HOSTILE}" not in message.html


def test_people_are_invited_and_helped_in_the_words_of_their_business(ours):
    browser = ours.visitor()
    more = {"sms": "{{link}}", "whatsapp": "{{link}}"}
    invitation = {"subject": "Come to {{business_name}}", "html": "<p>As {{role}}</p>", "text": "As {{role}}", **more}
    password = {"subject": "New word for {{email}}", "html": "<p>{{greeting}}!</p>", "text": "{{greeting}}!", **more}
    assert save(browser, "/settings/messages/invitation/", **invitation).status_code == 303
    assert save(browser, "/settings/messages/password_reset/", **password).status_code == 303
    members.invite(ours.owner, "new@example.com", "admin", now=clock.now())
    db.session.remove()
    mine = {"email": people(ours.business_id)[0].email}
    assert browser.application.test_client().post("/password/forgot/", data=mine).status_code in (200, 303)
    run_all()
    box = mailbox(ours.app.config["DUELY"])
    letters = {letter.subject: box.get(letter.id) for letter in box.list()}
    assert letters.keys() >= {"Come to Harmattan Fibre", f"New word for {mine['email']}"}
    assert "As an admin" in letters["Come to Harmattan Fibre"].text
    assert "/invitations/" in letters["Come to Harmattan Fibre"].text
    assert "Hello Tolu Adé!" in letters[f"New word for {mine['email']}"].text


def test_a_colour_and_a_name_of_the_business_are_in_the_preview(ours):
    version_now = get_business(ours.business_id).version
    businesses.change_settings(ours.owner, {"colour": "#aa3300", "name": "Sahel <b>Net"}, version_now, clock.now())
    db.session.remove()
    mail = ours.visitor().get("/settings/messages/suspension_warning/mail/").text
    assert "#aa3300" in mail
    assert "Sahel &lt;b&gt;Net" in mail
