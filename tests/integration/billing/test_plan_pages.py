"""The pages of plans, as a person uses them."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from werkzeug.test import TestResponse

from app import clock
from app.billing import queries, service
from app.billing.models import Plan
from app.billing.queries import PlanFilters, StoredPrice
from app.billing.rules.plans import ALWAYS, PlanValues, PriceValues
from app.catalog import service as catalog
from app.catalog.models import Tax
from app.catalog.rules import TaxValues
from app.clients.rules import ClientValues
from app.clients.service import create_client
from tests.support.tenants import Tenant

PLAN = {"name": "Home 20 Mbps", "price": "15,000", "currency": "NGN"}
HTMX = {"HX-Request": "true"}


def today() -> date:
    return clock.today("Africa/Lagos")


def made(tenant: Tenant, name: str = "Home 20 Mbps", price: int = 15_000, **values: object) -> Plan:
    first = PriceValues("NGN", Decimal(price), today(), Decimal(5_000))
    typed = PlanValues(name, **values)  # type: ignore[arg-type]
    return service.create_plan(tenant.owner, typed, first, today=today(), now=clock.now())


def tax(tenant: Tenant, name: str = "VAT") -> Tax:
    return catalog.create_tax(tenant.owner, TaxValues(name, Decimal("7.5"), is_default=True), now=clock.now())


def text(response: TestResponse) -> str:
    return response.get_data(as_text=True)


def words(response: TestResponse) -> str:
    """What a person reads: without tags, and with one space where there are several."""
    return " ".join(re.sub(r"<[^>]*>", "", text(response)).replace("\xa0", " ").split())


def plans(tenant: Tenant, archived: bool = False) -> list[Plan]:
    return queries.list_plans(tenant.business_id, PlanFilters(archived=archived)).items


def prices(tenant: Tenant, plan: Plan) -> list[StoredPrice]:
    return queries.prices_of(tenant.business_id, [plan.id])[plan.id]


def test_a_plan_is_kept_as_it_was_typed(harmattan: Tenant) -> None:
    vat = tax(harmattan)
    sent = PLAN | {"kind": "addon", "code": "H20", "description": "Fibre\r\nat home", "setup_price": "5,000.50"}
    sent |= {"cycle_count": "2", "cycle_unit": "quarter", "begins": "fixed", "anchor_day": "31", "anchor_month": "3"}
    sent |= {"stub": "next", "ahead": "no", "trial_days": "14", "tax_ids": [str(vat.id)], "featured": "y"}
    sent |= {"download": "20.5", "upload": "0.512", "quota": "500"}
    answer = harmattan.visitor("staff").post("/billing/plans/new/", data=sent)
    [plan] = plans(harmattan)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/billing/plans/{plan.id}/"
    assert queries.plan_values(plan) == PlanValues(
        "Home 20 Mbps", "addon", "H20", "Fibre\nat home", "month", 6, 31, 3, False, "next", 14, 20_500, 512, 500_000,
        True,
    )  # fmt: skip
    [price] = prices(harmattan, plan)
    assert (price.price, price.setup_price, price.currency) == (15_000, Decimal("5000.50"), "NGN")
    assert (price.since, price.for_all) == (ALWAYS, True)
    assert [one.name for one in queries.plan_taxes(harmattan.business_id, [plan.id])[plan.id]] == ["VAT"]


def test_who_began_long_before_a_plan_was_made_is_entered_at_its_first_price(harmattan: Tenant) -> None:
    visitor = harmattan.visitor("staff")
    visitor.post("/billing/plans/new/", data=PLAN)
    [plan] = plans(harmattan)
    client = create_client(harmattan.owner, ClientValues("Zion Bakery"), now=clock.now()).id
    began = today() - timedelta(days=400)
    typed = {"client_id": str(client), "plan_id": str(plan.id), "currency": "NGN", "quantity": "1"}
    typed |= {"starts_on": began.isoformat(), "billed_from": today().isoformat()}
    answer = visitor.post("/billing/subscriptions/new/", data=typed)
    assert answer.status_code == 303, text(answer)
    assert "Always" in words(visitor.get(f"/billing/plans/{plan.id}/"))


def test_a_first_price_holds_from_the_day_that_was_typed(harmattan: Tenant) -> None:
    visitor, early = harmattan.visitor("staff"), today() - timedelta(days=60)
    assert visitor.post("/billing/plans/new/", data=PLAN | {"since": early.isoformat()}).status_code == 303
    [plan] = plans(harmattan)
    assert [price.since for price in prices(harmattan, plan)] == [early]
    assert "or a day before" in words(visitor.get(f"/billing/plans/{plan.id}/price/"))


def test_the_form_of_a_plan_holds_what_is_stored(harmattan: Tenant) -> None:
    plan = made(harmattan, cycle_unit="week", cycle_count=2, anchor_day=5, download_kbps=20_500, quota_mb=500_000)
    page = text(harmattan.visitor("staff").get(f"/billing/plans/{plan.id}/edit/"))
    assert re.search(r'<input[^>]*name="cycle_count"[^>]*value="2"', page)
    assert '<option selected value="week">' in page
    assert '<option selected value="5">Friday' in page
    for name, value in (("download", "20.5"), ("quota", "500")):
        assert re.search(rf'<input[^>]*name="{name}"[^>]*value="{value}"', page)
    for name in ("price", "currency", "setup_price"):
        assert f'name="{name}"' not in page, "what it costs is changed on a page of its own"


WHAT_IS_STORED = [
    ({"begins": "own", "anchor_day": "15"}, ("month", 1, None, None)),
    ({"begins": "fixed", "anchor_day": "15", "anchor_month": "2"}, ("month", 1, 15, None)),
    ({"begins": "fixed", "cycle_unit": "week", "weekday": "3", "anchor_day": "15"}, ("week", 1, 3, None)),
    ({"begins": "fixed", "cycle_unit": "day", "cycle_count": "10"}, ("day", 10, None, None)),
    ({"begins": "fixed", "cycle_unit": "half-year", "anchor_month": "4"}, ("month", 6, 1, 4)),
    ({"cycle_unit": "year", "cycle_count": "2"}, ("year", 2, None, None)),
]


@pytest.mark.parametrize("typed, stored", WHAT_IS_STORED)
def test_what_does_not_go_with_a_cycle_is_left_aside(harmattan: Tenant, typed: dict[str, str], stored: tuple) -> None:
    assert harmattan.visitor("staff").post("/billing/plans/new/", data=PLAN | typed).status_code == 303
    [plan] = plans(harmattan)
    assert (plan.cycle_unit, plan.cycle_count, plan.anchor_day, plan.anchor_month) == stored


BAD = [
    ("name", "", "Enter a name"),
    ("name", "x" * 201, "at most 200"),
    ("name", "a\x00b", "cannot be stored"),
    ("code", "c" * 41, "at most 40"),
    ("description", "d" * 1001, "at most 1,000"),
    ("price", "", "Enter a price"),
    ("price", "-1", "not negative"),
    ("price", "1.234", "NGN has 2 decimals"),
    ("price", "9" * 30, "too large"),
    ("setup_price", "nothing", "digits 0 to 9"),
    ("currency", "XYZ", "Choose a currency"),
    ("cycle_count", "", "Enter how many"),
    ("cycle_count", "0", "1 or more"),
    ("cycle_count", "37", "Choose 1 to 36 months"),
    ("cycle_count", "1.5", "Use a whole number"),
    ("cycle_unit", "fortnight", "Choose days, weeks"),
    ("anchor_day", "32", "Choose a day of the month"),
    ("weekday", "8", "Choose a day of the week"),
    ("anchor_month", "13", "Choose a month"),
    ("stub", "later", "Choose what becomes"),
    ("trial_days", "366", "365 or less"),
    ("download", "-1", "0 or more"),
    ("upload", "fast", "digits 0 to 9"),
    ("quota", "1.2345", "at most 3 decimals"),
    ("tax_ids", "nonsense", "Choose again"),
]


@pytest.mark.parametrize("field, typed, sentence", BAD)
def test_what_cannot_be_used_is_refused_beside_its_field(
    harmattan: Tenant, field: str, typed: str, sentence: str
) -> None:
    sent = PLAN | {"description": "Kept", "cycle_count": "2", "begins": "fixed"} | {field: typed}
    answer = harmattan.visitor("staff").post("/billing/plans/new/", data=sent)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert f'id="{field}-err"' in text(answer)
    assert "Kept" in text(answer) or field == "description"
    assert plans(harmattan) == []


def test_quarters_are_counted_in_quarters(harmattan: Tenant) -> None:
    sent = PLAN | {"cycle_unit": "quarter", "cycle_count": "13"}
    assert "Choose 1 to 12 quarters." in text(harmattan.visitor("staff").post("/billing/plans/new/", data=sent))


def test_the_same_form_twice_makes_one_plan_and_a_changed_one_makes_another(harmattan: Tenant) -> None:
    visitor = harmattan.visitor("staff")
    [form_id] = re.findall(r'name="plan_id"[^>]*value="([^"]+)"', text(visitor.get("/billing/plans/new/")))
    answers = [visitor.post("/billing/plans/new/", data=PLAN | {"plan_id": form_id}) for _ in range(2)]
    assert {answer.headers["Location"] for answer in answers} == {f"/billing/plans/{form_id}/"}
    assert len(plans(harmattan)) == 1
    vat = tax(harmattan)
    for changed in ({"name": "Home 50 Mbps"}, {"price": "16,000"}, {"tax_ids": [str(vat.id)]}):
        visitor.post("/billing/plans/new/", data=PLAN | {"plan_id": form_id} | changed)
    assert [one.name for one in plans(harmattan)] == ["Home 20 Mbps"] * 3 + ["Home 50 Mbps"]


def test_a_stale_plan_shows_both_values(harmattan: Tenant) -> None:
    plan = made(harmattan)
    changed = PlanValues("Home 25 Mbps", anchor_day=1)
    service.change_plan(harmattan.owner, plan.id, changed, version=1, now=clock.now())
    sent = {"name": "Home 30 Mbps", "version": "1", "begins": "own", "quota": "500"}
    refused = harmattan.visitor("staff").post(f"/billing/plans/{plan.id}/edit/", data=sent)
    assert refused.status_code == 409
    page = text(refused)
    assert "<td>Home 25 Mbps</td><td>Home 30 Mbps</td>" in page
    assert "<td>On a fixed day</td><td>On the day each customer begins</td>" in page
    assert "<td>empty</td><td>500</td>" in page
    visitor = harmattan.visitor("staff")
    assert visitor.post(f"/billing/plans/{plan.id}/edit/", data=sent | {"version": "2"}).status_code == 303
    assert plans(harmattan)[0].name == "Home 30 Mbps"


def test_a_plan_says_what_it_costs_now_and_later(harmattan: Tenant) -> None:
    vat = tax(harmattan)
    plan = made(harmattan, anchor_day=1, download_kbps=20_000, upload_kbps=5_000, quota_mb=500_000, tax_ids=(vat.id,))
    later = PriceValues("NGN", Decimal(18_000), today() + timedelta(days=40), for_all=False)
    dollars = PriceValues("USD", Decimal("12.50"), today())
    for price in (later, dollars):
        service.set_price(harmattan.owner, plan.id, price, today=today(), now=clock.now())
    page = words(harmattan.visitor("viewer").get(f"/billing/plans/{plan.id}/"))
    for said in ("Price in NGN₦15,000.00every month", "Set-up in NGN₦5,000.00", "₦18,000.00only new subscriptions",
                 "Price in USD$12.50every month", "20 Mbps", "5 Mbps", "500 GB", "On the 1st of the month", "VAT",
                 "Billed by themselves, at once"):  # fmt: skip
        assert said in page.replace("US$", "$"), said
    assert "Set a price" not in page
    assert "Withdraw" not in page
    page = words(harmattan.visitor("viewer").get("/billing/plans/?q=20+home"))
    assert "₦18,000.00from" in page
    assert "₦15,000.00and in USD" in page


def test_the_example_is_told_while_one_types(harmattan: Tenant) -> None:
    visitor, day = harmattan.visitor("staff"), today().day % 28 + 1
    sent = PLAN | {"name": "", "begins": "fixed", "anchor_day": str(day), "setup_price": "5000", "trial_days": "0"}
    told = words(visitor.post("/billing/plans/example/", data=sent, headers=HTMX))
    assert told.startswith("A customer who begins today pays Today")
    assert re.search(r"\d of \d\d days", told)
    assert told.count("₦15,000.00") == 3
    assert told.count("Set-up, once") == 1
    assert "₦" not in words(visitor.post("/billing/plans/example/", data=sent | {"price": "x", "setup_price": ""}))
    assert "stand here" in words(visitor.post("/billing/plans/example/", data=sent | {"cycle_count": "99"}))
    assert plans(harmattan) == []
    plan = made(harmattan, price=20_000)
    told = words(visitor.post(f"/billing/plans/{plan.id}/example/", data={"name": "x", "trial_days": "7"}))
    assert "Free days at the beginning" in told
    assert told.count("₦20,000.00") == 3


def asked(tenant: Tenant, plan: Plan, **typed: str) -> TestResponse:
    sent = {"currency": "NGN", "price": "18,000", "setup_price": "4,000", "who": "all"}
    sent["since"] = (today() + timedelta(days=40)).isoformat()
    return tenant.visitor("staff").post(f"/billing/plans/{plan.id}/price/", data=sent | typed)


def shown_mark(answer: TestResponse) -> str:
    [mark] = re.findall(r'name="seen" value="([^"]*)"', text(answer))
    return mark


def test_a_price_says_what_it_changes_before_it_does(harmattan: Tenant) -> None:
    plan = made(harmattan)
    shown = asked(harmattan, plan)
    assert shown.status_code == 200
    said = words(shown)
    for part in ("Until then₦15,000.00set-up ₦5,000.00, once", "₦18,000.00set-up ₦4,000.00, once",
                 "Difference+₦3,000.00set-up −₦1,000.00", "Everybody pays it", "from their next period"):  # fmt: skip
        assert part in said, part
    assert "Only new subscriptions pay it" in words(asked(harmattan, plan, who="new"))
    assert len(prices(harmattan, plan)) == 1, "nothing happened yet"
    done = asked(harmattan, plan, seen=shown_mark(shown))
    assert done.status_code == 303
    [_, price] = prices(harmattan, plan)
    assert (price.price, price.setup_price, price.for_all) == (18_000, 4_000, True)


def test_a_price_that_was_set_twice_is_one(harmattan: Tenant) -> None:
    plan = made(harmattan)
    shown = asked(harmattan, plan)
    mark = shown_mark(shown)
    assert asked(harmattan, plan, seen=mark).status_code == 303
    again = asked(harmattan, plan, seen=mark)
    assert again.status_code == 303
    assert len(prices(harmattan, plan)) == 2


def test_prices_that_changed_in_the_meantime_are_shown_anew(harmattan: Tenant) -> None:
    plan = made(harmattan)
    mark = shown_mark(asked(harmattan, plan))
    other = PriceValues("NGN", Decimal(16_000), today() + timedelta(days=3))
    service.set_price(harmattan.owner, plan.id, other, today=today(), now=clock.now())
    answer = asked(harmattan, plan, seen=mark)
    assert answer.status_code == 409
    assert "Somebody else changed the prices" in words(answer)
    assert "Until then₦16,000.00" in words(answer)
    assert asked(harmattan, plan, seen=shown_mark(answer)).status_code == 303


def test_one_can_go_back_to_the_form_with_what_was_typed(harmattan: Tenant) -> None:
    plan = made(harmattan)
    shown = asked(harmattan, plan, who="new")
    sent = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', text(shown)))
    back = asked(harmattan, plan, **(sent | {"again": "1"}))
    assert back.status_code == 200
    assert re.search(r'<input[^>]*name="price"[^>]*value="18,000"', text(back))
    assert re.search(r'<input checked[^>]*value="new"', text(back))


@pytest.mark.parametrize(
    "field, typed, sentence",
    [
        ("price", "", "Enter a price"),
        ("price", "1.234", "NGN has 2 decimals"),
        ("since", "", "Enter the day"),
        ("who", "nobody", "Choose who pays it"),
        ("currency", "XYZ", "Choose a currency"),
    ],
)
def test_a_price_that_cannot_be_used_is_refused_beside_its_field(
    harmattan: Tenant, field: str, typed: str, sentence: str
) -> None:
    plan = made(harmattan)
    answer = asked(harmattan, plan, **{field: typed})
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert f'id="{field}-err"' in text(answer)
    assert len(prices(harmattan, plan)) == 1


def test_days_before_the_first_price_may_get_one_and_days_after_it_keep_theirs(harmattan: Tenant) -> None:
    plan, early = made(harmattan), today() - timedelta(days=60)
    shown = asked(harmattan, plan, since=early.isoformat())
    assert asked(harmattan, plan, since=early.isoformat(), seen=shown_mark(shown)).status_code == 303
    assert len(prices(harmattan, plan)) == 2
    refused = asked(harmattan, plan, since=(early + timedelta(days=1)).isoformat())
    assert refused.status_code == 422
    assert "cannot change in the past" in text(refused)


def test_a_price_to_come_is_withdrawn_and_one_that_holds_is_not(harmattan: Tenant) -> None:
    plan, visitor = made(harmattan), harmattan.visitor("staff")
    held = prices(harmattan, plan)[0]
    later = PriceValues("NGN", Decimal(18_000), today() + timedelta(days=40))
    planned = service.set_price(harmattan.owner, plan.id, later, today=today(), now=clock.now()).id
    address = f"/billing/plans/{plan.id}/prices"
    question = words(visitor.get(f"{address}/{planned}/withdraw/"))
    assert "Withdraw ₦18,000.00 from" in question
    assert "Home 20 Mbps then costs ₦15,000.00" in question
    dollars = replace(later, currency="USD")
    only = service.set_price(harmattan.owner, plan.id, dollars, today=today(), now=clock.now()).id
    assert "then has no price in USD" in words(visitor.get(f"{address}/{only}/withdraw/"))
    assert visitor.post(f"{address}/{only}/withdraw/").status_code == 303
    assert visitor.post(f"{address}/{held.id}/withdraw/").status_code == 303
    assert "This price holds already" in text(visitor.get(f"/billing/plans/{plan.id}/"))
    assert visitor.post(f"{address}/{planned}/withdraw/").status_code == 303
    assert [one.id for one in prices(harmattan, plan)] == [held.id]
    assert visitor.post(f"{address}/{planned}/withdraw/").status_code == 404


def test_an_archived_plan_is_in_a_list_of_its_own_and_comes_back(harmattan: Tenant) -> None:
    plan, visitor = made(harmattan), harmattan.visitor("staff")
    assert "Whoever has it keeps it" in text(visitor.get(f"/billing/plans/{plan.id}/archive/"))
    for _ in range(2):
        assert visitor.post(f"/billing/plans/{plan.id}/archive/").status_code == 303
    assert "Everything is archived" in text(visitor.get("/billing/plans/"))
    assert "Home 20 Mbps" in text(visitor.get("/billing/plans/?show=archived"))
    assert "not offered any more" in text(visitor.get(f"/billing/plans/{plan.id}/"))
    assert visitor.post(f"/billing/plans/{plan.id}/restore/").status_code == 303
    assert [one.name for one in plans(harmattan)] == ["Home 20 Mbps"]


def test_another_business_plans_are_nothing_at_all(harmattan: Tenant, savannah: Tenant) -> None:
    theirs, mine, visitor = made(savannah, "Their plan"), made(harmattan), harmattan.visitor()
    foreign, own = prices(savannah, theirs)[0].id, prices(harmattan, mine)[0].id
    paths = [f"{id}/{verb}/" for id in (theirs.id, uuid.uuid4()) for verb in ("edit", "archive", "restore", "price")]
    paths += [f"{theirs.id}/prices/{own}/withdraw/", f"{mine.id}/prices/{foreign}/withdraw/"]
    for path in paths:
        assert visitor.get(f"/billing/plans/{path}").status_code == 404, path
        assert visitor.post(f"/billing/plans/{path}", data=PLAN | {"version": "1"}).status_code == 404, path
    assert visitor.get(f"/billing/plans/{theirs.id}/").status_code == 404
    assert visitor.post(f"/billing/plans/{theirs.id}/example/", data=PLAN).status_code == 404
    vat = tax(savannah, "Theirs")
    assert visitor.post("/billing/plans/new/", data=PLAN | {"tax_ids": [str(vat.id)]}).status_code == 404
    assert visitor.post("/billing/plans/new/", data=PLAN | {"plan_id": str(theirs.id)}).status_code == 303
    assert "Theirs" not in text(visitor.get("/billing/plans/new/"))
    assert "Their plan" not in text(visitor.get("/billing/plans/"))
    assert queries.get_plan(savannah.business_id, theirs.id).version == 1


def test_a_viewer_reads_and_changes_nothing(harmattan: Tenant) -> None:
    plan, viewer = made(harmattan), harmattan.visitor("viewer")
    page = text(viewer.get("/billing/plans/")) + text(viewer.get(f"/billing/plans/{plan.id}/"))
    assert "New plan" not in page
    assert "/edit/" not in page
    for path in ("new", f"{plan.id}/edit", f"{plan.id}/archive", f"{plan.id}/restore", f"{plan.id}/price"):
        assert viewer.get(f"/billing/plans/{path}/").status_code == 403
        assert viewer.post(f"/billing/plans/{path}/", data=PLAN).status_code == 403
    assert viewer.post("/billing/plans/example/", data=PLAN).status_code == 403


def test_sixty_plans_are_met_once_each(harmattan: Tenant) -> None:
    for n in range(60):
        made(harmattan, f"Home {n:02}")
    visitor, seen, url = harmattan.visitor(), [], "/billing/plans/?q=home"
    while url:
        page = text(visitor.get(url))
        seen += [f"Home {n:02}" for n in range(60) if f">Home {n:02}</a>" in page]
        url = page.split('rel="next"')[0].rsplit('href="', 1)[-1].split('"')[0] if 'rel="next"' in page else ""
        url = url.replace("&amp;", "&")
    assert seen == [f"Home {n:02}" for n in range(60)]


def test_every_page_escapes_what_was_typed(harmattan: Tenant) -> None:
    attack = "<script>alert(1)</script>"
    plan = made(harmattan, attack, code=attack[:40], description=attack, tax_ids=(tax(harmattan, attack).id,))
    visitor = harmattan.visitor()
    for path in ("", f"{plan.id}/", f"{plan.id}/edit/", f"{plan.id}/archive/", f"{plan.id}/price/", "new/"):
        assert "<script>alert" not in text(visitor.get(f"/billing/plans/{path}")), path
    assert "<script>alert" not in text(asked(harmattan, plan))


def test_a_part_of_the_list_is_the_list(harmattan: Tenant) -> None:
    made(harmattan)
    part = text(harmattan.visitor().get("/billing/plans/?q=home", headers=HTMX))
    assert part.lstrip().startswith('<div id="plan-list"')


def test_a_longer_cycle_is_said_in_words(harmattan: Tenant) -> None:
    plan = made(harmattan, cycle_unit="month", cycle_count=3)
    service.change_plan(
        harmattan.owner, plan.id, replace(queries.plan_values(plan), cycle_count=6), version=1, now=clock.now()
    )
    assert "Every half-year" in words(harmattan.visitor().get("/billing/plans/"))
