"""The parts that pages are made of: fields, states, amounts, toasts, error pages."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask, flash, g, render_template
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from app.money import Money
from app.web import filters

ROOT = Path(__file__).resolve().parents[3]


class BusinessForm(Form):
    name = StringField("Business name", [InputRequired("Say what the business is called."), Length(max=80)])
    address = TextAreaField("Address")
    terms = SelectField("Terms", choices=[SelectChoice("7", "7 days"), SelectChoice("14", "14 days")])
    inclusive = BooleanField("Prices include tax")
    rounding = RadioField(
        "Round tax", choices=[SelectChoice("line", "Per line"), SelectChoice("document", "Per document")]
    )
    secret = PasswordField("Secret key")
    version = HiddenField()


@pytest.fixture
def app() -> Flask:
    app = Flask("macros", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.secret_key = "only for this test"
    filters.register(app)
    app.jinja_env.globals.update(csrf_token=lambda: "token-of-this-session", csp_nonce=lambda: "nonce")
    return app


def draw(app: Flask, call: str, **context: Any) -> BeautifulSoup:
    """The result of one macro call, parsed."""
    source = "{% import 'shared/macros.html' as ui %}{{ ui." + call + " }}"
    with app.test_request_context("/"):
        return BeautifulSoup(app.jinja_env.from_string(source).render(**context), "html.parser")


def one(soup: BeautifulSoup, selector: str) -> Tag:
    found = soup.select(selector)
    assert len(found) == 1, f"{selector}: {soup}"
    return found[0]


def refused(**typed: str) -> BusinessForm:
    form = BusinessForm(MultiDict(typed))
    assert not form.validate()
    return form


def test_a_field_has_a_label_and_points_to_its_hint_and_its_message(app: Flask) -> None:
    soup = draw(app, "field(f, 'As on your letters')", f=refused(name="").name)
    field = one(soup, "input")
    assert one(soup, "label")["for"] == field["id"]
    assert field["aria-invalid"] == "true"
    words = [one(soup, f"#{name}").get_text(strip=True) for name in str(field["aria-describedby"]).split()]
    assert words == ["Say what the business is called.", "As on your letters"]


def test_a_field_that_is_well_points_to_nothing(app: Flask) -> None:
    field = one(draw(app, "field(f)", f=BusinessForm().name), "input")
    assert "aria-invalid" not in field.attrs
    assert "aria-describedby" not in field.attrs


def test_what_was_typed_is_kept_and_escaped(app: Flask) -> None:
    form = refused(name="", address='</textarea><script>"')
    assert one(draw(app, "field(f, rows=3)", f=form.address), "textarea").get_text().strip() == '</textarea><script>"'


@pytest.mark.parametrize(
    "name, selector",
    [
        ("name", "input[type=text].form-control"),
        ("address", "textarea.form-control"),
        ("terms", "select.form-select"),
        ("inclusive", "label > input[type=checkbox].form-check-input"),
        ("secret", "input[type=password]"),
        ("version", "input[type=hidden]"),
    ],
)
def test_each_kind_of_field_is_drawn_as_itself(app: Flask, name: str, selector: str) -> None:
    one(draw(app, "field(f)", f=BusinessForm()[name]), selector)


def test_choices_stand_in_a_named_group(app: Flask) -> None:
    soup = draw(app, "field(f)", f=BusinessForm(MultiDict({"rounding": "line"})).rounding)
    assert one(soup, "fieldset > legend").get_text(strip=True) == "Round tax"
    assert [(box["value"], box.has_attr("checked")) for box in soup.select("input[type=radio]")] == [
        ("line", True),
        ("document", False),
    ]


def test_a_secret_is_never_written_back(app: Flask) -> None:
    soup = draw(app, "field(f)", f=refused(name="", secret="sk_live_1").secret)
    assert "sk_live_1" not in str(soup)


def test_attributes_of_the_page_author_reach_the_field(app: Flask) -> None:
    soup = draw(app, "field(f, prefix='₦', class_='num', inputmode='decimal', data_x='1')", f=BusinessForm().name)
    field = one(soup, "input")
    assert {"form-control", "num"} <= set(field["class"])
    assert (field["inputmode"], field["data-x"]) == ("decimal", "1")
    assert one(soup, ".input-group-text").get_text() == "₦"


def test_the_summary_leads_to_every_refused_field(app: Flask) -> None:
    soup = draw(app, "form_errors(form)", form=refused(name="", terms="99"))
    assert [a["href"] for a in soup.select("li a")] == ["#name", "#terms", "#rounding"]
    assert "3 fields need another look" in soup.get_text()
    assert one(soup, "[role=alert]")["tabindex"] == "-1"


def test_a_form_that_is_well_has_no_summary(app: Flask) -> None:
    assert draw(app, "form_errors(form)", form=BusinessForm()).get_text(strip=True) == ""


@pytest.mark.parametrize(
    "minor, currency, text",
    [
        (123625000, "NGN", "₦1,236,250.00"),
        (-184000, "EUR", "−€1,840.00"),
        (500, "JPY", "¥500"),
        (0, "NGN", "₦0.00"),
    ],
)
def test_an_amount_is_whole_when_it_is_read_or_copied(app: Flask, minor: int, currency: str, text: str) -> None:
    assert draw(app, "money(m)", m=Money(minor, currency)).get_text() == text


def test_the_currency_stands_where_the_reader_expects_it(app: Flask) -> None:
    with app.test_request_context("/"):
        g.locale = "de"
        source = "{% from 'shared/macros.html' import money %}{{ money(amount) }}"
        drawn = app.jinja_env.from_string(source).render(amount=Money(125000, "EUR"))
    assert BeautifulSoup(drawn, "html.parser").get_text() == "1.250,00\u00a0€"


def test_no_amount_is_a_dash(app: Flask) -> None:
    assert draw(app, "money(m)", m=None).get_text() == "–"


STATES = ["draft", "open", "soon", "part_paid", "paid", "overdue", "void", "written_off"]


def test_states_differ_by_word_and_by_ring_and_not_only_by_colour(app: Flask) -> None:
    drawn = [draw(app, "state(kind)", kind=kind) for kind in STATES]
    assert len({soup.get_text(strip=True) for soup in drawn}) == len(STATES)
    assert len({str(one(soup, "svg")) for soup in drawn}) == len(STATES)


def test_a_state_that_nobody_foresaw_is_still_shown(app: Flask) -> None:
    assert draw(app, "state('disputed')").get_text(strip=True) == "disputed"


def test_a_toast_with_undo_posts_with_the_key_of_this_session(app: Flask) -> None:
    form = one(draw(app, "toast('Voided', undo='/invoices/7/restore/')"), "form")
    assert (form["method"], form["action"]) == ("post", "/invoices/7/restore/")
    assert one(BeautifulSoup(str(form), "html.parser"), "[name=csrf_token]")["value"] == "token-of-this-session"


def test_the_pager_leads_only_where_there_is_more(app: Flask) -> None:
    soup = draw(app, "pager(page)", page=SimpleNamespace(prev_url=None, next_url="/invoices/?after=x"))
    assert [a["href"] for a in soup.select("a[href]")] == ["/invoices/?after=x"]
    alone = draw(app, "pager(page)", page=SimpleNamespace(prev_url=None, next_url=None))
    assert alone.get_text(strip=True) == ""


def test_an_address_may_break_after_the_at_sign_and_still_works(app: Flask) -> None:
    link = one(draw(app, "email('a&b@okonkwo.example')"), "a")
    assert (link["href"], link.get_text()) == ("mailto:a&b@okonkwo.example", "a&b@okonkwo.example")


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 413, 418, 422, 429, 500, 502, 503])
def test_every_error_says_what_happened_and_gives_a_reference_to_nobody_in_particular(app: Flask, code: int) -> None:
    with app.test_request_context("/"):
        page = BeautifulSoup(render_template("errors/error.html", code=code, reference="7F3K"), "html.parser")
    assert one(page, "h1").get_text(strip=True)
    assert "7F3K" in page.get_text()
    assert str(code) in page.get_text()


def test_the_own_sentence_of_an_error_stands_in_its_page(app: Flask) -> None:
    with app.test_request_context("/"):
        page = render_template("errors/_error.html", code=409, reference="", what="It was <paid> already.")
    assert "It was &lt;paid&gt; already." in page


ME = SimpleNamespace(
    name="Tolu Bakare",
    email="tolu@harmattan.example",
    initials="TB",
    role="owner",
    verified=True,
    business_name="Harmattan Fibre",
    business_initials="HF",
    memberships=[("1", "Harmattan Fibre")],
    locale="en-NG",
)


def shell(app: Flask, path: str, me: Any) -> BeautifulSoup:
    with app.test_request_context(path):
        flash({"message": "Saved", "undo": None}, "ok")  # type: ignore[arg-type]
        flash("Not sent", "error")
        return BeautifulSoup(render_template("base.html", me=me), "html.parser")


@pytest.mark.parametrize(
    "path, room", [("/", "Dashboard"), ("/invoices/7/", "Invoices"), ("/settings/team/", "Settings")]
)
def test_the_shell_shows_which_room_this_is(app: Flask, path: str, room: str) -> None:
    chosen = shell(app, path, ME).select(".du-side [aria-current=page]")
    assert [link.get_text(strip=True) for link in chosen] == [room]


def test_the_shell_says_what_happened_before(app: Flask) -> None:
    toasts = shell(app, "/", ME).select("#toasts .du-toast")
    assert [(box.get_text(strip=True), "bad" in box["class"]) for box in toasts] == [
        ("Saved", False),
        ("Not sent", True),
    ]


def test_signing_out_is_a_post_with_the_key(app: Flask) -> None:
    for form in shell(app, "/", ME).select("form[action='/logout/']"):
        assert form["method"] == "post"
        assert form.select("[name=csrf_token]")


def test_only_people_who_have_not_confirmed_are_reminded_of_it(app: Flask) -> None:
    waiting = SimpleNamespace(**{**vars(ME), "verified": False})
    assert "Confirm tolu@harmattan.example" in shell(app, "/", waiting).get_text()
    assert "Confirm tolu@harmattan.example" not in shell(app, "/", ME).get_text()


def test_the_shell_stands_without_anybody_in_it(app: Flask) -> None:
    assert not shell(app, "/", None).select("nav")
