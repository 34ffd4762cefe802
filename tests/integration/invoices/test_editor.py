"""The editor: nothing until something is typed, saved as one types, nothing lost, refused beside the field."""

from __future__ import annotations

import io
import re
import uuid
from decimal import Decimal

import pytest

from app import clock
from app.catalog.rules import TaxValues
from app.catalog.service import create_tax
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.extensions import db
from app.invoices import queries
from tests.integration.invoices.conftest import HTMX, hidden
from tests.support.story import Story


def test_opening_the_editor_stores_nothing(desk):
    assert desk.browser.get("/invoices/new/").status_code == 200
    assert desk.count() == 0


def test_the_editor_opens_for_the_client_one_comes_from(desk, ours):
    page = desk.browser.get(f"/invoices/new/?client={ours.client_id}").text
    assert f'value="{ours.client_id}" selected' in page


@pytest.mark.parametrize("nonsense", ["", "17", "'; drop table invoice", "5e3ac90e-180a-4782-80b8-954bc87dd7ee"])
def test_the_editor_opens_empty_for_a_client_that_is_not_there(desk, nonsense):
    assert desk.browser.get("/invoices/new/", query_string={"client": nonsense}).status_code == 200


def test_what_was_typed_is_stored_and_comes_back(desk):
    invoice = desk.draft(po_number="PO-7", notes="Thank\r\nyou", lines__0__discount="10%", discount="100")
    assert (invoice.status, invoice.po_number, invoice.notes) == ("draft", "PO-7", "Thank\nyou")
    assert (invoice.subtotal_minor, invoice.discount_minor, invoice.total_minor) == (300000, 40000, 279500)
    page = desk.browser.get(f"/invoices/{invoice.id}/edit/").text
    for text in ('value="PO-7"', 'value="10%"', 'value="1,500.00"', "Fibre, monthly", "2,795"):
        assert text in page


def test_saving_by_itself_makes_one_draft_however_often_it_is_sent(desk):
    page = desk.browser.get("/invoices/new/").text
    draft_id = hidden(page, "draft_id")
    first = desk.save(htmx=True, draft_id=draft_id, version=0)
    again = desk.save(htmx=True, draft_id=draft_id, version=0, po_number="later")
    assert (first.status_code, again.status_code, desk.count()) == (200, 200, 1)
    assert first.headers["HX-Replace-Url"] == f"/invoices/{draft_id}/edit/"
    assert desk.invoice(uuid.UUID(draft_id)).po_number == "later"


def test_saving_by_itself_answers_with_status_and_figures_but_never_with_fields(desk):
    answer = desk.save(htmx=True)
    assert "Saved" in answer.text
    assert 'id="totals"' in answer.text
    assert 'id="lines-0-amount"' in answer.text
    assert "3,225" in answer.text
    assert 'name="lines-' not in answer.text
    assert "HX-Request" in answer.headers["Vary"]


def test_a_draft_that_was_deleted_meanwhile_does_not_come_back(desk):
    invoice = desk.draft()
    desk.browser.post(f"/invoices/{invoice.id}/delete/")
    answer = desk.save(htmx=True, draft_id=invoice.id, version=invoice.version)
    assert (answer.status_code, desk.count()) == (404, 0)


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("lines-0-quantity", "-3"),
        ("lines-0-quantity", "NaN"),
        ("lines-0-quantity", "1e999"),
        ("lines-0-quantity", "1_000"),
        ("lines-0-quantity", "٣"),
        ("lines-0-unit_price", "9" * 30),
        ("lines-0-unit_price", "999999999999"),
        ("lines-0-discount", "4000"),
        ("lines-0-title", "x" * 10_000),
        ("lines-0-title", "bell\x07"),
        ("discount", "99999"),
        ("issue_date", "9999-12-31"),
        ("issue_date", "yesterday"),
        ("notes", "nul\x00"),
    ],
)
def test_what_cannot_be_used_is_refused_beside_its_field_and_kept(desk, field, typed, htmx):
    extra = {"lines-0-quantity": "99999999999"} if typed == "999999999999" else {}
    answer = desk.save(htmx=htmx, **({"notes": "Thank you", field: typed} | extra))
    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    assert desk.count() == 0
    if not htmx and typed.isprintable():
        assert typed in answer.text
        assert "Thank you</textarea>" in answer.text or field == "notes"


def test_a_due_date_before_the_issue_date_is_refused_beside_it(desk):
    answer = desk.save(terms="custom", due_date="2026-11-01")
    assert answer.status_code == 422
    assert "before the issue date" in answer.text
    assert 'id="due_date-err"' in answer.text


def test_one_that_will_be_overdue_when_it_is_issued_says_so_before(desk):
    sentence = "This invoice will be overdue on the day it is issued."
    late, usual = desk.draft(issue_date="2020-01-15"), desk.draft()
    for path in ("edit/", "issue/", "send/"):
        assert sentence in desk.browser.get(f"/invoices/{late.id}/{path}").text
        assert sentence not in desk.browser.get(f"/invoices/{usual.id}/{path}").text


