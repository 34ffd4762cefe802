"""The table of exchange rates as staff see it, and the rate of a draft in its editor: all without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.extensions import db
from app.invoices.models import Invoice
from app.ledger.models import ExchangeRate
from app.ledger.rates import add_rate, correct_rate
from tests.support.sound import violations
from tests.support.story import Story, a_business

HERE = "/settings/rates/"


@pytest.fixture
def story(app: Flask) -> Iterator[Story]:
    """A business whose forms need no token; the guards see to those."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        made = a_business(app)
        yield made
        assert violations(made.business_id) == []


@pytest.fixture
def browser(story: Story) -> FlaskClient:
    return story.visitor()


def kept(story: Story) -> list[tuple[str, date, Decimal]]:
    """Every row of the table, the oldest first."""
    db.session.rollback()  # what others committed meanwhile
    query = select(ExchangeRate.currency, ExchangeRate.valid_from, ExchangeRate.rate)
    mine = query.where(ExchangeRate.business_id == story.business_id).order_by(ExchangeRate.id)
    return [tuple(row) for row in db.session.execute(mine)]  # type: ignore[misc]


def beside(page: str, field: str) -> str:
    """What stands beside a field as refused."""
    found = re.search(rf'id="{field}-err"[^>]*>(.*?)</p>', page, re.DOTALL)
    return re.sub(r"<[^>]*>", "", found[1]).strip() if found else ""


def today(story: Story) -> date:
    return clock.today("Africa/Lagos")


def test_a_rate_is_written_down_and_stands_in_the_list(story: Story, browser: FlaskClient) -> None:
    assert "No rates yet" in browser.get(HERE).text
    typed = {"currency": "USD", "rate": "1,533.275", "valid_from": "2026-11-01"}
    answer = browser.post(HERE, data=typed, follow_redirects=True)
    assert answer.status_code == 200
    assert "1,533.275 NGN" in answer.text
    assert kept(story) == [("USD", date(2026, 11, 1), Decimal("1533.275"))]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("rate", "", "Enter what one unit is worth."),
        ("rate", "0", "Enter a rate above zero."),
        ("rate", "-3", "Enter a number that is not negative."),
        ("rate", "1,5", "Use a point for decimals"),
        ("rate", "0.0000000000001", "Use at most 12 decimals."),
        ("rate", "1000000", "Use at most 6 digits"),
        ("rate", "NaN", "Enter a number with the digits 0 to 9"),
        ("valid_from", "", "Enter the day from which it holds."),
        ("valid_from", "2026-02-30", "There is no such date."),
        ("currency", "NGN", "Your books are in NGN already."),
        ("currency", "XXQ", "Choose a currency from the list."),
    ],
)
def test_what_cannot_be_a_rate_is_refused_beside_its_field_and_kept(
    story: Story, browser: FlaskClient, field: str, typed: str, said: str
) -> None:
    body = {"currency": "USD", "rate": "1533", "valid_from": "2026-11-01"} | {field: typed}
    answer = browser.post(HERE, data=body)
    assert answer.status_code == 422
    assert said in beside(answer.text, field)
    assert kept(story) == []
    if field != "currency":
        assert f'value="{typed}"' in answer.text or not typed


def test_a_day_that_has_a_rate_is_refused_beside_the_day(story: Story, browser: FlaskClient) -> None:
    body = {"currency": "USD", "rate": "1533", "valid_from": "2026-11-01"}
    assert browser.post(HERE, data=body).status_code == 303
    answer = browser.post(HERE, data=body | {"rate": "1534"})
    assert (answer.status_code, len(kept(story))) == (422, 1)
    assert "That day has a rate already." in beside(answer.text, "valid_from")


def test_a_correction_keeps_what_was_before(story: Story, browser: FlaskClient) -> None:
    row = add_rate(story.owner, "USD", date(2026, 11, 1), Decimal(150), now=clock.now())
    here = f"{HERE}{row.id}/correct/"
    assert 'value="150"' in browser.get(here).text
    assert browser.post(here, data={"rate": "1500"}).status_code == 303
    assert [rate for _, _, rate in kept(story)] == [150, 1500]
    page = browser.get(HERE).text
    assert "1,500 NGN" in page
    assert ">150 NGN" not in page
    newest = db.session.scalars(select(ExchangeRate.id).order_by(ExchangeRate.id.desc())).first()
    assert "150 NGN" in browser.get(f"{HERE}{newest}/correct/").text


def test_a_stale_correction_says_what_stands_and_saving_again_is_a_decision(story: Story, browser: FlaskClient) -> None:
    row = add_rate(story.owner, "USD", date(2026, 11, 1), Decimal(150), now=clock.now())
    correct_rate(story.owner, row.id, Decimal(1500), now=clock.now())
    answer = browser.post(f"{HERE}{row.id}/correct/", data={"rate": "1501"})
    assert answer.status_code == 409
    assert "It stands at 1,500 NGN now; you typed 1501." in answer.text
    action = re.search(rf'action="({HERE}[^"]*/correct/)"', answer.text)
    assert action is not None
    assert browser.post(action[1], data={"rate": "1501"}).status_code == 303
    assert [rate for _, _, rate in kept(story)] == [150, 1500, 1501]


