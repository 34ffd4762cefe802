"""Items and taxes by the API."""

from __future__ import annotations

import uuid

import pytest

from app.extensions import db
from tests.integration.web.test_statements import counted
from tests.support.program import Program
from tests.support.story import a_business


@pytest.fixture
def vat(program) -> dict:
    return program.post("/api/taxes/", {"name": "VAT 5", "rate": "5.0", "is_default": True}, 201)["data"]


def box(program: Program, **more: object) -> dict:
    body = {"name": "Router box", "price": "12500.50", "currency": "NGN", **more}
    return program.post("/api/items/", body, 201)["data"]


def test_an_item_is_added_read_changed_and_found(program, vat):
    added = program.send("POST", "/api/items/", {"name": "Box", "price": "12500.5", "currency": "NGN", "unit": "piece"})
    item = added.get_json()["data"]
    assert added.headers["Location"] == f"/api/items/{item['id']}/"
    assert (item["price"], item["unit"], item["taxes"], item["archived"]) == ("12500.50", "piece", [], False)
    changed = program.patch(f"/api/items/{item['id']}/", {"price": 13000, "tax_ids": [vat["id"]]})["data"]
    assert (changed["price"], changed["unit"], changed["version"]) == ("13000.00", "piece", item["version"] + 1)
    assert changed["taxes"] == [{"id": vat["id"], "name": "VAT 5", "rate": "5"}]
    box(program, currency="USD")
    assert [one["id"] for one in program.get("/api/items/?q=BOX&currency=ngn")["data"]] == [item["id"]]
    assert program.get("/api/items/?total=true&limit=1")["pagination"]["total"] == 2
    assert program.get(f"/api/items/{item['id']}/")["data"] == changed


def test_a_price_finer_than_a_kobo_is_told_as_it_is(program):
    assert box(program, price="0.0125")["price"] == "0.0125"


def test_an_item_is_archived_and_comes_back(program):
    item = box(program)
    assert program.post(f"/api/items/{item['id']}/archive/")["data"]["archived"] is True
    assert [one["id"] for one in program.get("/api/items/?archived=true")["data"]] == [item["id"]]
    assert item["id"] not in [one["id"] for one in program.get("/api/items/")["data"]]
    assert program.post(f"/api/items/{item['id']}/restore/")["data"]["archived"] is False


@pytest.mark.parametrize(
    "wrong, path",
    [
        ({"price": 12.5}, "price"),
        ({"price": "-1"}, "price"),
        ({"currency": "NNN"}, "currency"),
        ({"name": ""}, "name"),
        ({"tax_ids": ["VAT"]}, "tax_ids.0"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_with_an_item_is_said_by_its_path(program, wrong, path):
    refused = program.post("/api/items/", {"name": "Box", "price": "1", "currency": "NGN", **wrong}, 422)
    assert list(refused["errors"]) == [path]


def test_an_item_takes_no_tax_that_is_archived_or_another_s(app, program, vat):
    program.post(f"/api/taxes/{vat['id']}/archive/")
    refused = program.post("/api/items/", {"name": "Box", "price": "1", "currency": "NGN", "tax_ids": [vat["id"]]}, 422)
    assert refused["errors"] == {"tax_ids": ["VAT 5 is archived. Choose another tax."]}
    with app.app_context():
        theirs = str(a_business(app, "Savannah Coffee").tax_id)
        db.session.remove()
    answers = [
        program.post("/api/items/", {"name": "Box", "price": "1", "currency": "NGN", "tax_ids": [tax]}, 404)
        for tax in (theirs, str(uuid.uuid4()))
    ]
    assert answers[0]["message"] == answers[1]["message"]


def test_a_stale_change_of_an_item_or_a_tax_is_told_what_stands_now(program, vat):
    item = box(program)
    program.patch(f"/api/items/{item['id']}/", {"code": "B1"}, If_Match='"1"')
    stale = program.patch(f"/api/items/{item['id']}/", {"code": "B2"}, 412, If_Match='"1"')
    assert (stale["code"], stale["current"]["code"]) == ("precondition_failed", "B1")
    program.patch(f"/api/taxes/{vat['id']}/", {"rate": "6"}, If_Match='"1"')
    stale = program.patch(f"/api/taxes/{vat['id']}/", {"rate": "7"}, 412, If_Match='"1"')
    assert stale["current"]["rate"] == "6"


def test_a_tax_is_added_read_changed_and_put_in_order(program, vat):
    changed = program.patch(f"/api/taxes/{vat['id']}/", {"rate": "7.25", "pricing": "inclusive"})["data"]
    assert (changed["rate"], changed["pricing"], changed["is_default"]) == ("7.25", "inclusive", True)
    levy = program.post("/api/taxes/", {"name": "Levy", "rate": "1", "compound": True}, 201)["data"]
    order = [one["name"] for one in program.get("/api/taxes/")["data"]]
    assert order[-2:] == ["VAT 5", "Levy"]
    program.post(f"/api/taxes/{levy['id']}/move/", {"direction": "up"})
    assert [one["name"] for one in program.get("/api/taxes/")["data"]][-2:] == ["Levy", "VAT 5"]
    assert program.get(f"/api/taxes/{vat['id']}/")["data"]["rate"] == "7.25"


def test_an_archived_tax_is_listed_apart_and_comes_back(program, vat):
    assert program.post(f"/api/taxes/{vat['id']}/archive/")["data"]["archived"] is True
    assert vat["id"] not in [one["id"] for one in program.get("/api/taxes/")["data"]]
    assert [one["id"] for one in program.get("/api/taxes/?archived=true")["data"]] == [vat["id"]]
    assert program.post(f"/api/taxes/{vat['id']}/restore/")["data"]["archived"] is False


@pytest.mark.parametrize("wrong", [{"rate": "101"}, {"rate": "-1"}, {"pricing": "always"}, {"position": 0}])
def test_what_is_wrong_with_a_tax_is_said_by_its_path(program, wrong):
    refused = program.post("/api/taxes/", {"name": "VAT", "rate": "5", **wrong}, 422)
    assert list(refused["errors"]) == list(wrong)


def test_the_same_key_adds_one_item(program):
    body = {"name": "Box", "price": "1", "currency": "NGN"}
    first, again = (program.send("POST", "/api/items/", body, Idempotency_Key="box-1") for _ in range(2))
    assert first.get_data() == again.get_data()
    assert program.get("/api/items/?q=box&total=true")["pagination"]["total"] == 1


def test_who_may_only_read_changes_nothing(app, ours):
    viewer = Program.of(app, ours, "viewer")
    assert viewer.get("/api/taxes/")["success"]
    viewer.post("/api/taxes/", {"name": "VAT", "rate": "5"}, 403)
    reader = Program.of(app, ours, scopes=("catalog:read",))
    assert reader.post("/api/items/", {"name": "Box", "price": "1", "currency": "NGN"}, 403)["code"] == "forbidden"


def test_a_list_asks_the_database_no_more_often_for_many(app, program, vat):
    for number in range(12):
        box(program, name=f"Box {number}", tax_ids=[vat["id"]])
    item = box(program, tax_ids=[vat["id"]])
    for path in ("/api/items/?limit=10", f"/api/items/{item['id']}/", "/api/taxes/", f"/api/taxes/{vat['id']}/"):
        with app.app_context(), counted() as asked:
            program.get(path)
        assert len(asked) <= 4, asked