def test_figures_are_worked_out_without_saving(desk):
    answer = desk.browser.post("/invoices/totals/", data=desk.typed(), headers=HTMX)
    assert (answer.status_code, desk.count()) == (200, 0)
    assert "3,225" in answer.text
    assert "225" in answer.text


def test_a_chosen_client_brings_their_currency_and_terms(desk, ours):
    abroad = create_client(
        ours.owner, ClientValues(name="Café Morgenrot", currency="EUR", terms_days=21), now=clock.now()
    )
    answer = desk.save(htmx=True, client_id=abroad.id, client_was="")
    assert 'id="currency-field" hx-swap-oob="true"' in answer.text
    kept = desk.invoice(uuid.UUID(hidden(answer.text, "draft_id")))
    assert (kept.currency, kept.terms_days) == ("EUR", 21)
    # Once chosen, what the person decides holds.
    desk.save(
        htmx=True, client_id=abroad.id, client_was=abroad.id, draft_id=kept.id, version=kept.version, currency="USD"
    )
    assert desk.invoice(kept.id).currency == "USD"


# -- without a script --------------------------------------------------------------------------------------------------


def test_lines_are_added_moved_and_removed_by_buttons_and_nothing_is_saved(desk):
    two = {"lines-1-title": "Router", "lines-1-quantity": "1", "lines-1-unit_price": "10"}
    added = desk.save(do="add", **two)
    assert (added.status_code, desk.count()) == (200, 0)
    assert 'name="lines-2-title"' in added.text
    moved = desk.save(do="up:1", **two).text
    assert moved.index('value="Router"') < moved.index('value="Fibre, monthly"')
    assert 'value="Router"' not in desk.save(do="remove:1", **two).text


def test_an_item_is_put_on_a_line_with_its_price_and_taxes(desk, ours):
    answer = desk.save(do="item", item=ours.item())
    assert 'value="Router"' in answer.text
    assert 'value="25,000.00"' in answer.text


def test_an_item_in_another_currency_brings_no_price(desk, ours):
    answer = desk.save(do="item", item=ours.item(), currency="EUR")
    assert 'value="Router"' in answer.text
    assert 'value="25,000.00"' not in answer.text


@pytest.mark.parametrize("do", ["up:999999999", "down:x", "remove:", "remove:²", "item", "nonsense:1", "detach:17"])
def test_odd_buttons_are_harmless(desk, do):
    assert desk.save(do=do).status_code in (200, 303, 404)


def test_a_draft_is_issued_from_the_editor(desk):
    answer = desk.save(do="issue")
    invoice = desk.invoice(uuid.UUID(answer.location.split("/")[2]))
    assert (invoice.status, invoice.number) == ("open", "INV-2026-0001")


def test_issuing_an_unfinished_draft_says_what_is_missing_and_keeps_it(desk):
    answer = desk.save(do="issue", client_id="", lines__0__title="")
    assert answer.status_code == 422
    for field in ("client_id", "lines-0-title"):
        assert f'id="{field}-err"' in answer.text
    assert desk.count() == 1
    # The page knows the draft that was kept: sending it again is no conflict.
    kept = {"draft_id": hidden(answer.text, "draft_id"), "version": hidden(answer.text, "version")}
    assert desk.save(do="issue", **kept).status_code == 303
    assert desk.count() == 1


def test_sending_to_a_client_without_an_address_is_refused_beside_the_client(desk, ours):
    nobody = create_client(ours.owner, ClientValues(name="No mail"), now=clock.now())
    answer = desk.save(do="send", client_id=nobody.id)
    assert answer.status_code == 422
    assert "no e-mail address" in answer.text
    # Nothing is wrong with the figures, so they stay on the screen.
    assert "The figures wait" not in answer.text
    assert queries.get_invoice(ours.business_id, uuid.UUID(hidden(answer.text, "draft_id"))).status == "draft"


def test_files_are_attached_shown_and_taken_off(desk):
    invoice = desk.draft()
    url = f"/invoices/{invoice.id}/edit/"
    data = desk.typed(do="attach", version=invoice.version) | {
        "file": (io.BytesIO(b"Payable in 14 days.\n"), "terms.txt")
    }
    assert desk.browser.post(url, data=data).status_code == 303
    page = desk.browser.get(url).text
    assert "terms.txt" in page
    db.session.remove()
    (file,) = queries.attachments(desk.story.business_id, invoice.id)
    assert desk.browser.get(f"/invoices/{invoice.id}/files/{file.id}/").data == b"Payable in 14 days.\n"
    desk.save(url, do=f"detach:{file.id}", version=desk.invoice(invoice.id).version)
    assert "terms.txt" not in desk.browser.get(url).text


def test_a_file_that_cannot_be_taken_is_refused_and_the_draft_is_kept(desk):
    data = desk.typed(do="attach") | {"file": (io.BytesIO(b"MZ\x90"), "virus.exe")}
    answer = desk.browser.post("/invoices/", data=data)
    assert answer.status_code == 422
    assert "cannot be attached" in answer.text
    assert desk.count() == 1


