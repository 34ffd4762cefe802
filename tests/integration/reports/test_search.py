"""One box that finds anything: clients, invoices, items and places, each as a link that may be opened."""

from __future__ import annotations

import re
from html import unescape

import pytest

from app import clock
from app.clients.rules import ClientValues
from app.clients.service import create_client
from tests.support.story import Story, a_business


@pytest.fixture
def app(make_app):
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@pytest.fixture
def ours(app) -> Story:
    return a_business(app, "Harmattan Fibre")


def found(visitor, text: str) -> dict[str, str]:
    """{address: words} of the rows that htmx gets."""
    answer = visitor.get("/search/", query_string={"q": text}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    rows = re.findall(r'<li><a href="([^"]+)">(.*?)</a>', answer.text, re.DOTALL)
    return {unescape(url): " ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for url, row in rows}


def test_a_word_finds_the_client_what_they_owe_their_invoices_and_what_can_be_done(ours):
    invoice_id = ours.issued()
    rows = found(ours.visitor(), "LEKKI hub")
    assert "owes ₦ 3,225 .00" in rows[f"/clients/{ours.client_id}/"]
    assert "INV-" in rows[f"/invoices/{invoice_id}/"]
    assert "Not sent" in rows[f"/invoices/{invoice_id}/"]
    assert rows[f"/invoices/new/?client={ours.client_id}"].startswith("New invoice for Lekki Hub")
    assert "/payments/new/?q=Lekki+Hub" in rows


def test_an_amount_finds_the_invoice(ours):
    invoice_id = ours.issued()
    assert f"/invoices/{invoice_id}/" in found(ours.visitor(), "3,225.00")


def test_an_item_is_found_by_its_name(ours):
    item_id = ours.item()
    rows = found(ours.visitor(), "router")
    assert f"/items/{item_id}/edit/" in rows


def test_what_was_found_does_not_depend_on_accents(ours):
    client = create_client(ours.owner, ClientValues(name="Adébáyọ̀ & Sons"), now=clock.now())
    assert f"/clients/{client.id}/" in found(ours.visitor(), "adebayo")


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("over", "/invoices/?view=overdue"),
        ("vat", "/items/taxes/"),
        ("plans", "/billing/plans/"),
        ("PASSWORD", "/account/"),
        ("new inv", "/invoices/new/"),
    ],
)
def test_places_are_found_by_the_words_people_use_for_them(ours, typed, url):
    assert url in found(ours.visitor(), typed)


def test_without_words_it_offers_the_places_and_nothing_else(ours):
    ours.issued()
    rows = found(ours.visitor(), "  ")
    assert {"/", "/invoices/", "/invoices/new/", "/settings/"} <= rows.keys()
    assert not any(url.startswith(("/clients/0", "/invoices/0")) for url in rows)


def test_a_viewer_is_offered_only_what_a_viewer_may_open(ours):
    ours.item()
    viewer = ours.visitor("viewer")
    rows = found(viewer, "") | found(viewer, "lekki") | found(viewer, "fibre")
    assert not any("/new/" in url or "/edit/" in url for url in rows)
    for url in rows:
        assert viewer.get(url).status_code in (200, 303), url


def test_nothing_of_another_business_is_found(app, ours):
    other = a_business(app, "Savannah Coffee", "Koko Roastery")
    other.issued()
    assert not found(ours.visitor(), "koko")
    assert found(other.visitor(), "koko")


@pytest.mark.parametrize("text", ["%", "\\", "x" * 5000, "\x00", "<script>", "٣"])
def test_whatever_is_typed_gets_an_answer(ours, text):
    found(ours.visitor(), text)


def test_without_scripts_it_is_a_page_that_keeps_the_words(ours):
    page = ours.visitor().get("/search/?q=nobody%20at%20all").text
    assert 'value="nobody at all"' in page
    assert "Nothing has all of that." in page
    assert page.lower().startswith("<!doctype html>")
