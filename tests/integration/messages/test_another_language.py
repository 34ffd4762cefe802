"""A second language is one more module: with it no word of English is left in a message but what people typed."""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask, current_app
from sqlalchemy import update

from app import clock
from app.auth.mail import LASTS, write
from app.auth.models import Business
from app.clients.models import Client
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.mail import invoice_context, invoice_values
from app.invoices.queries import document_view
from app.invoices.values import DiscountValue, DraftValues, LineValues
from app.messages import wordings
from app.messages.examples import example
from app.messages.kinds import KINDS
from app.messages.queries import wording_of
from app.messages.render import compose, render_email
from app.payments.mail import card_problem_context, receipt_context, receipt_values
from app.payments.models import Attempt, Payment
from app.payments.queries.saved_cards import Card
from app.payments.rules import DECLINED, NEVER_ASKED, NOT_CONFIRMED
from app.reports.mail import statement_context
from app.reports.periods import Period
from app.reports.service.printing import Asked, read_account
from app.vault import seal
from tests.support.story import Story, a_business

# Babel knows the days of this one, and no letter of them, nor of the words below, is one of English.
LANGUAGE = "ru"
PAGE = "https://duely.example/i/token/"
MODULE = '''
import re
from dataclasses import replace
from app.messages.wording import Wording
from app.messages.wordings import en

def foreign(text):
    """Every letter is another one; names, elements and numbers stay."""
    parts = re.split(r"({{.*?}}|{.*?}|<[^>]*>)", text)
    return "".join(part if place % 2 else re.sub("[A-Za-z]", "Ж", part) for place, part in enumerate(parts))

GREETING, GREETING_NOBODY = foreign(en.GREETING), foreign(en.GREETING_NOBODY)
PHRASES = {name: foreign(text) for name, text in en.PHRASES.items()}
WORDINGS = {kind: Wording(**{n: foreign(t) for n, t in words.texts().items()}) for kind, words in en.WORDINGS.items()}
'''


