"""Settings of a business: kept, refused, compared, shown to those who may only look."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.auth.models import AuditEvent, Business
from app.extensions import db
from app.storage.registry import storage
from tests.integration.auth.conftest import Visitor

WHO = {
    "name": "Obi Fibre", "legal_name": "Obi Fibre Ltd", "tax_id": "20418837-0001", "email": "office@obi.example.com",
    "phone": "0803 123 4567", "address": "14 Awolowo Avenue\r\nIbadan", "country": "NG", "colour": "#AA3300",
    "paper": "letter", "footer": "E ṣé!", "bank_details-0-label": "Bank", "bank_details-0-value": "GTBank",
    "bank_details-1-label": "", "bank_details-1-value": "",
}  # fmt: skip
HOW = {
    "number_pattern": "OF/{YY}/{000}", "credit_note_pattern": "CR-{YY}/{000}", "number_yearly": "y",
    "currency": "EUR", "terms_days": "30",
    "timezone": "Europe/Berlin", "language": "de", "tax_rounding": "document", "prices_include_tax": "y",
}  # fmt: skip


def version(browser: Visitor, url: str = "/settings/") -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', browser.get(url).text)
    assert found
    return found[1]


def save(browser: Visitor, url: str, typed: dict[str, str], **changes: str) -> Any:
    return browser.post(url, {"version": version(browser, url), **typed, **changes})


def stored(app: Flask) -> Business:
    with app.app_context():
        return db.session.scalars(select(Business)).one()


def test_who_the_business_is_is_stored_clean(app: Flask, ada: Visitor) -> None:
    assert save(ada, "/settings/", WHO).status_code == 303
    business = stored(app)
    assert business.phone == "+2348031234567"
    assert business.address == "14 Awolowo Avenue\nIbadan"
    assert business.colour == "#aa3300"
    assert business.bank_details == [{"label": "Bank", "value": "GTBank"}]
    assert (business.paper, business.footer, business.tax_id) == ("letter", "E ṣé!", "20418837-0001")


def test_how_documents_count_and_date_is_stored(app: Flask, ada: Visitor) -> None:
    assert save(ada, "/settings/documents/", HOW).status_code == 303
    business = stored(app)
    assert (business.number_pattern, business.number_yearly, business.terms_days) == ("OF/{YY}/{000}", True, 30)
    assert (business.currency, business.timezone, business.language) == ("EUR", "Europe/Berlin", "de")
    assert (business.tax_rounding, business.prices_include_tax) == ("document", True)


@pytest.mark.parametrize(
    "url, field, typed",
    [
        ("/settings/", "name", ""), ("/settings/", "name", "x" * 10_000), ("/settings/", "name", "a\x00b"),
        ("/settings/", "email", "nope"), ("/settings/", "phone", "123"), ("/settings/", "country", "XX"),
        ("/settings/", "colour", "red"), ("/settings/", "colour", "#12345g"), ("/settings/", "paper", "a3"),
        ("/settings/", "address", "x" * 10_000), ("/settings/", "footer", "\x07"),
        ("/settings/", "bank_details-0-label", "x" * 41),
        ("/settings/documents/", "number_pattern", "INV"), ("/settings/documents/", "number_pattern", "{0000}"),
        ("/settings/documents/", "number_pattern", "{{config}}{0}"), ("/settings/documents/", "number_pattern", ""),
        ("/settings/documents/", "currency", "XXX"), ("/settings/documents/", "terms_days", "-1"),
        ("/settings/documents/", "terms_days", "1e999"), ("/settings/documents/", "terms_days", "٣٠"),
        ("/settings/documents/", "terms_days", "366"), ("/settings/documents/", "timezone", "Mars/Base"),
        ("/settings/documents/", "timezone", "../../etc/passwd"), ("/settings/documents/", "language", "xx"),
        ("/settings/documents/", "tax_rounding", "never"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_and_nothing_is_saved(
    app: Flask, ada: Visitor, url: str, field: str, typed: str
) -> None:
    answer = save(ada, url, WHO if url == "/settings/" else HOW, **{field: typed})
    assert answer.status_code == 422
    assert 'class="du-err"' in answer.text
    kept = "office@obi.example.com" if url == "/settings/" and field != "email" else "Europe/Berlin"
    assert kept in answer.text or field in ("email", "timezone")
    business = stored(app)
    assert (business.legal_name, business.number_pattern, business.version) == ("", "INV-{YYYY}-{0000}", 1)


@pytest.mark.parametrize("role, status", [("viewer", 403), ("staff", 403), ("admin", 303)])
def test_admins_change_settings_and_everybody_sees_them(
    app: Flask, ada: Visitor, member: Callable[..., Visitor], role: str, status: int
) -> None:
    browser = member(role)
    page = browser.get("/settings/")
    assert page.status_code == 200
    assert ("<fieldset disabled>" in page.text) == (status == 403)
    assert save(browser, "/settings/", WHO).status_code == status
    assert stored(app).legal_name == ("Obi Fibre Ltd" if status == 303 else "")


def test_a_stale_save_shows_both_values_and_saving_again_is_a_decision(
    app: Flask, ada: Visitor, member: Callable[..., Visitor]
) -> None:
    admin = member("admin")
    opened = version(ada)
    assert save(admin, "/settings/", WHO, name="Obi Networks").status_code == 303
    answer = ada.post("/settings/", {**WHO, "name": "Obi Internet", "version": opened})
    assert answer.status_code == 409
    assert "Obi Networks" in answer.text
    assert 'value="Obi Internet"' in answer.text
    assert stored(app).name == "Obi Networks"
    again = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)
    assert again
    assert ada.post("/settings/", {**WHO, "name": "Obi Internet", "version": again[1]}).status_code == 303
    assert stored(app).name == "Obi Internet"


@pytest.mark.parametrize("old", ["", "abc", "0", "-1", "999999999999"])
def test_a_form_without_a_good_version_is_stale(ada: Visitor, old: str) -> None:
    assert ada.post("/settings/", {**WHO, "version": old}).status_code == 409


def test_columns_that_are_no_settings_cannot_be_written(app: Flask, ada: Visitor) -> None:
    before = stored(app).gateway_key
    save(ada, "/settings/", WHO, gateway_key="a" * 20, id="x", created_at="2000-01-01", logo_key="../x.png")
    assert (stored(app).gateway_key, stored(app).logo_key) == (before, "")


def test_the_trail_names_the_changed_fields_and_hides_personal_values(app: Flask, ada: Visitor) -> None:
    save(ada, "/settings/", WHO)
    save(ada, "/settings/documents/", HOW)
    with app.app_context():
        query = select(AuditEvent).where(AuditEvent.verb == "changed_settings").order_by(AuditEvent.id)
        who, how = db.session.scalars(query).all()
    assert {"legal_name", "tax_id", "email", "phone", "address"} <= set(who.changes)
    assert "name" not in who.changes
    assert who.changes["tax_id"][1].startswith("sha256:")
    assert "20418837" not in str(who.changes)
    assert how.changes["terms_days"] == [14, 30]


def test_nothing_changed_leaves_no_trace(app: Flask, ada: Visitor) -> None:
    save(ada, "/settings/documents/", HOW)
    before = stored(app).version
    assert save(ada, "/settings/documents/", HOW).status_code == 303
    assert stored(app).version == before


def test_the_pattern_is_shown_with_an_example_while_it_is_typed(ada: Visitor) -> None:
    def example(pattern: str) -> str:
        query = {"number_pattern": pattern, "number_yearly": "y"}
        return ada.get("/settings/documents/example/", query_string=query).text

    assert re.search(r"OF/\d\d/0042", example("OF/{YY}/{0000}"))
    assert "exactly one counter" in example("OF")
    assert "<script>" not in example("<script>{0}")
    assert example("\x00" * 50).startswith("<p")


def picture(form: str = "PNG", size: tuple[int, int] = (900, 300)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form)
    return out.getvalue()


def upload(browser: Visitor, raw: bytes, name: str = "logo.png") -> Any:
    answer = browser.post("/settings/logo/", {"logo": (io.BytesIO(raw), name)}, content_type="multipart/form-data")
    # The test client keeps a large body in a temporary file and leaves it open.
    answer.request.environ["wsgi.input"].close()
    return answer


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_and_served(app: Flask, ada: Visitor, form: str) -> None:
    assert ada.get("/settings/logo/").status_code == 404
    assert upload(ada, picture(form)).status_code == 303
    answer = ada.get("/settings/logo/")
    assert answer.mimetype == "image/png"
    assert Image.open(io.BytesIO(answer.data)).size == (361, 120)
    with app.app_context():
        business = db.session.scalars(select(Business)).one()
        assert Image.open(io.BytesIO(storage().get(business.logo_key))).size == (460, 153)
        assert business.logo_key.startswith(f"{business.id}/logos/")
    assert ada.post("/settings/logo/remove/").status_code == 303
    assert ada.get("/settings/logo/").status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"\x89PNG\r\n\x1a\n" + b"x" * 100,
        b"GIF89a" + b"x" * 50,
        b"x" * (2 * 1024 * 1024 + 1),
    ],
)
def test_what_is_no_picture_is_refused_beside_the_field(app: Flask, ada: Visitor, raw: bytes) -> None:
    answer = upload(ada, raw)
    assert answer.status_code == 422
    assert '<a href="/settings/" aria-current="page">Business</a>' in answer.text
    assert 'id="logo-err"' in answer.text
    assert stored(app).logo_key == ""


def test_uploading_a_logo_keeps_what_was_typed_beside_it(app: Flask, ada: Visitor) -> None:
    typed = WHO | {"version": version(ada), "logo": (io.BytesIO(picture()), "logo.png")}
    answer = ada.post("/settings/logo/", typed, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()
    assert answer.status_code == 200
    assert WHO["email"] in answer.text
    assert stored(app).logo_key
    assert stored(app).email != WHO["email"]
    again = re.search(r'name="version"[^>]*value="(\d+)"', answer.text).group(1)  # type: ignore[union-attr]
    assert ada.post("/settings/", WHO | {"version": again}).status_code == 303
    assert stored(app).email == WHO["email"]


def test_a_logo_that_was_chosen_is_kept_when_everything_is_saved(app: Flask, ada: Visitor) -> None:
    both = WHO | {"version": version(ada), "logo": (io.BytesIO(picture()), "logo.png")}
    answer = ada.post("/settings/", both, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()
    assert answer.status_code == 303
    assert stored(app).logo_key
    assert stored(app).email == WHO["email"]


def test_staff_cannot_change_the_logo(app: Flask, ada: Visitor, member: Callable[..., Visitor]) -> None:
    staff = member("staff")
    assert upload(staff, picture()).status_code == 403
    assert staff.post("/settings/logo/remove/").status_code == 403
    assert stored(app).logo_key == ""


def test_a_refused_save_asks_for_no_more_bank_details_each_time(ada: Visitor) -> None:
    def rows(page: str) -> set[str]:
        return set(re.findall(r'name="(bank_details-\d+)-label"', page))

    page = ada.get("/settings/").text
    offered = rows(page)
    for _ in range(3):
        blank = {f"{row}-{part}": "" for row in rows(page) for part in ("label", "value")}
        page = save(ada, "/settings/", {**WHO, **blank}, name="").text
        assert rows(page) == offered
