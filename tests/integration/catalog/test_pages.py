"""The pages of items and taxes, as a person uses them."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

import pytest
from werkzeug.test import TestResponse

from app import clock
from app.catalog import queries, service
from app.catalog.models import Item, Tax
from app.catalog.queries import ItemFilters
from app.catalog.rules import ItemValues, TaxValues
from tests.support.tenants import Tenant

ITEM = {"name": "Dedicated fibre", "price": "185,000.00", "currency": "NGN"}
QUICK = {"item_name": "Router", "item_price": "25,000.75", "item_unit": "piece", "currency": "USD"}
TAX = {"name": "VAT", "rate": "7.5", "pricing": "document"}


def item(tenant: Tenant, name: str = "Fibre", **values: object) -> Item:
    typed = {"price": Decimal(100), "currency": "NGN"} | values
    return service.create_item(tenant.owner, ItemValues(name, **typed), now=clock.now())  # type: ignore[arg-type]


def tax(tenant: Tenant, name: str = "VAT", rate: str = "7.5", **values: object) -> Tax:
    return service.create_tax(tenant.owner, TaxValues(name, Decimal(rate), **values), now=clock.now())  # type: ignore[arg-type]


def text(response: TestResponse) -> str:
    return response.get_data(as_text=True)


def items(tenant: Tenant) -> list[Item]:
    return queries.list_items(tenant.business_id, ItemFilters()).items


def test_an_item_is_kept_as_it_was_typed(harmattan: Tenant) -> None:
    vat, levy = tax(harmattan), tax(harmattan, "Levy", "1.123456")
    sent = ITEM | {"code": "FIB-50", "unit": "month", "description": "Up and down\r\n50 Mbps", "price": " 0.012345 "}
    answer = harmattan.visitor("staff").post("/items/new/", data=sent | {"tax_ids": [str(levy.id), str(vat.id)]})
    assert answer.status_code == 303
    [made] = items(harmattan)
    assert (made.name, made.code, made.unit) == ("Dedicated fibre", "FIB-50", "month")
    assert (made.price, made.currency, made.description) == (Decimal("0.012345"), "NGN", "Up and down\n50 Mbps")
    taxes = queries.item_taxes(harmattan.business_id, [made.id])[made.id]
    assert [(one.name, one.rate) for one in taxes] == [("VAT", Decimal("7.5")), ("Levy", Decimal("1.123456"))]
    page = text(harmattan.visitor("viewer").get("/items/"))
    assert "0.012345" in page
    assert "VAT, Levy" in page


BAD_ITEMS = [
    ("name", "", "Enter a name"),
    ("name", "x" * 10_000, "at most 200"),
    ("name", "a\x00b", "cannot be stored"),
    ("price", "", "Enter a price"),
    ("price", "-1", "not negative"),
    ("price", "NaN", "digits 0 to 9"),
    ("price", "Infinity", "digits 0 to 9"),
    ("price", "1e999", "digits 0 to 9"),
    ("price", "1_000", "digits 0 to 9"),
    ("price", "١٢٣", "digits 0 to 9"),
    ("price", "1,25", "point for decimals"),
    ("price", "9" * 30, "at most 12 digits"),
    ("price", "9" * 10_000, "at most 64"),
    ("price", "1.1234567", "at most 6 decimals"),
    ("currency", "XYZ", "Choose a currency"),
    ("currency", "", "Choose a currency"),
    ("code", "c" * 41, "at most 40"),
    ("unit", "u" * 25, "at most 24"),
    ("description", "d" * 10_000, "at most 1,000"),
    ("tax_ids", "nonsense", "Choose again"),
]


@pytest.mark.parametrize("field, typed, sentence", BAD_ITEMS)
def test_an_item_that_cannot_be_used_is_refused_beside_its_field(
    harmattan: Tenant, field: str, typed: str, sentence: str
) -> None:
    answer = harmattan.visitor().post("/items/new/", data=ITEM | {"description": "Kept"} | {field: typed})
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "Kept" in text(answer) or field == "description"
    assert items(harmattan) == []


BAD_TAXES = [
    ("name", "", "Enter a name"),
    ("name", "x" * 61, "at most 60"),
    ("rate", "", "Enter a rate"),
    ("rate", "-0.1", "0 or more"),
    ("rate", "100.000001", "100 or less"),
    ("rate", "NaN", "digits 0 to 9"),
    ("rate", "٧", "digits 0 to 9"),
    ("rate", "1e2", "digits 0 to 9"),
    ("rate", "7,5", "point for decimals"),
    ("rate", "7.1234567", "at most 6 decimals"),
    ("rate", "9" * 30, "at most 3 digits"),
    ("pricing", "sometimes", "Choose how prices"),
]


@pytest.mark.parametrize("field, typed, sentence", BAD_TAXES)
def test_a_tax_that_cannot_be_used_is_refused_beside_its_field(
    harmattan: Tenant, field: str, typed: str, sentence: str
) -> None:
    answer = harmattan.visitor().post("/items/taxes/new/", data=TAX | {field: typed})
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert queries.live_taxes(harmattan.business_id) == []


@pytest.mark.parametrize("typed, stored", [("0", "0"), ("100", "100"), ("7.5 %", "7.5"), ("0.000001", "0.000001")])
def test_rates_from_nothing_to_all_with_six_places_are_kept_exactly(harmattan: Tenant, typed: str, stored: str) -> None:
    sent = TAX | {"rate": typed, "compound": "y", "is_default": "y", "pricing": "inclusive"}
    assert harmattan.visitor().post("/items/taxes/new/", data=sent).status_code == 303
    [made] = queries.live_taxes(harmattan.business_id)
    assert (made.rate, made.compound, made.is_default, made.pricing) == (Decimal(stored), True, True, "inclusive")


def test_a_new_business_is_offered_the_tax_of_its_country_and_has_none_before_it_agrees(harmattan: Tenant) -> None:
    visitor = harmattan.visitor()
    assert "Add VAT 7.5 %" in text(visitor.get("/items/taxes/")).replace("\xa0", " ")
    form = text(visitor.get("/items/taxes/new/?suggested=1"))
    assert 'value="VAT"' in form
    assert 'value="7.5"' in form
    assert queries.live_taxes(harmattan.business_id) == []
    assert 'value="7.5"' not in text(visitor.get("/items/taxes/new/"))


def test_taxes_move_up_and_down_and_new_ones_come_last(harmattan: Tenant) -> None:
    made = {name: tax(harmattan, name) for name in ("A", "B", "C")}
    visitor = harmattan.visitor("staff")

    def order() -> str:
        return "".join(one.name for one in queries.live_taxes(harmattan.business_id))

    def move(name: str, direction: str) -> None:
        visitor.post(f"/items/taxes/{made[name].id}/move/", data={"direction": direction})

    assert order() == "ABC"
    move("C", "up")
    assert order() == "ACB"
    move("A", "down")
    assert order() == "CAB"
    move("C", "up")
    move("B", "down")
    assert order() == "CAB"
    service.archive_tax(harmattan.owner, made["A"].id, now=clock.now())
    move("B", "up")
    assert order() == "BC"
    part = visitor.post(
        f"/items/taxes/{made['B'].id}/move/", data={"direction": "down"}, headers={"HX-Request": "true"}
    )
    assert text(part).lstrip().startswith('<div id="tax-list"')
    assert order() == "CB"


def test_a_stale_item_shows_both_values(harmattan: Tenant) -> None:
    vat, made = tax(harmattan), item(harmattan, "Fibre")
    service.change_item(harmattan.owner, made.id, ItemValues("Fibre 50", Decimal(120), "NGN"), 1, now=clock.now())
    sent = ITEM | {"name": "Fibre 100", "price": "200", "version": "1", "tax_ids": [str(vat.id)]}
    refused = harmattan.visitor().post(f"/items/{made.id}/edit/", data=sent)
    assert refused.status_code == 409
    page = text(refused)
    assert "<td>Fibre 50</td><td>Fibre 100</td>" in page
    assert "<td>120</td><td>200</td>" in page
    assert "<td>empty</td><td>VAT</td>" in page
    assert harmattan.visitor().post(f"/items/{made.id}/edit/", data=sent | {"version": "2"}).status_code == 303
    assert items(harmattan)[0].name == "Fibre 100"


def test_a_stale_tax_shows_both_values(harmattan: Tenant) -> None:
    made = tax(harmattan)
    service.change_tax(harmattan.owner, made.id, TaxValues("VAT", Decimal(10)), 1, now=clock.now())
    refused = harmattan.visitor().post(f"/items/taxes/{made.id}/edit/", data=TAX | {"version": "1", "compound": "y"})
    assert refused.status_code == 409
    assert "<td>10</td><td>7.5</td>" in text(refused)
    assert "<td>no</td><td>yes</td>" in text(refused)
    assert queries.get_tax(harmattan.business_id, made.id).rate == 10


def test_archived_things_are_no_longer_offered_and_come_back(harmattan: Tenant) -> None:
    vat = tax(harmattan)
    made, visitor = item(harmattan, "Fibre", tax_ids=(vat.id,)), harmattan.visitor("staff")
    assert "One item will no longer bring it along" in text(visitor.get(f"/items/taxes/{vat.id}/archive/"))
    assert visitor.post(f"/items/taxes/{vat.id}/archive/").status_code == 303
    assert queries.search_items(harmattan.business_id, "fibre")[0].tax_ids == ()
    chosen = visitor.post("/items/new/", data=ITEM | {"tax_ids": [str(vat.id)]})
    assert chosen.status_code == 422
    assert "VAT is archived" in text(chosen)
    visitor.post(f"/items/taxes/{vat.id}/restore/")
    assert queries.search_items(harmattan.business_id, "fibre")[0].tax_ids == (vat.id,)
    assert visitor.post(f"/items/{made.id}/archive/").status_code == 303
    assert queries.search_items(harmattan.business_id, "fibre") == []
    assert "Fibre" in text(visitor.get("/items/?show=archived"))
    visitor.post(f"/items/{made.id}/restore/")
    assert [one.name for one in items(harmattan)] == ["Fibre"]


def test_another_business_things_are_nothing_at_all(harmattan: Tenant, savannah: Tenant) -> None:
    foreign_tax, foreign = tax(savannah, "Theirs"), item(savannah, "Their beans")
    mine, visitor = item(harmattan, "Mine"), harmattan.visitor()
    for kind, id in (("items", foreign.id), ("items/taxes", foreign_tax.id), ("items", uuid.uuid4())):
        for verb in ("edit", "archive", "restore"):
            assert visitor.get(f"/{kind}/{id}/{verb}/").status_code == 404
            assert visitor.post(f"/{kind}/{id}/{verb}/", data=ITEM | TAX | {"version": "1"}).status_code == 404
    assert visitor.post(f"/items/taxes/{foreign_tax.id}/move/", data={"direction": "up"}).status_code == 404
    for id in (foreign_tax.id, uuid.uuid4()):
        assert visitor.post("/items/new/", data=ITEM | {"tax_ids": [str(id)]}).status_code == 404
        sent = ITEM | {"version": "1", "tax_ids": [str(id)]}
        assert visitor.post(f"/items/{mine.id}/edit/", data=sent).status_code == 404
    assert [one.name for one in items(harmattan)] == ["Mine"]
    assert queries.get_item(savannah.business_id, foreign.id).version == 1
    assert "Theirs" not in text(visitor.get("/items/taxes/")) + text(visitor.get("/items/new/"))
    assert queries.taxes_by_id(harmattan.business_id, [foreign_tax.id]) == {}


def test_a_viewer_reads_and_changes_nothing(harmattan: Tenant) -> None:
    made, vat, viewer = item(harmattan), tax(harmattan), harmattan.visitor("viewer")
    for path in ("/items/", "/items/taxes/", "/items/search/?q=f"):
        assert viewer.get(path).status_code == 200
    for path in (f"/items/{made.id}", f"/items/taxes/{vat.id}"):
        for verb in ("edit", "archive", "restore"):
            assert viewer.post(f"{path}/{verb}/", data=ITEM | TAX).status_code == 403
    for path in ("/items/new/", "/items/quick/", "/items/taxes/new/", f"/items/taxes/{vat.id}/move/"):
        assert viewer.post(path, data=ITEM | TAX | QUICK).status_code == 403


def test_search_takes_every_sign_as_a_letter_and_folds_accents(harmattan: Tenant) -> None:
    item(harmattan, "Ọkà baba", code="GRAIN_1")
    item(harmattan, "100% cotton")
    visitor = harmattan.visitor()

    def found(typed: str) -> list[str]:
        return [one.name for one in queries.search_items(harmattan.business_id, typed)]

    assert found("oka") == found("BABA ỌKÀ") == found("grain_1") == ["Ọkà baba"]
    assert found("%") == found("100%") == ["100% cotton"]
    assert found("_") == ["Ọkà baba"]
    assert found("G%1") == []
    assert visitor.get("/items/?q=%00%25_%5C&cursor=x").status_code == 200
    option = text(visitor.get("/items/search/?q=cotton"))
    assert 'data-price="100"' in option
    assert 'data-name="100% cotton"' in option


def test_the_invoice_editor_makes_an_item_and_takes_it_over_like_one_that_was_found(harmattan: Tenant) -> None:
    vat, levy = tax(harmattan), tax(harmattan, "Levy", "1")
    visitor = harmattan.visitor("staff")
    answer = visitor.post("/items/quick/", data=QUICK | {"item_tax_ids": [str(levy.id), str(vat.id)]})
    assert answer.status_code == 200
    [made] = queries.search_items(harmattan.business_id, "router")
    assert (made.name, made.price, made.unit) == ("Router", Decimal("25000.75"), "piece")
    assert (made.currency, made.tax_ids) == ("USD", (vat.id, levy.id))
    picked = dict(re.findall(r'(data-[a-z-]+)="([^"]*)"', text(answer)))
    found = dict(re.findall(r'(data-[a-z-]+)="([^"]*)"', text(visitor.get("/items/search/?q=router"))))
    assert picked == found
    assert (picked["data-id"], picked["data-tax-ids"]) == (str(made.id), f"{vat.id} {levy.id}")


BAD_QUICK_ITEMS = [
    ("item_name", "", "Enter a name"),
    ("item_name", "x" * 10_000, "at most 200"),
    ("item_name", "a\x00b", "cannot be stored"),
    ("item_price", "", "Enter a price"),
    ("item_price", "-1", "not negative"),
    ("item_price", "1e999", "digits 0 to 9"),
    ("item_price", "1.1234567", "at most 6 decimals"),
    ("item_unit", "u" * 25, "at most 24"),
    ("item_tax_ids", "nonsense", "Choose again"),
    ("currency", "XYZ", "Choose a currency"),
    ("currency", "", "Choose a currency"),
]


@pytest.mark.parametrize("field, typed, sentence", BAD_QUICK_ITEMS)
def test_an_item_made_in_the_editor_is_refused_in_its_own_fields_which_keep_what_was_typed(
    harmattan: Tenant, field: str, typed: str, sentence: str
) -> None:
    vat = tax(harmattan)
    sent = QUICK | {"item_tax_ids": [str(vat.id)]} | {field: typed}
    answer = harmattan.visitor("staff").post("/items/quick/", data=sent)
    assert answer.status_code == 422
    assert "picked-item" not in text(answer)
    assert "<form" not in text(answer)
    assert sentence in text(answer)
    for name in {"item_name", "item_price", "item_unit"} - {field}:
        assert re.search(rf'<input[^>]*name="{name}"[^>]*value="{QUICK[name]}"', text(answer))
    if field != "item_tax_ids":
        assert re.search(rf'value="{vat.id}" checked', text(answer))
    assert items(harmattan) == []


def test_an_item_made_in_the_editor_takes_no_tax_of_another_business_and_none_that_is_archived(
    harmattan: Tenant, savannah: Tenant
) -> None:
    visitor, foreign, gone = harmattan.visitor("staff"), tax(savannah, "Theirs"), tax(harmattan, "Gone")
    service.archive_tax(harmattan.owner, gone.id, now=clock.now())
    for id in (foreign.id, uuid.uuid4()):
        answer = visitor.post("/items/quick/", data=QUICK | {"item_tax_ids": [str(id)]})
        assert answer.status_code == 404
        assert "Theirs" not in text(answer)
    late = visitor.post("/items/quick/", data=QUICK | {"item_tax_ids": [str(gone.id)]})
    assert late.status_code == 422
    assert "Gone is archived. Choose another tax." in text(late)
    assert items(harmattan) == []


def test_the_editor_offers_a_new_item_the_taxes_that_lines_get_by_themselves(harmattan: Tenant) -> None:
    vat, levy, gone = tax(harmattan, is_default=True), tax(harmattan, "Levy", "1"), tax(harmattan, "Gone")
    service.archive_tax(harmattan.owner, gone.id, now=clock.now())
    page = text(harmattan.visitor("staff").get("/invoices/new/"))
    boxes = dict(re.findall(r'name="item_tax_ids" value="([^"]+)"( checked)?', page))
    assert boxes == {str(vat.id): " checked", str(levy.id): ""}


def test_the_fields_of_a_new_item_come_back_as_they_stood_in_the_editor(harmattan: Tenant) -> None:
    tax(harmattan)
    visitor = harmattan.visitor("staff")
    fields = re.compile(r'<(?:input|legend|label)[^>]*?(?: id| for| name)="(item_[a-z_]+)"')
    again = text(visitor.post("/items/quick/", data={"currency": "NGN"}))
    assert fields.findall(again) == fields.findall(text(visitor.get("/invoices/new/")))


def test_sixty_items_are_met_once_each(harmattan: Tenant) -> None:
    for n in range(60):
        item(harmattan, f"Part {n:02}")
    visitor, seen, url = harmattan.visitor(), [], "/items/?q=part"
    while url:
        page = text(visitor.get(url))
        seen += [f"Part {n:02}" for n in range(60) if f">Part {n:02}</a>" in page]
        url = page.split('rel="next"')[0].rsplit('href="', 1)[-1].split('"')[0] if 'rel="next"' in page else ""
        url = url.replace("&amp;", "&")
    assert seen == [f"Part {n:02}" for n in range(60)]


def test_every_page_escapes_what_was_typed(harmattan: Tenant) -> None:
    attack = "<script>alert(1)</script>"
    vat = tax(harmattan, attack)
    made = item(harmattan, attack, description=attack, unit="<b>", tax_ids=(vat.id,))
    visitor = harmattan.visitor()
    paths = (f"/items/{made.id}/edit/", f"/items/taxes/{vat.id}/edit/", "/items/search/?q=script", "/items/taxes/")
    for path in ("/items/", "/items/new/", f"/items/{made.id}/archive/", f"/items/taxes/{vat.id}/archive/", *paths):
        assert "<script>alert" not in text(visitor.get(path)), path
