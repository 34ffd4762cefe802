"""Page or fragment, toasts, events, redirects: what a browser with and without htmx gets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask import Flask, get_flashed_messages, make_response, request
from flask.testing import FlaskClient
from jinja2 import DictLoader

from app.web import htmx

HTMX = {"HX-Request": "true"}


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "only for this test"
    app.jinja_loader = DictLoader({"page.html": "<html>{{ word }}</html>", "_part.html": "<p>{{ word }}</p>"})

    @app.get("/list/")
    def index():  # type: ignore[no-untyped-def]
        return htmx.page_or_fragment("page.html", "_part.html", word="hello")

    @app.post("/save/")
    def save():  # type: ignore[no-untyped-def]
        return htmx.invalid("page.html", "_part.html", word="too long")

    @app.post("/go/")
    def go():  # type: ignore[no-untyped-def]
        return htmx.redirect_to("/list/", toast=request.args.get("toast", "Saved"), undo_url="/undo/")

    @app.post("/tell/")
    def tell():  # type: ignore[no-untyped-def]
        htmx.toast("₦500 recorded")
        return htmx.trigger(make_response("done"), "invoice-paid", {"row": {"id": 7}})

    @app.post("/tell-and-go/")
    def tell_and_go():  # type: ignore[no-untyped-def]
        htmx.toast("Sent", "bad")
        return htmx.redirect_to("/list/")

    @app.get("/said/")
    def said():  # type: ignore[no-untyped-def]
        return {"said": [[kind, message] for kind, message in get_flashed_messages(with_categories=True)]}

    @app.route("/closed/", methods=["GET", "POST"])
    def closed():  # type: ignore[no-untyped-def]
        return htmx.signed_out()

    return app


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


@pytest.mark.parametrize(
    "headers, body",
    [
        ({}, "<html>hello</html>"),
        (HTMX, "<p>hello</p>"),
        (HTMX | {"HX-Boosted": "true"}, "<html>hello</html>"),
        (HTMX | {"HX-History-Restore-Request": "true"}, "<html>hello</html>"),
        ({"HX-Request": "yes"}, "<html>hello</html>"),
    ],
    ids=["plain", "htmx", "boosted link", "restored history", "not htmx"],
)
def test_only_htmx_asking_for_a_part_gets_the_part(client: FlaskClient, headers: dict[str, str], body: str) -> None:
    response = client.get("/list/", headers=headers)
    assert response.text == body
    assert response.vary.to_header() == "HX-Request"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refused_form_is_422_in_both_worlds(client: FlaskClient, headers: dict[str, str]) -> None:
    response = client.post("/save/", headers=headers)
    assert response.status_code == 422
    assert "too long" in response.text


def test_after_a_plain_post_the_browser_is_sent_on_with_303(client: FlaskClient) -> None:
    response = client.post("/go/")
    assert (response.status_code, response.headers["Location"]) == (303, "/list/")


def test_htmx_is_sent_on_by_a_header_it_can_read(client: FlaskClient) -> None:
    response = client.post("/go/", headers=HTMX)
    assert (response.status_code, response.headers["HX-Redirect"]) == (200, "/list/")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_toast_of_a_redirect_is_said_once_on_the_next_page(client: FlaskClient, headers: dict[str, str]) -> None:
    client.post("/go/", headers=headers)
    assert client.get("/said/").json == {"said": [["ok", {"message": "Saved", "undo": "/undo/"}]]}
    assert client.get("/said/").json == {"said": []}


def test_toasts_that_nobody_sees_do_not_fill_the_cookie(client: FlaskClient) -> None:
    for number in range(100):
        response = client.post(f"/go/?toast=Saved {number}")
    assert len(response.headers["Set-Cookie"]) < 1000
    assert [told["message"] for _, told in client.get("/said/").json["said"]] == ["Saved 97", "Saved 98", "Saved 99"]


def test_the_same_toast_waits_once(client: FlaskClient) -> None:
    for toast in ("Saved", "Sent", "Saved"):
        client.post(f"/go/?toast={toast}")
    assert [told["message"] for _, told in client.get("/said/").json["said"]] == ["Sent", "Saved"]


def test_a_toast_for_htmx_rides_on_the_answer_beside_other_events(client: FlaskClient) -> None:
    header = client.post("/tell/", headers=HTMX).headers["HX-Trigger"]
    assert header.isascii()
    assert json.loads(header) == {
        "invoice-paid": None,
        "row": {"id": 7},
        "toast": {"message": "₦500 recorded", "kind": "ok", "undo": None},
    }
    assert client.get("/said/").json == {"said": []}


def test_a_toast_without_htmx_waits_for_the_next_page(client: FlaskClient) -> None:
    assert "toast" not in client.post("/tell/").headers["HX-Trigger"]
    assert client.get("/said/").json == {"said": [["ok", {"message": "₦500 recorded", "undo": None}]]}


def test_a_toast_for_htmx_waits_when_the_page_is_left(client: FlaskClient) -> None:
    response = client.post("/tell-and-go/", headers=HTMX)
    assert "HX-Trigger" not in response.headers
    assert client.get("/said/").json == {"said": [["bad", {"message": "Sent", "undo": None}]]}


def test_a_signed_out_reader_comes_back_to_the_page_with_its_query(client: FlaskClient) -> None:
    response = client.get("/closed/?q=a%26b&page=2")
    assert response.status_code == 302
    assert response.headers["Location"] == "/login/?next=/closed/%3Fq%3Da%2526b%26page%3D2"


def test_a_signed_out_post_does_not_come_back_to_a_verb(client: FlaskClient) -> None:
    assert client.post("/closed/").headers["Location"] == "/login/"


def test_signed_out_htmx_leaves_the_page_instead_of_showing_a_login_in_a_cell(client: FlaskClient) -> None:
    response = client.post("/closed/", headers=HTMX | {"HX-Current-URL": "https://duely.example/clients/?q=x"})
    assert response.status_code == 401
    assert response.text == ""
    assert response.headers["HX-Redirect"] == "/login/?next=/clients/%3Fq%3Dx"


@pytest.mark.parametrize("url", ["/", "/invoices/", "/invoices/?q=a&state=open", "/a#b", "/ọ̀rẹ́/"])
def test_a_path_of_ours_is_a_place_to_come_back_to(url: str) -> None:
    assert htmx.safe_next(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "invoices/",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example/",
        "/\n/evil.example/",
        "\t//evil.example/",
        " //evil.example/",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "/a\x00b",
    ],
)
def test_nobody_is_sent_to_another_site(url: str | None) -> None:
    assert htmx.safe_next(url, default="/home/") == "/home/"
