"""Cookies, hosts and headers: what the outside world can and cannot make of a request."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie

import pytest
from flask import Flask

from tests.support.story import PASSWORD, a_business

pytestmark = pytest.mark.engines("sqlite")
SECURE = {"site_url": "https://pay.example.com", "allowed_hosts": ("pay.example.com",)}
CREDENTIALS = {"email": "ada@example.com", "password": PASSWORD}


def sign_up(app: Flask, base_url: str = "http://localhost"):
    """A browser whose owner just signed up, and the cookie it was given."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    form = {**CREDENTIALS, "name": "Ada Obi", "business_name": "Obi Fibre", "country": "NG"}
    answer = browser.post("/signup/", data=form, base_url=base_url)
    assert answer.status_code == 303, answer.text
    return browser, cookie_of(answer)


def cookie_of(answer):
    cookies = SimpleCookie()
    for header in answer.headers.getlist("Set-Cookie"):
        cookies.load(header)
    return next(iter(cookies.values()))


def bearing(app: Flask, value: str, name: str = "duely"):
    """A fresh browser with a copy of a cookie."""
    thief = app.test_client()
    thief.set_cookie(name, value)
    return thief


# -- cookies -----------------------------------------------------------------------------------------------------------


def test_over_http_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(make_app):
    _, cookie = sign_up(make_app())
    assert (cookie.key, cookie["path"], cookie["samesite"]) == ("duely", "/", "Lax")
    assert cookie["httponly"] is True
    assert not cookie["secure"]
    assert not cookie["domain"]


def test_over_https_it_is_bound_to_this_host_and_never_sent_in_the_clear(make_app):
    _, cookie = sign_up(make_app(**SECURE), base_url=SECURE["site_url"])
    assert (cookie.key, cookie["path"], cookie["samesite"]) == ("__Host-duely", "/", "Lax")
    assert cookie["httponly"] is True
    assert cookie["secure"] is True
    assert not cookie["domain"]


def test_a_copy_of_the_cookie_is_worth_nothing_after_signing_out(make_app):
    app = make_app()
    browser, cookie = sign_up(app)
    assert bearing(app, cookie.value).get("/account/").status_code == 200
    browser.post("/logout/")
    answer = bearing(app, cookie.value).get("/account/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/")


def test_signing_in_gives_a_new_cookie_so_that_nobody_can_plant_one(make_app):
    app = make_app()
    _, first = sign_up(app)
    victim = bearing(app, first.value)
    second = cookie_of(victim.post("/login/", data=CREDENTIALS))
    assert second.value != first.value
    assert bearing(app, first.value).get("/account/").status_code == 302
    assert bearing(app, second.value).get("/account/").status_code == 200


@pytest.mark.parametrize("value", ["", "x" * 3900, "eyJzaWQiOiJhIn0.forged.signature", "null"])
def test_a_forged_cookie_is_a_stranger_s(make_app, value):
    assert bearing(make_app(), value).get("/account/").status_code == 302


# -- hosts and proxies -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example", "a b", "["])
def test_a_host_that_is_not_ours_is_refused(make_app, host):
    answer = make_app().test_client().get("/login/", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil.example" not in answer.text


def test_probes_come_by_address_and_are_refused_like_everybody_else_unless_listed(make_app):
    app = make_app(allowed_hosts=("pay.example.com", "10.0.0.7"))
    assert app.test_client().get("/health/", headers={"Host": "10.0.0.7"}).status_code == 200


def test_links_in_mails_begin_with_our_address_whatever_host_was_asked(make_app):
    from app.jobs import run_all
    from app.messages.registry import installation_channel

    app = make_app(site_url="https://pay.example.com", allowed_hosts=("pay.example.com", "other.example"))
    sign_up(app, base_url="https://pay.example.com")
    headers = {"Host": "other.example", "X-Forwarded-Host": "evil.example", "Origin": "https://other.example"}
    app.test_client().post("/password/forgot/", data=CREDENTIALS, headers=headers)
    with app.app_context():
        run_all()
        box = installation_channel()
        letters = [box.get(summary.id) for summary in box.list()]
    assert len(letters) == 2
    for letter in letters:
        links = re.findall(r"https?://[^\s\"'<>]+", letter.text + (letter.html or ""))
        ours = [link for link in links if "www.w3.org" not in link]
        assert ours
        assert all(link.startswith("https://pay.example.com/") for link in ours), ours


def test_forwarded_headers_mean_nothing_by_default(make_app):
    app = make_app(**SECURE)
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Forwarded-For": "1.2.3.4"}
    browser = app.test_client()
    answer = browser.get("/account/", headers=forged, base_url=SECURE["site_url"])
    assert answer.headers["Location"].startswith("/login/")
    with app.app_context():
        story = a_business(app)
    assert story.owner.ip == ""


# -- headers -----------------------------------------------------------------------------------------------------------


def test_pages_allow_no_script_but_ours_and_no_frame(make_app):
    headers = make_app().test_client().get("/login/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_the_nonce_is_new_on_every_page(make_app):
    browser = make_app().test_client()
    found = [re.search(r"'nonce-([^']+)'", browser.get("/login/").headers["Content-Security-Policy"]) for _ in range(2)]
    assert all(found)
    assert found[0][1] != found[1][1]


def test_only_https_asks_browsers_to_stay_with_https(make_app):
    plain = make_app().test_client().get("/login/")
    assert "Strict-Transport-Security" not in plain.headers
    secure = make_app(**SECURE).test_client().get("/login/", base_url=SECURE["site_url"])
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]


def test_pages_of_a_secret_link_tell_it_to_nobody(make_app):
    answer = make_app().test_client().get("/password/reset/no-such-secret/")
    assert answer.status_code == 404
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/%09/evil.example"])
def test_signing_in_leads_nowhere_else(make_app, target):
    app = make_app()
    sign_up(app)
    answer = app.test_client().post("/login/", query_string={"next": target}, data=CREDENTIALS)
    assert answer.status_code == 303
    assert "evil" not in answer.headers["Location"] or answer.headers["Location"].startswith("/%09")


def test_a_program_s_cookie_is_neither_read_nor_set(make_app):
    browser, _ = sign_up(make_app())
    answer = browser.get("/api/auth/me/")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert browser.get("/account/").status_code == 200, "a visit to the API ends no session"
