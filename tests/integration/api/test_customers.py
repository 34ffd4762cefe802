"""Customers by the API."""

from __future__ import annotations


def test_a_customer_is_added_read_changed_and_found(program):
    added = program.post("/api/customers/", {"name": "Ada", "email": "ada@example.com", "phone": "08031234567"}, 201)
    ada = added["data"]
    assert ada["phone"] == "+2348031234567"
    assert added["success"] is True
    changed = program.patch(f"/api/customers/{ada['id']}/", {"notes": "Ring twice", "tags": ["Fibre"]})["data"]
    assert (changed["notes"], changed["tags"], changed["email"]) == ("Ring twice", ["Fibre"], "ada@example.com")
    assert changed["version"] == ada["version"] + 1
    found = program.get("/api/customers/?q=ring%20ada&limit=1&total=1")
    assert found["data"] == []
    found = program.get("/api/customers/?q=ada&total=1")
    assert [one["id"] for one in found["data"]] == [ada["id"]]
    assert found["pagination"]["total"] == 1


def test_what_is_wrong_is_said_by_its_path(program):
    refused = program.post("/api/customers/", {"name": "Ada", "email": "no", "contacts": [{"phone": "1"}]}, 422)
    assert set(refused["errors"]) == {"email", "contacts.0.phone"}
    assert refused["code"] == "validation_error"
    refused = program.post("/api/customers/", {"nmae": "Ada"}, 422)
    assert refused["errors"] == {"name": ["This is needed."], "nmae": ["There is no such field here."]}


def test_a_stale_change_is_told_what_stands_now(program):
    ada = program.post("/api/customers/", {"name": "Ada"}, 201)["data"]
    program.patch(f"/api/customers/{ada['id']}/", {"notes": "first"}, If_Match='"1"')
    stale = program.patch(f"/api/customers/{ada['id']}/", {"notes": "second"}, 412, If_Match='"1"')
    assert stale["current"]["notes"] == "first"
    assert program.get(f"/api/customers/{ada['id']}/")["data"]["notes"] == "first"


def test_the_same_key_does_it_once(program):
    first = program.send("POST", "/api/customers/", {"name": "Ada"}, Idempotency_Key="k1")
    again = program.send("POST", "/api/customers/", {"name": "Ada"}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_data() == again.get_data()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.headers["Location"] == again.headers["Location"]
    refused = program.post("/api/customers/", {"name": "Bo"}, 422, Idempotency_Key="k1")
    assert refused["code"] == "idempotency_key_reused"
    assert program.get("/api/customers/?total=1&q=ada")["pagination"]["total"] == 1
