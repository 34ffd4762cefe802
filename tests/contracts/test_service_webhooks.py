"""Webhooks that switch services: signed, to public addresses only, never redirected, and judged by their answer."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trustme

from app.billing.drivers.base import User
from app.billing.drivers.errors import CannotList, DriverError, NotAllowed, Refused, Unreachable
from app.billing.drivers.reaching import allowed
from tests.contracts.fake_receiver import Receiver, run_receiver
from tests.contracts.networks import HURRIED, webhook

ADA = User("ada", "home20", "10.9.0.2", "02:00:00:00:00:01", "018f-subscription")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One with a subscriber."""
    with run_receiver(services={"ada": "active"}) as running:
        yield running


def test_what_is_said_names_the_service_and_is_signed(receiver: Receiver):
    webhook(receiver).suspend(ADA)
    [said] = receiver.heard
    assert said["action"] == "suspend"
    assert said["user"] == {"username": "ada", "subscription": "018f-subscription", "ip": "10.9.0.2",
                            "mac": "02:00:00:00:00:01", "profile": "home20"}  # fmt: skip
    assert receiver.host == f"127.0.0.1:{receiver.port}"
    with pytest.raises(Refused, match="401"):
        webhook(receiver, secret="another key").suspend(ADA)


def test_letters_of_any_alphabet_stand_in_an_address(receiver: Receiver):
    webhook(receiver, address=f"http://127.0.0.1:{receiver.port}/büro/hook?von=Ṣẹ́gun&mit=%20").suspend(ADA)
    assert receiver.path == "/b%C3%BCro/hook?von=%E1%B9%A2%E1%BA%B9%CC%81gun&mit=%20"


@pytest.mark.parametrize(
    "code, kind, permanent",
    [(400, Refused, True), (403, Refused, True), (404, Refused, True), (429, DriverError, False),
     (500, DriverError, False), (503, DriverError, False)],
)  # fmt: skip
def test_the_answer_says_whether_a_retry_makes_sense(code: int, kind: type[DriverError], permanent: bool):
    with run_receiver(code=code) as receiver, pytest.raises(DriverError, match=str(code)) as caught:
        webhook(receiver).suspend(ADA)
    assert (type(caught.value), caught.value.permanent) == (kind, permanent)


def test_a_redirect_is_not_followed(receiver: Receiver):
    elsewhere = f"http://127.0.0.1:{receiver.port}/"
    with run_receiver(code=307, location=elsewhere) as first, pytest.raises(Refused, match="307, a redirect"):
        webhook(first).suspend(ADA)
    assert receiver.heard == []


@pytest.mark.parametrize("behaviour", [{"silent": True}, {"slow": 0.1}])
def test_who_is_silent_or_talks_without_end_is_unreachable(behaviour: dict[str, Any]):
    with run_receiver(**behaviour) as receiver, pytest.raises(Unreachable):
        webhook(receiver, patience=HURRIED).suspend(ADA)


def test_nothing_private_is_called_unless_a_setting_says_so(receiver: Receiver):
    for address in ("http://127.0.0.1:1/", "https://10.0.0.1/", "https://192.168.88.1/", "https://169.254.169.254/",
                    "https://[::1]/", "https://[fd00::1]/", "https://100.64.0.1/"):  # fmt: skip
        with pytest.raises(NotAllowed):
            webhook(receiver, address=address, networks=()).suspend(ADA)
    assert receiver.heard == []


@pytest.mark.parametrize(
    "address, public, private",
    [("8.8.8.8", True, True), ("10.0.0.1", False, True), ("192.168.88.1", False, True), ("127.0.0.1", False, False),
     ("169.254.169.254", False, False), ("::1", False, False), ("fe80::1%eth0", False, False), ("fd00::1", False, True),
     ("::ffff:10.0.0.1", False, True), ("224.0.0.1", False, False), ("0.0.0.0", False, False)],
)  # fmt: skip
def test_where_webhooks_and_routers_may_be(address: str, public: bool, private: bool):
    assert allowed(address, (), private=False) is public
    assert allowed(address, (), private=True) is private
    assert allowed(address, ("0.0.0.0/0", "::/0"), private=False)


def test_http_without_s_only_goes_where_a_setting_allows(receiver: Receiver):
    with pytest.raises(Refused, match="https"):
        webhook(receiver, address="http://8.8.8.8/", networks=()).suspend(ADA)


def test_a_receiver_that_only_does_what_it_is_told_cannot_be_compared():
    with run_receiver(bare=True, services={"ada": "active"}) as receiver:
        webhook(receiver).suspend(ADA)
        assert receiver.services == {"ada": "suspended"}
        with pytest.raises(CannotList):
            webhook(receiver).list_states([ADA])
        with pytest.raises(CannotList):
            webhook(receiver).status(ADA)


def test_a_certificate_nobody_vouches_for_is_refused():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with run_receiver(context) as receiver, pytest.raises(Refused, match="certificate"):
        webhook(receiver, address=f"https://127.0.0.1:{receiver.port}/").suspend(ADA)
    assert receiver.heard == []
