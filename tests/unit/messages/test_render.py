"""Every kind of e-mail has a subject, a page and a plain text that say the same and cannot be broken by a name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.messages.colours import BadColour, accents, contrast
from app.messages.contexts import CONTEXTS
from app.messages.kinds import KINDS, examples
from app.messages.render import BadContext, Rendered, compose, render_email
from app.messages.wordings import default_wording

TEMPLATES = Path(__file__).parents[3] / "templates"
LETTERHEAD: dict[str, Any] = {
    "business_name": "Harmattan Fibre",
    "logo_url": None,
    "colour": None,
    "footer_lines": ["Harmattan Fibre Ltd, 14 Awolowo Avenue, Ibadan · TIN 20418837-0001"],
}
ROWS = [
    {"label": "Dedicated fibre 100 Mbps, November", "amount": "₦280,000.00"},
    {"label": "VAT 7.5 %", "amount": "₦24,000.00"},
    {"label": "Total", "amount": "₦344,000.00", "strong": True},
]
SAMPLES: dict[str, dict[str, Any]] = {
    "invoice": {
        **LETTERHEAD,
        "amount_text": "₦344,000.00",
        "due_text": "due Saturday 21 November 2026",
        "pay_url": "https://duely.example/i/token/",
        "can_pay_online": True,
        "rows": ROWS,
        "more_rows_text": None,
        "note": "Thank you for your patience.\nThe new mast is up.",
        "pdf_attached": True,
        "bank_rows": [
            {"label": "Zenith Bank", "amount": "1014 228 873"},
            {"label": "Reference", "amount": "INV-2026-0415", "strong": True},
        ],
    },
    "receipt": {
        **LETTERHEAD,
        "amount_text": "₦344,000.00",
        "paid_text": "paid on 20 November 2026 by card",
        "invoice_url": "https://duely.example/i/token/",
        "balance_text": None,
        "rows": [{"label": "Reference", "amount": "mfrggzdfmztwq2lk"}],
        "pdf_attached": False,
    },
    "price_change": {
        **LETTERHEAD,
        "amount_text": "₦21,000.00",
        "from_text": "every month, from 1 January 2027",
        "page_url": "https://duely.example/c/token/",
        "rows": [{"label": "Until then", "amount": "₦18,500.00"}],
    },
    "card_problem": {
        **LETTERHEAD,
        "number": "INV-2026-0415",
        "client_name": "Damilola",
        "amount_text": "₦344,000.00",
        "card_text": "Visa ending in 4081",
        "why_text": "The payment did not go through. Your bank can tell you why.",
        "invoice_url": "https://duely.example/i/token/",
        "to_confirm": False,
    },
    "statement": {
        **LETTERHEAD,
        "period_text": "1–31 Oct 2026",
        "amount_text": "₦344,000.00",
        "standing_text": "owed on 31 October 2026",
        "page_url": "https://duely.example/c/token/",
        "client_name": "Damilola",
        "overdue_text": "₦64,000.00 of it overdue",
        "rows": ROWS,
        "pdf_attached": True,
    },
    "verify_email": {
        **LETTERHEAD,
        "person_name": "Ṣọlá",
        "email": "sola@lekki.example",
        "verify_url": "https://duely.example/verify/token/",
        "expires_text": "24 hours",
    },
    "reset_password": {
        **LETTERHEAD,
        "reset_url": "https://duely.example/password/reset/token/",
        "expires_text": "30 minutes",
    },
    "invitation": {
        **LETTERHEAD,
        "inviter_name": "Bọ́lá Adé",
        "role_text": "an admin",
        "accept_url": "https://duely.example/invitation/token/",
        "expires_text": "7 days",
    },
}
SAMPLES["suspension_warning"] = {
    **SAMPLES["invoice"],
    "service_text": "Dedicated fibre 100 Mbps",
    "suspend_text": "suspended on Saturday 28 November 2026",
}
LINKS = {
    "invoice": "pay_url",
    "suspension_warning": "pay_url",
    "receipt": "invoice_url",
    "price_change": "page_url",
    "card_problem": "invoice_url",
    "statement": "page_url",
    "verify_email": "verify_url",
    "reset_password": "reset_url",
    "invitation": "accept_url",
}


@pytest.fixture(scope="module")
def environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


WORDED = {kind.frame: name for name, kind in reversed(KINDS.items())}
FACTS = {"number": "INV-2026-0415", "greeting": "Hello Damilola", "business_name": "Harmattan Fibre"}


def rendered(environment: Environment, kind: str, **changes: Any) -> Rendered:
    return written(environment, kind, {**SAMPLES[kind], **changes})


def written(environment: Environment, kind: str, context: dict[str, Any]) -> Rendered:
    """The e-mail of a kind; where it has a wording, that of English, with the same name of the business."""
    if kind not in WORDED:
        return render_email(environment, kind, context)
    name = WORDED[kind]
    facts = FACTS | {"business_name": context.get("business_name", ""), "amount": "₦344,000.00"}
    values = {known: facts.get(known, example) for known, example in examples(name).items()}
    return compose(environment, name, default_wording(name, "en"), values, context).email


def shown(html: str) -> str:
    body = BeautifulSoup(html, "html.parser").body
    assert body is not None
    return " ".join(body.get_text(" ").split())


def test_every_kind_has_a_sample() -> None:
    assert SAMPLES.keys() == LINKS.keys() == CONTEXTS.keys()


@pytest.mark.parametrize("kind", SAMPLES)
def test_there_is_one_button_and_the_text_carries_the_same_link(environment: Environment, kind: str) -> None:
    mail = rendered(environment, kind)
    link = SAMPLES[kind][LINKS[kind]]
    assert [a["href"] for a in BeautifulSoup(mail.html, "html.parser").find_all("a")] == [link]
    assert f"\n{link}\n" in mail.text


@pytest.mark.parametrize("kind", SAMPLES)
def test_page_and_text_say_the_same_facts(environment: Environment, kind: str) -> None:
    mail = rendered(environment, kind)
    page, text = shown(mail.html), " ".join(mail.text.split())
    for name, value in SAMPLES[kind].items():
        if isinstance(value, str) and not name.endswith("_url"):
            assert " ".join(value.split()) in page, name
            assert " ".join(value.split()) in text, name
    rows = [*SAMPLES[kind].get("rows", []), *SAMPLES[kind].get("bank_rows", [])]
    for fact in [*SAMPLES[kind]["footer_lines"], *(row["amount"] for row in rows)]:
        assert fact in page
        assert fact in text


@pytest.mark.parametrize(
    "kind, subject",
    [
        ("invoice", "Invoice INV-2026-0415 from Harmattan Fibre: ₦344,000.00 due Saturday 21 November 2026"),
        ("receipt", "Thank you: ₦344,000.00 received for invoice INV-2026-0415"),
        ("card_problem", "Your card could not be charged for invoice INV-2026-0415: ₦344,000.00"),
        ("statement", "Statement from Harmattan Fibre, 1–31 Oct 2026: ₦344,000.00 owed on 31 October 2026"),
        ("verify_email", "Confirm your e-mail address"),
        ("reset_password", "Choose a new password"),
        ("invitation", "Bọ́lá Adé invites you to Harmattan Fibre"),
    ],
)
def test_the_subject_says_what_it_is_about(environment: Environment, kind: str, subject: str) -> None:
    assert rendered(environment, kind).subject == subject


@pytest.mark.parametrize("kind", SAMPLES)
def test_only_what_is_required_is_enough(environment: Environment, kind: str) -> None:
    required = CONTEXTS[kind].__required_keys__  # type: ignore[attr-defined]
    mail = written(environment, kind, {name: SAMPLES[kind][name] for name in required})
    assert "None" not in mail.html + mail.text + mail.subject


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_missing_or_misspelt_name_is_refused(environment: Environment, kind: str) -> None:
    without = {name: value for name, value in SAMPLES[kind].items() if name != "business_name"}
    with pytest.raises(BadContext, match=r"missing .'business_name'"):
        written(environment, kind, without)
    with pytest.raises(BadContext, match=r"unknown .'pay_uri'"):
        rendered(environment, kind, pay_uri="x")


def test_what_may_be_left_out_is_known() -> None:
    required = CONTEXTS["invitation"].__required_keys__  # type: ignore[attr-defined]
    assert required == {"business_name", "inviter_name", "role_text", "accept_url", "expires_text"}


def test_an_unknown_kind_is_refused(environment: Environment) -> None:
    with pytest.raises(BadContext, match="no e-mail of the kind"):
        render_email(environment, "../secret", {})


@pytest.mark.parametrize("kind", SAMPLES)
def test_names_cannot_become_markup_in_the_page_and_are_untouched_in_the_text(
    environment: Environment, kind: str
) -> None:
    name = 'Tom & <b>Jerry</b> "Ltd" <script>alert(1)</script>'
    mail = rendered(environment, kind, business_name=name)
    assert "<script" not in mail.html
    assert "<b>" not in mail.html
    assert name in shown(mail.html)
    assert name in mail.text


def test_a_name_cannot_break_the_subject(environment: Environment) -> None:
    mail = rendered(environment, "invitation", business_name="Fibre\r\nBcc: thief@evil.example\x00")
    assert mail.subject == "Bọ́lá Adé invites you to Fibre Bcc: thief@evil.example"
    assert len(rendered(environment, "invitation", business_name="x" * 500).subject) == 200


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/i/token/", "data:text/html,x", ""])
def test_only_complete_web_addresses_become_buttons(environment: Environment, url: str) -> None:
    with pytest.raises(BadContext, match="pay_url is not an http address"):
        rendered(environment, "invoice", pay_url=url)


@pytest.mark.parametrize("kind", SAMPLES)
def test_styles_are_inlined_and_only_media_rules_stay(environment: Environment, kind: str) -> None:
    soup = BeautifulSoup(rendered(environment, kind).html, "html.parser")
    rules = "".join(style.get_text() for style in soup.find_all("style"))
    assert "prefers-color-scheme" in rules
    assert "max-width: 480px" in rules
    assert not re.search(r"(^|})\s*\.(card|sum|go)\s*{[^}]*(?<!important);", re.sub(r"@media.*", "", rules, flags=re.S))
    assert "background-color: #0d5960" in str(soup.find(class_="go")["style"])  # type: ignore[index]
    assert not soup.find_all(["script", "link"])


def test_the_colour_of_the_business_paints_the_button(environment: Environment) -> None:
    html = rendered(environment, "invoice", colour="#FFCC00").html
    button = BeautifulSoup(html, "html.parser").find(class_="go")
    assert button is not None
    assert "#ffcc00" in str(button["style"])  # type: ignore[index]
    assert "#15201e" in str(button.a["style"])  # type: ignore[index,union-attr]


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "#123456;background:url(x)", "#123456\n", "'#123456"])
def test_a_colour_that_is_more_than_a_colour_is_refused(environment: Environment, colour: str) -> None:
    with pytest.raises(BadColour):
        rendered(environment, "invoice", colour=colour)


@pytest.mark.parametrize(
    "colour", [None, "#000000", "#ffffff", "#ffcc00", "#777777", "#0d5960", "#ff0000", "#1a1aff", "#e11d48"]
)
def test_words_in_any_colour_can_be_read(colour: str | None) -> None:
    found = accents(colour)
    assert contrast(found.button, found.button_text) >= 4.5
    assert contrast(found.dark_button, found.dark_button_text) >= 4.5
    assert contrast(found.link, "#ffffff") >= 4.5
    assert contrast(found.dark_link, "#171e1d") >= 4.5


def test_the_logo_is_shown_when_there_is_one(environment: Environment) -> None:
    logo = "https://duely.example/logo.png"
    assert logo in rendered(environment, "invoice", logo_url=logo).html
    assert "<img" not in rendered(environment, "invoice").html


def test_an_invoice_that_cannot_be_paid_online_does_not_promise_it(environment: Environment) -> None:
    mail = rendered(environment, "invoice", can_pay_online=False)
    assert "and pay" not in shown(mail.html) + mail.text + mail.subject


def test_lines_left_out_are_said_before_the_total(environment: Environment) -> None:
    mail = rendered(environment, "invoice", more_rows_text="and 52 more lines in the PDF")
    for words in (shown(mail.html), mail.text):
        assert words.index("VAT 7.5 %") < words.index("and 52 more lines") < words.index("Total")


def test_lines_left_out_are_said_after_the_last_line_and_before_what_is_counted_from_all_of_them(
    environment: Environment,
) -> None:
    rows = [
        {"label": "Fibre", "amount": "₦1.00"},
        {"label": "Discount", "amount": "−₦0.10", "after": True},
        {"label": "VAT", "amount": "₦0.07", "after": True},
        {"label": "Amount due", "amount": "₦9.00", "strong": True},
    ]
    mail = rendered(environment, "invoice", rows=rows, more_rows_text="and 6 more in the PDF")
    for words in (shown(mail.html), mail.text):
        assert words.index("Fibre") < words.index("and 6 more in the PDF") < words.index("Discount")
        assert words.count("and 6 more in the PDF") == 1


def test_a_part_payment_says_what_is_left(environment: Environment) -> None:
    part = rendered(environment, "receipt", balance_text="₦100,000.00")
    assert "₦100,000.00 of this invoice is still open." in part.text
    assert "paid in full" not in shown(part.html)
    assert "paid in full" in rendered(environment, "receipt").text


def test_an_environment_that_does_not_escape_pages_is_refused() -> None:
    careless = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=False)
    with pytest.raises(BadContext, match="must escape"):
        rendered(careless, "invoice")


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_environment_of_the_application_serves_too(kind: str) -> None:
    flask = Flask("sample", template_folder=str(TEMPLATES))
    mail = rendered(flask.jinja_env, kind)
    assert "\n\n\n" not in mail.text
    assert "\n-- \nHarmattan Fibre\nHarmattan Fibre Ltd, 14 Awolowo Avenue" in mail.text
    if kind == "invoice":
        assert "November: ₦280,000.00\nVAT 7.5 %: ₦24,000.00\nTotal: ₦344,000.00\n\n" in mail.text
    assert SAMPLES[kind][LINKS[kind]] in mail.html


def test_a_charge_to_be_confirmed_asks_for_that_and_nothing_else(environment: Environment) -> None:
    mail = rendered(environment, "card_problem", to_confirm=True)
    assert mail.subject == "Please confirm the payment of invoice INV-2026-0415: ₦344,000.00"
    for face in (shown(mail.html), mail.text):
        assert "See invoice and confirm" in face
        assert "leads on to your bank" in face
        assert "could not be charged" not in face