def test_a_correction_that_is_no_rate_is_refused_beside_it(story: Story, browser: FlaskClient) -> None:
    row = add_rate(story.owner, "USD", date(2026, 11, 1), Decimal(150), now=clock.now())
    answer = browser.post(f"{HERE}{row.id}/correct/", data={"rate": "0"})
    assert answer.status_code == 422
    assert "Enter a rate above zero." in beside(answer.text, "rate")


def test_viewers_look_and_do_not_write(story: Story) -> None:
    row = add_rate(story.owner, "USD", date(2026, 11, 1), Decimal(150), now=clock.now()).id
    viewer = story.visitor("viewer")
    page = viewer.get(HERE).text
    assert "150 NGN" in page
    assert "Add the rate" not in page
    assert viewer.post(HERE, data={"currency": "EUR", "rate": "1", "valid_from": "2026-11-01"}).status_code == 403
    assert viewer.post(f"{HERE}{row}/correct/", data={"rate": "1"}).status_code == 403
    assert len(kept(story)) == 1


# -- the editor ------------------------------------------------------------------------------------------------------


def editor(story: Story, **typed: Any) -> dict[str, Any]:
    """The editor of an invoice over 100.00 dollars."""
    line = {"lines-0-title": "Fibre", "lines-0-quantity": "1", "lines-0-unit_price": "100", "lines-0-taxes": ""}
    head = {"client_id": story.client_id, "currency": "USD", "issue_date": today(story).isoformat(), "terms": "14"}
    return head | line | typed


def drafted(story: Story) -> Invoice:
    db.session.rollback()
    mine = select(Invoice).where(Invoice.business_id == story.business_id)
    return db.session.scalars(mine.execution_options(populate_existing=True)).one()


def hint(page: str) -> str:
    found = re.search(r'id="rate-hint"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert found
    return re.sub(r"<[^>]*>", "", found[1]).strip()


def test_the_editor_says_which_rate_it_would_take_and_of_which_day(story: Story, browser: FlaskClient) -> None:
    assert "no rate for USD on that day" in hint(browser.post("/invoices/totals/", data=editor(story)).text)
    add_rate(story.owner, "USD", today(story) - timedelta(days=3), Decimal("1533.275"), now=clock.now())
    said = hint(browser.post("/invoices/totals/", data=editor(story)).text)
    assert "1 USD = 1,533.275 NGN, from your rates" in said
    assert "₦153,327.50 in all" in said
    typed = hint(browser.post("/invoices/totals/", data=editor(story, rate="1600")).text)
    assert "1 USD = 1,600 NGN, typed for this invoice: ₦160,000.00 in all" in typed
    assert hint(browser.post("/invoices/totals/", data=editor(story, currency="NGN")).text) == ""


def test_a_typed_rate_is_kept_with_the_draft_and_fixed_when_it_is_issued(story: Story, browser: FlaskClient) -> None:
    assert browser.post("/invoices/", data=editor(story, rate="1600.5", version="0")).status_code == 303
    draft = drafted(story)
    assert (draft.rate_to_base, draft.base_total_minor) == (Decimal("1600.5"), None)
    assert 'value="1600.5"' in browser.get(f"/invoices/{draft.id}/edit/").text
    assert browser.post(f"/invoices/{draft.id}/issue/").status_code == 303
    issued = drafted(story)
    assert (issued.rate_source, issued.base_total_minor) == ("typed", 160_050_00)
    page = browser.get(f"/invoices/{draft.id}/").text
    assert "In NGN" in page
    assert "1 USD = 1,600.5 NGN, typed for this invoice" in page


def test_an_issued_invoice_without_a_rate_says_so(story: Story, browser: FlaskClient) -> None:
    browser.post("/invoices/", data=editor(story, version="0"))
    draft = drafted(story)
    browser.post(f"/invoices/{draft.id}/issue/")
    assert "No rate" in browser.get(f"/invoices/{draft.id}/").text


def test_a_rate_that_is_none_is_refused_beside_its_field_in_the_editor(story: Story, browser: FlaskClient) -> None:
    answer = browser.post("/invoices/", data=editor(story, rate="0", version="0"))
    assert answer.status_code == 422
    assert "Enter a rate above zero." in beside(answer.text, "rate")


def test_two_people_who_type_different_rates_see_both(story: Story, browser: FlaskClient) -> None:
    browser.post("/invoices/", data=editor(story, rate="1600", version="0"))
    draft = drafted(story)
    first = editor(story, rate="1601", version=str(draft.version))
    assert browser.post(f"/invoices/{draft.id}/edit/", data=first).status_code == 303
    answer = browser.post(f"/invoices/{draft.id}/edit/", data=first | {"rate": "1602"})
    assert answer.status_code == 409
    assert re.search(r"Rate.*1602.*1601|Rate.*1601.*1602", answer.text, re.DOTALL)
