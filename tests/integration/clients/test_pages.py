"""The pages of clients, as a person uses them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from werkzeug.test import TestResponse

from app import clock
from app.clients import queries, service
from app.clients.models import Client
from app.clients.rules import ClientValues, ContactValues
from tests.support.tenants import Tenant

FORM = {"kind": "company", "name": "Okonkwo Logistics Ltd", "email": "", "country": "", "currency": "", "language": ""}


def make(tenant: Tenant, name: str = "Okonkwo", **values: object) -> Client:
    return service.create_client(tenant.owner, ClientValues(name=name, **values), now=clock.now())  # type: ignore[arg-type]


def text(response: TestResponse) -> str:
    return response.get_data(as_text=True)


def test_everything_that_was_typed_is_kept(harmattan: Tenant) -> None:
    sent = FORM | {
        "name": "  Adébáyọ̀ & Sons  ",
        "email": "Office@Adebayo.Example",
        "phone": "0803 123 4567",
        "country": "NG",
        "tax_id": "2041-0001",
        "address": "12 Broad Street\r\nLagos",
        "currency": "KES",
        "language": "yo",
        "terms_days": "30",
        "notes": "Pays late.\tReally.",
        "tags": "VIP, school,vip",
        "contacts-0-name": "Ngozi Eze",
        "contacts-0-email": "ngozi@adebayo.example",
        "contacts-0-gets_documents": "y",
        "contacts-1-name": "Tunde",
        "contacts-1-phone": "+44 20 7946 0958",
    }
    answer = harmattan.visitor("staff").post("/clients/new/", data=sent)
    assert answer.status_code == 303
    client = queries.get_client(harmattan.business_id, uuid.UUID(answer.location.split("/")[-2]))
    assert (client.name, client.email, client.phone) == ("Adébáyọ̀ & Sons", "Office@adebayo.example", "+2348031234567")
    assert (client.address, client.notes, client.terms_days) == ("12 Broad Street\nLagos", "Pays late.\tReally.", 30)
    assert (client.currency, client.language, client.country, client.tax_id) == ("KES", "yo", "NG", "2041-0001")
    assert queries.tags(harmattan.business_id, client.id) == ["school", "VIP"]
    people = [queries.contact_values(one) for one in queries.contacts(harmattan.business_id, client.id)]
    assert people == [
        ContactValues("Ngozi Eze", "ngozi@adebayo.example", "", True),
        ContactValues("Tunde", "", "+442079460958", False),
    ]


def test_a_client_needs_nothing_but_a_name_and_two_may_have_none_of_the_rest(harmattan: Tenant) -> None:
    visitor = harmattan.visitor()
    for _ in range(2):
        assert visitor.post("/clients/new/", data=FORM).status_code == 303
    assert queries.counts(harmattan.business_id) == (2, 0)


def test_the_same_address_twice_is_allowed_and_said(harmattan: Tenant) -> None:
    make(harmattan, "Zuri", email="ada@zuri.example")
    visitor = harmattan.visitor()
    answer = visitor.post("/clients/new/", data=FORM | {"email": "Ada@Zuri.example"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "Zuri has the same e-mail address" in text(answer)


BAD = [
    ("name", "", "Enter the client"),
    ("name", "x" * 10_000, "at most 200"),
    ("name", "a\x00b", "cannot be stored"),
    ("name", "\u2028", "Enter the client"),
    ("email", "nobody", "not an e-mail"),
    ("email", "a@b" + "c" * 10_000, "at most 254"),
    ("phone", "abc", "not a phone number"),
    ("phone", "0" * 39, "not a phone number"),
    ("address", "y" * 10_000, "at most 500"),
    ("country", "XX", "Choose a country"),
    ("country", "' or 1=1", "Choose a country"),
    ("currency", "BTC", "Choose a currency"),
    ("language", "tlh", "Choose a language"),
    ("kind", "robot", "Choose company or person"),
    ("terms_days", "-1", "0 or more"),
    ("terms_days", "366", "365 or less"),
    ("terms_days", "1.5", "whole number"),
    ("terms_days", "NaN", "digits 0 to 9"),
    ("terms_days", "1e999", "digits 0 to 9"),
    ("terms_days", "1_0", "digits 0 to 9"),
    ("terms_days", "٣٠", "digits 0 to 9"),
    ("terms_days", "9" * 30, "365 or less"),
    ("tags", "x" * 41, "at most 40"),
    ("tags", ",".join(f"t{n}" for n in range(13)), "at most 12"),
    ("notes", "n" * 10_000, "at most 4,000"),
    ("notes", "bell \x07", "cannot be stored"),
    ("tax_id", "1" * 65, "at most 64"),
    ("contacts-0-email", "nobody", "not an e-mail"),
    ("contacts-0-name", "z" * 10_000, "at most 200"),
]


@pytest.mark.parametrize("field, typed, sentence", BAD)
def test_what_cannot_be_used_is_refused_beside_its_field_and_still_there(
    harmattan: Tenant, field: str, typed: str, sentence: str
) -> None:
    kept = {"tags": "school", "notes": "Remember me"} | {field: typed}
    answer = harmattan.visitor().post("/clients/new/", data=FORM | kept)
    assert answer.status_code == 422
    assert sentence in text(answer).replace("&#39;", "'")
    assert "Remember me" in text(answer) or field == "notes"
    assert queries.counts(harmattan.business_id) == (0, 0)


@pytest.mark.parametrize("name", ["contacts-²-name", "contacts-" + "9" * 5000 + "-name", "contacts-٣-name", "contacts"])
def test_rows_with_odd_names_break_nothing(harmattan: Tenant, name: str) -> None:
    assert harmattan.visitor().post("/clients/new/", data=FORM | {name: "x"}).status_code == 303


def test_more_contacts_than_fit_are_refused_and_none_is_lost(harmattan: Tenant) -> None:
    rows = {f"contacts-{n}-name": f"Person {n}" for n in range(21)}
    answer = harmattan.visitor().post("/clients/new/", data=FORM | rows)
    assert answer.status_code == 422
    assert "at most 20 contacts" in text(answer)
    assert "Person 20" in text(answer)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_contact_rows_are_added_and_removed_without_losing_a_word(harmattan: Tenant, headers: dict[str, str]) -> None:
    visitor = harmattan.visitor()
    rows = {"contacts-0-name": "Ngozi", "contacts-1-name": "Tunde"}
    more = text(visitor.post("/clients/new/", data=FORM | rows | {"add_contact": "1"}, headers=headers))
    assert "contacts-2-name" in more
    assert "contacts-3-name" not in more
    fewer = text(visitor.post("/clients/new/", data=FORM | rows | {"remove_contact": "0"}, headers=headers))
    assert "Ngozi" not in fewer
    assert 'value="Tunde"' in fewer
    assert "contacts-1-name" not in fewer
    assert ("<html" in fewer) is not bool(headers)
    for nonsense in ("7", "-1", "²", "x" * 9000):
        answer = visitor.post("/clients/new/", data=FORM | {"name": ""} | {"remove_contact": nonsense}, headers=headers)
        assert answer.status_code == 422


def test_a_stale_save_shows_both_values_and_can_be_decided(harmattan: Tenant) -> None:
    client = make(harmattan, "Zuri", tags=("shop",))
    visitor = harmattan.visitor()
    mine = FORM | {"name": "Zuri Textiles", "version": str(client.version), "tags": "shop"}
    service.change_client(harmattan.owner, client.id, ClientValues("Zuri Ltd", tags=("shop",)), 1, now=clock.now())
    refused = visitor.post(f"/clients/{client.id}/edit/", data=mine)
    assert refused.status_code == 409
    assert "Zuri Ltd" in text(refused)
    assert 'value="Zuri Textiles"' in text(refused)
    assert 'name="version" type="hidden" value="2"' in text(refused)
    assert queries.get_client(harmattan.business_id, client.id).name == "Zuri Ltd"
    assert visitor.post(f"/clients/{client.id}/edit/", data=mine | {"version": "2"}).status_code == 303
    assert queries.get_client(harmattan.business_id, client.id).name == "Zuri Textiles"


@pytest.mark.parametrize("version", ["", "0", "x", "-1", "9" * 30, "٢"])
def test_a_save_without_a_version_is_stale(harmattan: Tenant, version: str) -> None:
    client = make(harmattan)
    answer = harmattan.visitor().post(f"/clients/{client.id}/edit/", data=FORM | {"version": version})
    assert answer.status_code == 409


def test_a_client_goes_to_the_archive_and_comes_back(harmattan: Tenant) -> None:
    client, visitor = make(harmattan, "Zuri"), harmattan.visitor("staff")
    assert "Archive Zuri?" in text(visitor.get(f"/clients/{client.id}/archive/"))
    assert visitor.post(f"/clients/{client.id}/archive/").status_code == 303
    assert ">Zuri</a>" not in text(visitor.get("/clients/"))
    assert ">Zuri</a>" in text(visitor.get("/clients/?show=archived"))
    assert "Zuri" not in text(visitor.get("/clients/search/?q=zuri"))
    assert "Archived on" in text(visitor.get(f"/clients/{client.id}/"))
    assert visitor.post(f"/clients/{client.id}/restore/").status_code == 303
    assert ">Zuri</a>" in text(visitor.get("/clients/"))


def test_archiving_many_says_what_became_of_each(harmattan: Tenant, savannah: Tenant) -> None:
    first, second, foreign = make(harmattan, "Zuri"), make(harmattan, "Ada"), make(savannah, "Theirs")
    service.archive_client(harmattan.owner, second.id, now=clock.now())
    ids = [str(first.id), str(second.id), str(foreign.id), str(uuid.uuid4()), "nonsense", str(first.id)]
    page = text(harmattan.visitor().post("/clients/archive/", data={"ids": ids}))
    assert "Of 4 chosen, 1 changed" in page
    assert "Was archived already" in page
    assert page.count("There is no such client") == 2
    assert "Theirs" not in page
    assert queries.get_client(savannah.business_id, foreign.id).archived_at is None


def test_a_viewer_reads_and_changes_nothing(harmattan: Tenant) -> None:
    client, viewer = make(harmattan, "Zuri"), harmattan.visitor("viewer")
    for path in ("/clients/", f"/clients/{client.id}/", "/clients/search/?q=z"):
        assert viewer.get(path).status_code == 200
    assert "New client" not in text(viewer.get("/clients/"))
    for path in ("/clients/new/", f"/clients/{client.id}/edit/", f"/clients/{client.id}/archive/"):
        assert viewer.get(path).status_code == 403
        assert viewer.post(path, data=FORM).status_code == 403
    for path in ("/clients/quick/", "/clients/archive/", "/clients/restore/"):
        assert viewer.post(path, data={"name": "x", "ids": str(client.id)}).status_code == 403
    assert queries.counts(harmattan.business_id) == (1, 0)


@pytest.mark.parametrize("verb", ["", "edit/", "archive/", "restore/"])
def test_another_business_client_is_nothing_at_all(harmattan: Tenant, savannah: Tenant, verb: str) -> None:
    foreign, visitor = make(savannah, "Theirs", tags=("secret",)), harmattan.visitor()
    answers = [visitor.get(f"/clients/{id}/{verb}") for id in (foreign.id, uuid.uuid4())]
    if verb:
        answers += [visitor.post(f"/clients/{id}/{verb}", data=FORM) for id in (foreign.id, uuid.uuid4())]
    assert {answer.status_code for answer in answers} == {404}
    assert "Theirs" not in "".join(text(answer) for answer in answers)
    kept = queries.get_client(savannah.business_id, foreign.id)
    assert (kept.name, kept.archived_at, kept.version) == ("Theirs", None, 1)
    assert "Theirs" not in text(visitor.get("/clients/?tag=secret"))


def test_the_list_finds_narrows_and_pages(harmattan: Tenant) -> None:
    for n in range(60):
        make(harmattan, f"Client {n:02}", tags=("even",) if n % 2 == 0 else ())
    visitor, seen, url = harmattan.visitor(), [], "/clients/?tag=even&sort=newest"
    while url:
        page = text(visitor.get(url))
        seen += [f"Client {n:02}" for n in range(59, -1, -1) if f">Client {n:02}</a>" in page]
        marks = page.split('rel="next"')[0].rsplit('href="', 1)[-1].split('"')[0] if 'rel="next"' in page else ""
        url = marks.replace("&amp;", "&")
        assert not url or "tag=even" in url
    assert seen == [f"Client {n:02}" for n in range(58, -1, -2)]
    assert visitor.get("/clients/?q=%00%25&tag=%00&cursor=%00&show=x&sort=x").status_code == 200
    assert "Nobody found" in text(visitor.get("/clients/?q=%25"))


def test_htmx_gets_the_rows_and_everybody_else_the_page(harmattan: Tenant) -> None:
    make(harmattan)
    visitor = harmattan.visitor()
    part = visitor.get("/clients/?q=oko", headers={"HX-Request": "true"})
    assert text(part).lstrip().startswith('<div id="client-list">')
    assert "HX-Request" in part.headers["Vary"]
    assert "<html" in text(visitor.get("/clients/?q=oko"))


def test_an_empty_business_is_led_to_its_first_client(harmattan: Tenant) -> None:
    assert "Add your first client" in text(harmattan.visitor().get("/clients/"))
    assert "Add your first client" not in text(harmattan.visitor("viewer").get("/clients/"))


def test_the_invoice_editor_makes_a_client_and_picks_it(harmattan: Tenant) -> None:
    visitor = harmattan.visitor("staff")
    made = visitor.post("/clients/quick/", data={"name": "Zuri", "email": "a@zuri.example"})
    [client] = queries.search_clients(harmattan.business_id, "zuri")
    assert made.status_code == 200
    assert f'name="client_id" value="{client.id}"' in text(made)
    wrong = visitor.post("/clients/quick/", data={"name": "", "email": "no"})
    assert wrong.status_code == 422
    assert "Enter the client" in text(wrong)
    assert f'data-id="{client.id}"' in text(visitor.get("/clients/search/?q=ZURI"))
    assert "No client matches" in text(visitor.get("/clients/search/?q=%25"))


def test_every_page_escapes_what_was_typed(harmattan: Tenant) -> None:
    attack = '"><script>alert(1)</script>'
    client = make(harmattan, attack, email="a@b.example", notes=attack, address=attack, tags=("<b>",))
    visitor = harmattan.visitor()
    for path in ("/clients/", f"/clients/{client.id}/", f"/clients/{client.id}/edit/", "/clients/search/?q=script"):
        assert "<script>alert" not in text(visitor.get(path))
    assert "<script>alert" not in text(visitor.get("/clients/", query_string={"q": attack, "tag": attack}))


def test_a_day_is_the_one_on_the_wall_of_the_business(harmattan: Tenant) -> None:
    late = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    service.create_client(harmattan.owner, ClientValues("Zuri"), now=late)
    assert "1 Apr 2026" in text(harmattan.visitor().get("/clients/"))