# -- two people, one draft ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [False, True])
def test_a_stale_save_shows_both_versions_and_changes_nothing(desk, htmx):
    invoice = desk.draft()
    desk.save(f"/invoices/{invoice.id}/edit/", version=invoice.version, po_number="THEIRS")
    answer = desk.save(f"/invoices/{invoice.id}/edit/", htmx=htmx, version=invoice.version, po_number="MINE")
    assert answer.status_code == 409
    for text in ("PO number", "MINE", "THEIRS", "Keep mine", "Take theirs"):
        assert text in answer.text
    assert desk.invoice(invoice.id).po_number == "THEIRS"


def test_keeping_mine_overwrites_the_version_that_was_shown(desk):
    invoice = desk.draft()
    url = f"/invoices/{invoice.id}/edit/"
    desk.save(url, version=invoice.version, po_number="THEIRS")
    shown = desk.save(url, version=invoice.version, po_number="MINE").text
    assert desk.save(url, version=invoice.version, over=hidden(shown, "over"), po_number="MINE").status_code == 303
    assert desk.invoice(invoice.id).po_number == "MINE"


def test_two_people_who_type_the_same_are_not_in_each_other_s_way(desk):
    invoice = desk.draft()
    url = f"/invoices/{invoice.id}/edit/"
    desk.save(url, version=invoice.version, po_number="SAME")
    assert desk.save(url, version=invoice.version, po_number="SAME").status_code == 303


def test_a_draft_issued_meanwhile_is_not_edited(desk):
    invoice = desk.draft()
    desk.browser.post(f"/invoices/{invoice.id}/issue/")
    answer = desk.save(f"/invoices/{invoice.id}/edit/", version=invoice.version, po_number="late")
    assert answer.status_code == 409
    assert desk.invoice(invoice.id).po_number == ""


# -- whose things ------------------------------------------------------------------------------------------------------


def test_another_business_s_client_tax_item_or_draft_is_not_found(desk, theirs: Story):
    foreign = theirs.draft()
    for changes in (
        {"client_id": theirs.client_id},
        {"lines-0-taxes": theirs.tax_id},
        {"lines-0-item_id": theirs.item()},
        {"draft_id": foreign, "version": 3},
    ):
        assert desk.save(**changes).status_code == 404
    assert desk.count() == 0
    assert desk.save(f"/invoices/{foreign}/edit/").status_code == 404


def test_a_viewer_reads_drafts_and_does_not_write(ours):
    viewer = ours.visitor("viewer")
    draft = ours.draft()
    assert viewer.get("/invoices/new/").status_code == 403
    assert viewer.get(f"/invoices/{draft}/edit/").status_code == 403
    page = viewer.get(f"/invoices/{draft}/").text
    assert "Fibre, monthly" in page
    assert '<form method="post"' not in page.partition("<main")[2].partition("</main>")[0]


def test_the_editor_asks_the_database_a_few_times_however_many_lines_there_are(desk, ours):
    counts = []
    for lines in (1, 60):
        extra = {f"lines-{n}-title": f"Line {n}" for n in range(1, lines)}
        invoice = desk.draft(**extra)
        counts.append(_statements(lambda found=invoice: desk.browser.get(f"/invoices/{found.id}/edit/")))
    assert counts[1] <= counts[0] <= 16


def _statements(work: object) -> int:
    from sqlalchemy import event

    db.session.remove()
    seen: list[str] = []
    listener = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    assert work().status_code == 200  # type: ignore[operator]
    event.remove(db.engine, "before_cursor_execute", listener)
    return len(seen)


def test_a_draft_that_is_reopened_before_it_has_a_line_still_brings_the_usual_tax(desk, ours):
    usual = create_tax(ours.owner, TaxValues("Usual", Decimal(5), is_default=True), now=clock.now()).id
    bare = dict.fromkeys(("lines__0__title", "lines__0__quantity", "lines__0__unit_price", "lines__0__taxes"))
    draft = desk.draft(po_number="PO-7", **bare)
    page = desk.browser.get(f"/invoices/{draft.id}/edit/").text
    ticked = re.findall(rf'<input[^>]*name="lines-0-taxes"[^>]*value="{usual}"[^>]*>', page)
    assert [("checked" in box) for box in ticked] == [True]


@pytest.mark.parametrize("verb", ["issue", "send"])
def test_issuing_an_empty_form_stores_nothing_and_marks_the_client(desk, verb):
    answer = desk.browser.post(
        "/invoices/", data={"do": verb, "currency": "NGN", "issue_date": "2026-11-20", "terms": "14"}
    )
    assert answer.status_code == 422
    assert desk.count() == 0
    assert "2 things need another look" in answer.text
    assert re.search(r'<select[^>]*is-invalid[^>]*id="client_id"[^>]*aria-invalid="true"', answer.text)
    assert "Not saved yet" in answer.text
