"""The list: views with counts, search, filters in the address, sums per currency, several at once."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup

from app import clock
from app.auth.queries import get_business
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.extensions import db
from app.invoices import queries
from app.invoices import service as invoices
from app.invoices.queries import lists
from app.invoices.queries.lists import Filters
from app.invoices.queries.overview import overview
from app.money import Money
from tests.support.story import Story


@pytest.fixture
def today(ours: Story) -> Any:
    """Today on the wall of the business."""
    return clock.today(get_business(ours.business_id).timezone)


@pytest.fixture
def shelf(ours: Story, today: Any) -> dict[str, uuid.UUID]:
    """One invoice of every kind, by name."""
    made = {name: ours.issued() for name in ("open", "paid", "void", "part")}
    made["draft"] = ours.draft(price="7.00")
    values = replace(ours.draft_values(price="99.90"), issue_date=today - timedelta(days=60), currency="EUR")
    late = invoices.create_draft(ours.owner, values, now=clock.now()).id
    invoices.issue(ours.owner, late, now=clock.now())
    made["late"] = late
    ours.payment(made["paid"], 322_500)
    ours.payment(made["part"], 100_000)
    invoices.void(ours.owner, made["void"], "typed twice", now=clock.now())
    made["off"] = ours.written_off()
    db.session.remove()
    return made


def found(ours: Story, today: Any, **filters: Any) -> set[uuid.UUID]:
    db.session.remove()
    return {row.id for row in lists.list_invoices(ours.business_id, Filters(**filters), None, today).items}


@pytest.mark.parametrize(
    ("view", "names"),
    [
        ("all", {"open", "paid", "void", "part", "draft", "late", "off"}),
        ("unpaid", {"open", "part", "late"}),
        ("overdue", {"late"}),
        ("drafts", {"draft"}),
        ("paid", {"paid"}),
        ("void", {"void"}),
        ("written_off", {"off"}),
    ],
)
def test_every_view_shows_and_counts_its_invoices(ours, today, shelf, view, names):
    assert found(ours, today, view=view) == {shelf[name] for name in names}
    assert overview(ours.business_id, Filters(), today).counts[view] == len(names)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("inv-", {"open", "paid", "void", "part", "late", "off"}),
        ("LEKKI hub", {"open", "paid", "void", "part", "draft", "late", "off"}),
        ("3,225.00", {"open", "paid", "void", "part", "off"}),
        ("2225", {"part"}),
        ("3225", {"open", "paid", "void", "part", "off"}),
        ("3,225", {"open", "paid", "void", "part", "off"}),
        ("3225.0", {"open", "paid", "void", "part", "off"}),
        ("₦3,225.00", {"open", "paid", "void", "part", "off"}),
        ("ngn 3225", {"open", "paid", "void", "part", "off"}),
        ("3225.01", set()),
        ("214", {"late"}),
        ("214.7", {"late"}),
        ("214.70", set()),
        ("₦", set()),
        ("214.79", {"late"}),
        ("%", set()),
        ("_", set()),
        ("\\", set()),
        ("lekki nobody", set()),
        ("1" * 200, set()),
        ("\x00", set()),
    ],
)
def test_the_search_finds_numbers_clients_and_amounts(ours, today, shelf, text, names):
    assert found(ours, today, text=text) == {shelf[name] for name in names}


def head_and_foot(ours, query=""):
    """The words of the tabs with their counts, and what stands below the columns."""
    page = BeautifulSoup(ours.visitor().get(f"/invoices/{query}").text, "html.parser")
    tabs = {tab.next_element.strip(): tab.select_one(".n") for tab in page.select('[aria-label="Which invoices"] a')}
    return {name: count.text if count else None for name, count in tabs.items()}, page.select("#invoices tfoot td")


def test_the_counts_on_the_tabs_are_of_everything_or_of_what_was_looked_for(ours, shelf):
    tabs, _ = head_and_foot(ours)
    assert (tabs["All"], tabs["Unpaid"], tabs["Void"]) == ("7", "3", "1")
    tabs, _ = head_and_foot(ours, "?view=unpaid&q=2225")
    others = ("All", "Overdue", "Drafts", "Paid", "Void", "Written off")
    assert tabs == {"Unpaid": "1", **dict.fromkeys(others)}


def test_the_list_shows_what_an_invoice_came_to_beside_what_is_left_of_it(ours, shelf):
    page = BeautifulSoup(ours.visitor().get("/invoices/?q=2225").text, "html.parser")
    row = page.select_one("#invoices tbody tr")
    assert [row.select_one(one).text.strip() for one in (".tot", ".k2")] == ["₦3,225.00", "₦2,225.00"]
    _, foot = head_and_foot(ours, "?q=2225")
    assert [cell.text.strip() for cell in foot[-2:]] == ["₦3,225.00", "₦2,225.00"]
    assert len(page.select("#invoices thead th")) == len(row.select("td"))
    assert sum(int(cell.get("colspan", 1)) for cell in foot) == len(row.select("td"))


def test_filters_narrow_the_list(ours, today, shelf):
    other = create_client(ours.owner, ClientValues(name="Zuri"), now=clock.now())
    assert found(ours, today, client_id=other.id) == set()
    assert found(ours, today, currency="EUR") == {shelf["late"]}
    assert found(ours, today, due_to=today) == {shelf["late"]}
    assert shelf["late"] not in found(ours, today, due_from=today)


@pytest.mark.parametrize("sort", ["newest", "-newest", "number", "-number", "due", "-due", "balance", "-balance"])
def test_every_order_shows_each_invoice_once_page_after_page(app, ours, today, shelf, sort):
    seen: list[uuid.UUID] = []
    with app.test_request_context("/invoices/"):
        cursor = None
        for _ in range(9):
            page = lists.list_invoices(ours.business_id, Filters(sort=sort), cursor, today, limit=2)
            seen += [row.id for row in page.items]
            cursor = page.next
            if cursor is None:
                break
    assert sorted(seen) == sorted(shelf.values())
    if sort == "due":
        assert seen[0] == shelf["late"]


def test_currencies_are_never_added_together(ours, today, shelf):
    sums = overview(ours.business_id, Filters(view="unpaid"), today).sums
    assert {owed for _, _, owed in sums} == {Money(322_500 + 222_500, "NGN"), Money(21_479, "EUR")}
    assert sum(many for many, _, _ in sums) == 3


NARROWED = [
    {},
    {"view": "unpaid"},
    {"view": "overdue"},
    {"view": "drafts"},
    {"view": "paid"},
    {"view": "void"},
    {"view": "written_off"},
    {"currency": "EUR"},
    {"view": "unpaid", "currency": "NGN"},
    {"due_to": timedelta()},
    {"due_from": timedelta(days=1), "view": "unpaid"},
    {"due_from": timedelta(days=-100), "due_to": timedelta(days=-1)},
]


@pytest.mark.parametrize("narrowed", NARROWED, ids=str)
def test_what_stands_under_the_list_is_what_its_rows_come_to(ours, today, shelf, narrowed):
    given = {name: today + value if isinstance(value, timedelta) else value for name, value in narrowed.items()}
    filters = Filters(**given)
    assert overview(ours.business_id, filters, today).sums == lists.sums(ours.business_id, filters, today)


def test_a_client_or_words_narrow_the_sums_but_not_the_counts(ours, today, shelf):
    whole = overview(ours.business_id, Filters(), today)
    for filters in (Filters(text="late and nobody"), Filters(client_id=uuid.uuid4())):
        narrowed = overview(ours.business_id, filters, today)
        assert (narrowed.sums, narrowed.counts) == ([], whole.counts)
    assert overview(ours.business_id, Filters(client_id=ours.client_id), today).sums == whole.sums


def test_currencies_of_thrown_away_drafts_are_not_offered(ours, today, shelf):
    values = replace(ours.draft_values(), currency="USD")
    draft = invoices.create_draft(ours.owner, values, now=clock.now())
    assert overview(ours.business_id, Filters(), today).currencies == ["EUR", "NGN", "USD"]
    invoices.delete_draft(ours.owner, draft.id, now=clock.now())
    assert overview(ours.business_id, Filters(), today).currencies == ["EUR", "NGN"]


def test_the_filter_offers_every_client_by_name_and_keeps_the_chosen_one(ours, theirs):
    made = create_client(ours.owner, ClientValues(name="Aso Rock & Sons"), now=clock.now())
    page = ours.visitor().get(f"/clients/choices/?chosen={made.id}").text
    assert f'<option value="{made.id}" selected>Aso Rock &amp; Sons</option>' in page
    assert f'<option value="{ours.client_id}">' in page
    assert str(theirs.client_id) not in page


def test_another_business_sees_none_of_it(theirs, today, shelf):
    assert found(theirs, today) == set()
    assert set(overview(theirs.business_id, Filters(), today).counts.values()) == {0}


def test_the_page_shows_states_and_sums_and_keeps_its_filters(ours, shelf):
    page = ours.visitor().get("/invoices/?view=unpaid&sort=due&q=lekki").text
    for text in ("46 days overdue", "Part paid", "Not sent", "5,450", "€214.79"):
        assert text in page
    assert re.search(r'href="/invoices/\?view=overdue&amp;q=lekki&amp;sort=due"', page)


def test_what_was_written_off_has_a_view_of_its_own_once_there_is_something_in_it(ours, theirs, shelf):
    page = ours.visitor().get("/invoices/?view=written_off").text
    assert page.count('class="doc"') == 1
    assert "1 written off" in page
    assert re.search(r'<a href="/invoices/\?view=written_off"[^>]*>Written off', ours.visitor().get("/invoices/").text)
    theirs.issued()
    assert "view=written_off" not in theirs.visitor().get("/invoices/").text


@pytest.mark.parametrize(
    "address",
    [
        "view=nonsense&sort=nonsense&client=1&currency=%E2%82%A6&due_from=9999-99-99&due_to=x&cursor=forged",
        "q=" + "x" * 5000,
        "q=%00%01",
        "due_from=9999-12-31&due_to=0001-01-01",
        "view=unpaid&q=nobody",
    ],
)
def test_an_odd_address_still_shows_a_list(ours, shelf, address):
    assert ours.visitor().get("/invoices/?" + address).status_code == 200


def test_a_business_without_invoices_is_led_to_the_first(ours):
    page = ours.visitor().get("/invoices/").text
    assert "No invoices yet" in page
    assert 'href="/invoices/new/"' in page


def test_the_list_asks_the_database_a_few_times_however_long_it_is(ours, shelf):
    from tests.integration.invoices.test_editor import _statements

    browser = ours.visitor()
    browser.get("/invoices/")
    assert _statements(lambda: browser.get("/invoices/")) <= 6


# -- several at once ---------------------------------------------------------------------------------------------------


def test_several_are_issued_and_each_says_what_became_of_it(ours, shelf):
    empty = invoices.create_draft(ours.owner, replace(ours.draft_values(), lines=()), now=clock.now()).id
    ids = [str(shelf["draft"]), str(empty), str(shelf["open"])]
    answer = ours.visitor().post("/invoices/bulk/", data={"do": "issue", "ids": ids})
    assert "1 of 3 done" in answer.text
    assert "Add at least one line." in answer.text
    assert "already issued" in answer.text
    db.session.remove()
    assert queries.get_invoice(ours.business_id, shelf["draft"]).status == "open"
    assert queries.get_invoice(ours.business_id, empty).status == "draft"


@pytest.mark.parametrize(("verb", "words"), [("send", "Put into the outbox"), ("mark-sent", "Marked as sent")])
def test_several_are_sent_or_marked(ours, shelf, verb, words):
    answer = ours.visitor().post("/invoices/bulk/", data={"do": verb, "ids": [str(shelf["open"]), str(shelf["void"])]})
    assert "1 of 2 done" in answer.text
    assert words in answer.text


@pytest.mark.parametrize("verb", ["issue", "send"])
def test_drafts_that_would_be_overdue_at_once_are_named_before_they_are_issued(ours, verb):
    today = clock.today(get_business(ours.business_id).timezone)
    values = replace(ours.draft_values(), issue_date=today - timedelta(days=20), due_date=today - timedelta(days=6))
    late = invoices.create_draft(ours.owner, values, now=clock.now()).id
    browser, data = ours.visitor(), {"do": verb, "ids": [str(late), str(ours.draft())]}
    asked = browser.post("/invoices/bulk/", data=data)
    assert "One of them will be overdue on the day it is issued" in asked.text
    db.session.remove()
    assert queries.get_invoice(ours.business_id, late).status == "draft"
    assert "of 2 done" in browser.post("/invoices/bulk/", data=data | {"sure": "1"}).text


def test_deleting_several_drafts_asks_first_and_spares_what_was_issued(ours, shelf):
    browser, ids = ours.visitor(), [str(shelf["draft"]), str(shelf["open"])]
    asked = browser.post("/invoices/bulk/", data={"do": "delete", "ids": ids})
    assert "gone for good" in asked.text
    assert queries.find_invoice(ours.business_id, shelf["draft"]) is not None
    done = browser.post("/invoices/bulk/", data={"do": "delete", "ids": ids, "sure": "1"})
    assert "1 of 2 done" in done.text
    db.session.remove()
    assert queries.find_invoice(ours.business_id, shelf["draft"]) is None
    assert queries.find_invoice(ours.business_id, shelf["open"]) is not None


def test_another_business_s_invoices_are_not_there_for_bulk_verbs(theirs, ours, shelf):
    browser = theirs.visitor()
    data = {"do": "delete", "ids": [str(shelf["draft"])], "sure": "1"}
    assert browser.post("/invoices/bulk/", data=data).status_code == 404
    mixed = {"do": "delete", "ids": [str(theirs.draft()), str(shelf["draft"])], "sure": "1"}
    assert "1 of 2 done" in browser.post("/invoices/bulk/", data=mixed).text
    db.session.remove()
    assert queries.find_invoice(ours.business_id, shelf["draft"]) is not None


@pytest.mark.parametrize("data", [{}, {"do": "explode"}, {"do": "send"}, {"do": "send", "ids": ["x", ""]}])
def test_odd_bulk_requests_change_nothing(ours, data):
    assert ours.visitor().post("/invoices/bulk/", data=data).status_code in (303, 422)


def test_a_bulk_verb_with_nothing_ticked_stays_in_the_view(ours, shelf):
    browser = ours.visitor()
    page = browser.get("/invoices/?view=unpaid&sort=due").text
    action = page.split("actions for the ticked ones")[0].rsplit('action="', 1)[1].split('"')[0].replace("&amp;", "&")
    answer = browser.post(action, data={"do": "send"})
    assert answer.status_code == 303
    assert set(answer.location.split("?")[1].split("&")) == {"view=unpaid", "sort=due"}