@pytest.fixture(autouse=True)
def translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """There is a module for one more language."""
    (tmp_path / f"{LANGUAGE}.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(wordings, "__path__", [*wordings.__path__, str(tmp_path)])
    yield from _without_memory()


def _without_memory() -> Iterator[None]:
    for remembered in (wordings.languages, wordings._module):
        remembered.cache_clear()
    yield
    for remembered in (wordings.languages, wordings._module):
        remembered.cache_clear()
    sys.modules.pop(f"{wordings.__name__}.{LANGUAGE}", None)


@pytest.fixture
def story(app: Flask) -> Story:
    """A business that writes in it; nothing that its people typed has a letter of English."""
    made = a_business(app, "Хармат", "Леки")
    with writing():
        facts = {
            "language": LANGUAGE,
            "address": "ул. 5",
            "tax_id": "77",
            "legal_name": "Хармат & Ко",
            "colour": "#0d5960",
        }
        facts["bank_details"] = [{"label": "Банк", "value": "1014"}]
        db.session.execute(update(Business).where(Business.id == made.business_id).values(**facts))
        mine = (Client.business_id == made.business_id, Client.id == made.client_id)
        db.session.execute(update(Client).where(*mine).values(language=LANGUAGE))
    return made


def invoice(story: Story, days: int, lines: int = 8) -> uuid.UUID:
    """One with discounts, taxes, several of a thing and more lines than a mail shows, due so many days from now."""
    with writing():
        from app.catalog.models import Tax

        db.session.execute(update(Tax).where(Tax.id == story.tax_id).values(name="НДС"))
    taken: DiscountValue = ("percent", Decimal(10))
    line = LineValues("Связь", Decimal(2), Decimal("1500.00"), "", "шт", taken, (story.tax_id,))
    other = replace(line, discount=("amount", Decimal(5)))
    today = clock.today("Africa/Lagos")
    values = DraftValues(
        "NGN", today - timedelta(days=20), 20 + days, story.client_id, notes="Спасибо.", discount=taken
    )
    values = replace(values, discount=taken, lines=(line, other) * (lines // 2))
    made = invoices.create_draft(story.owner, values, now=clock.now())
    invoices.issue(story.owner, made.id, now=clock.now())
    return made.id


def english(*texts: str) -> list[str]:
    """The English that is left in texts; addresses, numbers of documents and currencies are none."""
    said = " ".join(texts)
    said = re.sub(r"https?://\S+|\S+@\S+|INV-[\d-]+|\bNGN\b|e-?mail=", " ", said)
    return re.findall(r"[A-Za-z]+", said)


def seen(html: str) -> str:
    page = BeautifulSoup(html, "html.parser")
    assert page.html is not None
    assert page.html["lang"] == LANGUAGE
    for style in page.find_all("style"):
        style.decompose()
    return page.get_text(" ")


def left(mail: Any) -> list[str]:
    return english(mail.subject, seen(mail.html), mail.text, *mail[3:])


@pytest.mark.parametrize("kind", [kind for kind, known in KINDS.items() if known.frame == "invoice"])
@pytest.mark.parametrize("days", [5, -5])
def test_an_invoice_and_its_reminders(app: Flask, story: Story, kind: str, days: int) -> None:
    invoice_id = invoice(story, days)
    story.payment(invoice_id, 100_000)
    for online in (True, False):
        document = document_view(story.business_id, invoice_id, clock.now())
        words = wording_of(story.business_id, kind, document.language).wording
        context = invoice_context(document, PAGE, can_pay_online=online, logo_url=None)
        made = compose(current_app.jinja_env, kind, words, invoice_values(document, PAGE), context)
        assert left(made) == []
        assert "Ж" in made.subject + made.html
        assert context["more_rows_text"]
        assert context["bank_rows"]


def test_a_paid_one(app: Flask, story: Story) -> None:
    invoice_id = invoice(story, 5, 2)
    story.payment(invoice_id, document_view(story.business_id, invoice_id, clock.now()).balance.minor)
    document = document_view(story.business_id, invoice_id, clock.now())
    words = wording_of(story.business_id, "invoice", document.language).wording
    context = invoice_context(document, PAGE, can_pay_online=False, logo_url=None)
    made = compose(current_app.jinja_env, "invoice", words, invoice_values(document, PAGE), context)
    assert document.state == "paid"
    assert left(made) == []


@pytest.mark.parametrize(
    "method", ["cash", "transfer", "cheque", "card_terminal", "mobile_money", "gateway", "credit", "other", "barter"]
)
@pytest.mark.parametrize("whole", [True, False])
def test_a_receipt(app: Flask, story: Story, method: str, whole: bool) -> None:
    invoice_id = invoice(story, 5, 2)
    owed = document_view(story.business_id, invoice_id, clock.now()).balance.minor
    payment = db.session.get_one(Payment, (story.business_id, story.payment(invoice_id, owed if whole else 100)))
    db.session.expunge(payment)
    payment.method, payment.reference = method, "77"
    document = document_view(story.business_id, invoice_id, clock.now())
    words = wording_of(story.business_id, "receipt", document.language).wording
    context = receipt_context(document, payment, PAGE, None) | {"pdf_attached": True}
    made = compose(current_app.jinja_env, "receipt", words, receipt_values(document, payment, PAGE), context)
    assert left(made) == []


@pytest.mark.parametrize(
    "state, reason",
    [
        ("paused", ""), ("failed", DECLINED), ("failed", NEVER_ASKED), ("refused", NOT_CONFIRMED),
        ("refused", "Whatever staff read."), ("failed", "Whatever staff read."),
    ],
)  # fmt: skip
def test_a_card_that_was_not_charged(app: Flask, story: Story, state: str, reason: str) -> None:
    document = document_view(story.business_id, invoice(story, 5), clock.now())
    attempt = Attempt(state=state, reason=reason, amount_minor=100, currency="NGN")
    card = Card(uuid.uuid4(), uuid.uuid4(), "Мир", "4081", "", clock.now(), "active", "", "", False)
    made = render_email(
        current_app.jinja_env, "card_problem", card_problem_context(document, attempt, card, PAGE, None)
    )
    assert left(made) == []


@pytest.mark.parametrize("days, paid", [(5, 0), (-5, 0), (-5, 100), (5, 10_000_000)])
def test_a_statement(app: Flask, story: Story, days: int, paid: int) -> None:
    invoice_id = invoice(story, days)
    if paid:
        story.payment(invoice_id, paid)
    today = clock.today("Africa/Lagos")
    asked = Asked(story.business_id, story.client_id, Period(today - timedelta(days=40), today), "NGN")
    account = read_account(asked, clock.now())
    made = render_email(current_app.jinja_env, "statement", statement_context(account, PAGE, None))
    assert left(made) == []


@pytest.mark.parametrize("kind", LASTS)
@pytest.mark.parametrize("role", ["viewer", "staff", "admin", "owner"])
def test_mail_about_an_account(app: Flask, story: Story, kind: str, role: str) -> None:
    facts = {"kind": kind, "to": "a@b.example", "name": "Толу", "path": "/x/", "business_id": str(story.business_id)}
    facts |= {"business_name": "Хармат", "colour": "", "inviter_name": "Толу", "role": role}
    mail = write(seal(json.dumps(facts)), uuid.uuid4(), clock.now())
    assert mail.html is not None
    assert english(mail.subject, seen(mail.html), mail.text) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shown_before_there_are_facts(app: Flask, story: Story, kind: str) -> None:
    values, context = example(kind, "Хармат", None, LANGUAGE)
    words = wording_of(story.business_id, kind, LANGUAGE).wording
    made = compose(current_app.jinja_env, kind, words, values, context)
    facts = " ".join([*values.values(), *(row["label"] for row in context.get("rows", ()))])
    assert set(left(made)) <= set(english(facts) + english(*values))
