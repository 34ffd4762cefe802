"""Limits per minute: counted for the right one, answered with a page, and never a reason for a 500."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask
from limits import RateLimitItemPerSecond
from limits.strategies import MovingWindowRateLimiter

from app.web.limits import KeptMemory
from tests.support.story import a_business

pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def limited(make_app: Callable[..., Flask]) -> Callable[..., Flask]:
    """Makes applications that count; keywords are settings."""
    return lambda **settings: make_app(rate_limits_enabled=True, **settings)


def statuses(browser, url: str, times: int, **options) -> list[int]:
    return [browser.get(url, **options).status_code for _ in range(times)]


def test_who_asks_too_often_gets_a_page_that_says_when_to_come_back(limited):
    stranger = limited(rate_limit_anonymous=3).test_client()
    assert statuses(stranger, "/login/", 3) == [200, 200, 200]
    answer = stranger.get("/login/")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.mimetype == "text/html"
    assert answer.headers["X-Request-ID"] in answer.text


def test_probes_and_files_are_not_counted(limited):
    stranger = limited(rate_limit_anonymous=2).test_client()
    assert set(statuses(stranger, "/health/", 10)) == {200}
    assert 429 not in statuses(stranger, "/static/css/app.css", 10)
    assert statuses(stranger, "/login/", 2) == [200, 200]


def test_a_forged_address_is_still_the_same_one(limited):
    stranger = limited(rate_limit_anonymous=3).test_client()
    answers = [stranger.get("/login/", headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(5)]
    assert answers == [200, 200, 200, 429, 429]


def test_behind_a_trusted_proxy_people_have_addresses_of_their_own(limited):
    stranger = limited(rate_limit_anonymous=2, trusted_proxies=1).test_client()
    answers = [stranger.get("/login/", headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(5)]
    assert answers == [200] * 5
    # What the proxy's own visitor claims stands before what the proxy adds, and does not count.
    claims = [stranger.get("/login/", headers={"X-Forwarded-For": f"9.9.9.{n}, 10.0.1.1"}) for n in range(4)]
    assert [answer.status_code for answer in claims] == [200, 200, 429, 429]


def test_an_office_behind_one_address_is_not_one_visitor(limited):
    app = limited(rate_limit_authenticated=4)
    with app.app_context():
        story = a_business(app)
        first, second = story.visitor(), story.visitor("staff")
    url = "/account/businesses/"
    assert statuses(first, url, 5) == [200] * 4 + [429]
    assert statuses(second, url, 4) == [200] * 4


@pytest.mark.parametrize(
    "url, setting", [("/login/", "rate_limit_login"), ("/password/forgot/", "rate_limit_reset")], ids=["login", "reset"]
)
def test_doors_have_a_limit_of_their_own(limited, url, setting):
    app = limited(**{setting: 2})
    app.config["WTF_CSRF_ENABLED"] = False
    browsers = [app.test_client() for _ in range(4)]
    form = {"email": "nobody@example.com", "password": "wrong"}
    answers = [browser.post(url, data=form).status_code for browser in browsers]
    assert 429 not in answers[:2]
    assert answers[2:] == [429, 429]
    assert browsers[0].get(url).status_code == 200


@pytest.mark.redis
@pytest.mark.parametrize("how", ["stop", "pause"])
def test_without_redis_limits_are_counted_in_memory_and_nobody_waits(limited, own_redis, how):
    stranger = limited(redis_url=own_redis.url, rate_limit_anonymous=3).test_client()
    assert statuses(stranger, "/login/", 1) == [200]
    getattr(own_redis, how)()
    began = time.monotonic()
    answers = statuses(stranger, "/login/", 6)
    assert time.monotonic() - began < 20
    assert set(answers) <= {200, 429}
    assert answers[-1] == 429
    if how == "pause":
        own_redis.resume()


@pytest.mark.redis
def test_processes_that_share_a_redis_share_the_count(limited, redis_url, monkeypatch):
    monkeypatch.setattr("app.web.limits.REDIS_SECONDS", 30.0)
    first, second = (limited(redis_url=redis_url, rate_limit_anonymous=3).test_client() for _ in range(2))
    assert statuses(first, "/login/", 2) == [200, 200]
    assert statuses(second, "/login/", 2) == [200, 429]


def test_a_redis_that_was_never_there_is_no_reason_not_to_start(limited, tmp_path):
    stranger = limited(redis_url=f"unix://{tmp_path}/nobody", rate_limit_anonymous=2).test_client()
    assert statuses(stranger, "/login/", 3) == [200, 200, 429]


def test_opening_links_that_do_not_exist_counts_for_the_address(limited):
    stranger = limited(rate_limit_anonymous=3).test_client()
    assert [stranger.get(f"/i/{n:043d}/").status_code for n in range(5)] == [404, 404, 404, 429, 429]


@pytest.mark.redis
def test_forged_notices_and_guessed_links_are_answered_without_redis(limited, own_redis):
    app = limited(redis_url=own_redis.url)
    with app.app_context():
        story = a_business(app)
    key = story.visitor().get("/settings/payments/").text.split("/webhooks/paystack/")[1].split("/")[0]
    stranger = app.test_client()
    own_redis.stop()
    assert stranger.post(f"/webhooks/demo/{key}/", data=b"{}").status_code == 401
    assert stranger.get(f"/i/{'x' * 43}/").status_code == 404


def test_counting_in_memory_starts_no_thread_with_each_request_and_forgets_what_is_over(limited, monkeypatch):
    assert limited().config["RATELIMIT_STORAGE_URI"] == "kept-memory://"
    monkeypatch.setattr("app.web.limits.SWEEP_SECONDS", 3.0)
    storage = KeptMemory()
    storage.timer.join(60)
    window, second = MovingWindowRateLimiter(storage), RateLimitItemPerSecond(100, 3)
    assert window.hit(second, "ada")
    sweeper = storage.timer
    assert all(window.hit(second, "ada") for _ in range(20))
    assert storage.timer is sweeper
    assert any(storage.events.values())
    time.sleep(3.1)
    window.hit(second, "bola")
    storage.timer.join(60)
    assert not any("ada" in key for key, entries in storage.events.items() if entries)
