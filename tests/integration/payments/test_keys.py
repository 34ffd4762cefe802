"""Keys of a payment company: kept encrypted, never shown again, tried, replaced, removed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app import clock
from app.extensions import db
from app.jobs import run_all
from app.jobs.schedule import insert_due
from app.payments.models import GatewayAccount
from app.payments.registry import account, gateway_for
from app.payments.service import accounts
from tests.contracts.fake_paystack import LIVE_KEY, OTHER_TEST_KEY, TEST_KEY, FakePaystack
from tests.support.story import Story, a_business

HERE = "/settings/payments/"


@pytest.fixture
def admin(harmattan: Story) -> FlaskClient:
    harmattan.app.config["WTF_CSRF_ENABLED"] = False
    return harmattan.visitor("admin")


def stored(story: Story) -> GatewayAccount | None:
    db.session.rollback()
    return account(story.business_id, "paystack")


def test_the_secret_is_encrypted_and_never_shown_again(harmattan: Story, admin: FlaskClient):
    kept = stored(harmattan)
    assert TEST_KEY not in kept.secret_encrypted
    page = admin.get(HERE).text
    assert "sk_test_…4567" in page
    assert TEST_KEY not in page
    assert TEST_KEY not in admin.post(HERE, data={"secret_key": TEST_KEY, "public_key": "no", "version": "1"}).text


def test_a_new_key_takes_over_with_its_mode(harmattan: Story, admin: FlaskClient):
    form = {"secret_key": f" {LIVE_KEY}\n", "public_key": "", "version": str(stored(harmattan).version)}
    assert admin.post(HERE, data=form).status_code == 303
    assert (stored(harmattan).mode, stored(harmattan).secret_hint) == ("live", "sk_live_…4567")
    assert gateway_for(harmattan.business_id).mode == "live"


def test_an_empty_secret_leaves_the_one_that_is_there(harmattan: Story, admin: FlaskClient):
    form = {"secret_key": "", "public_key": "pk_test_abc", "version": str(stored(harmattan).version)}
    assert admin.post(HERE, data=form).status_code == 303
    assert (stored(harmattan).public_key, stored(harmattan).secret_hint) == ("pk_test_abc", "sk_test_…4567")


@pytest.mark.parametrize(
    ("secret", "public", "field"),
    [
        ("pk_test_0123456789abcdef0123", "", "secret_key"),
        ("sk_test_1", "", "secret_key"),
        ("sk_test_ two words and a long tail", "", "secret_key"),
        ("sk_test_" + "x" * 10_000, "", "secret_key"),
        (TEST_KEY, "pk_live_abc", "public_key"),
        (TEST_KEY, "abc", "public_key"),
    ],
)
def test_keys_that_cannot_work_are_refused(harmattan: Story, admin: FlaskClient, secret: str, public: str, field: str):
    before = stored(harmattan).version
    answer = admin.post(HERE, data={"secret_key": secret, "public_key": public, "version": str(before)})
    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    assert stored(harmattan).version == before


def test_a_form_opened_before_somebody_else_saved_is_stale(harmattan: Story, admin: FlaskClient):
    accounts.save_account(harmattan.owner, OTHER_TEST_KEY, "", stored(harmattan).version, now=clock.now())
    answer = admin.post(HERE, data={"secret_key": LIVE_KEY, "public_key": "", "version": "1"})
    assert answer.status_code == 409
    assert stored(harmattan).mode == "test"


def test_trying_the_key_stores_what_paystack_says(harmattan: Story, admin: FlaskClient, paystack: FakePaystack):
    assert admin.post(HERE + "check/").status_code == 303
    assert "Connected to Paystack in test mode. The account holds NGN, USD." in admin.get(HERE).text
    paystack.keys.clear()
    admin.post(HERE + "check/")
    assert "Paystack does not accept this secret key." in admin.get(HERE).text


def test_removing_them_ends_online_payment_and_keeps_everything_else(harmattan: Story, admin: FlaskClient):
    harmattan.attempt(harmattan.issued())
    asked = admin.get(HERE + "remove/").text
    assert "One payment is still on the way" in asked
    assert admin.post(HERE + "remove/").status_code == 303
    assert stored(harmattan).secret_encrypted == ""
    assert gateway_for(harmattan.business_id).name == "demo"
    assert admin.post(HERE + "remove/").status_code == 404
    assert admin.post(HERE + "check/").status_code == 404


def test_staff_look_and_change_nothing(harmattan: Story):
    harmattan.app.config["WTF_CSRF_ENABLED"] = False
    staff = harmattan.visitor("staff")
    page = staff.get(HERE)
    assert page.status_code == 200
    assert "secret_key" not in page.text
    assert "Remove" not in page.text
    for path in ("", "check/", "remove/"):
        assert staff.post(HERE + path).status_code == 403


def test_the_trail_names_the_hint_and_not_the_key(harmattan: Story):
    from app.auth.queries import timeline

    events = timeline(harmattan.business_id, "gateway_account", stored(harmattan).id)
    assert TEST_KEY not in repr([event.changes for event in events])
    assert events[0].changes["secret_key"] == ["", "sk_test_…4567"]


def test_the_installation_s_keys_go_once_to_the_first_business_and_to_no_other(make_app):
    app = make_app(paystack_secret_key=LIVE_KEY, paystack_public_key="pk_live_abc")
    with app.app_context():
        insert_due()
        run_all()
        first, second = a_business(app, "First"), a_business(app, "Second")
        assert accounts.adopt_installation_keys(clock.now())
        assert not accounts.adopt_installation_keys(clock.now())
        assert (stored(first).mode, stored(first).public_key) == ("live", "pk_live_abc")
        assert stored(second) is None
        accounts.remove_account(first.owner, now=clock.now())
        assert not accounts.adopt_installation_keys(clock.now()), "what was taken away is not given back"


def test_keys_of_its_own_are_never_overwritten(make_app):
    app = make_app(paystack_secret_key=LIVE_KEY)
    with app.app_context():
        first = a_business(app)
        accounts.save_account(first.owner, TEST_KEY, "", 0, now=clock.now())
        assert not accounts.adopt_installation_keys(clock.now())
        assert stored(first).mode == "test"


def test_a_broken_key_of_the_installation_stops_nothing(make_app):
    app = make_app(paystack_secret_key="pk_live_mixed_up_with_the_public_one")
    with app.app_context():
        first = a_business(app)
        assert not accounts.adopt_installation_keys(clock.now())
        assert stored(first) is None


def test_a_person_without_the_role_cannot_even_by_the_service(harmattan: Story):
    from app.auth.rules import NotAllowed

    staff = replace(harmattan.owner, role="staff")
    for call in (
        lambda: accounts.save_account(staff, TEST_KEY, "", 1, now=clock.now()),
        lambda: accounts.check_account(staff, now=clock.now()),
        lambda: accounts.remove_account(staff, now=clock.now()),
    ):
        with pytest.raises(NotAllowed):
            call()
