"""Paystack as a real HTTP server: stricter than its own specification about what it is asked, official in its answers.

The specification requires no request body, takes any reference and knows no minimums; the real thing does. So this
one refuses what the real one would, keeps books of the money and a journal of every call, sends signed notices, and
fails on request. In a test: `with run_fake_paystack() as fake`. As a process of its own, for tests that kill things:
`python -m tests.contracts.fake_paystack`, steered with `RemotePaystack`.
"""

from tests.contracts.fake_paystack.books import Card, Dispute, Refund, Transaction
from tests.contracts.fake_paystack.journal import Call, Delivery
from tests.contracts.fake_paystack.keys import LIVE_KEY, OTHER_TEST_KEY, TEST_KEY
from tests.contracts.fake_paystack.remote import RemotePaystack, start_fake_paystack
from tests.contracts.fake_paystack.server import FAILURES, run_fake_paystack
from tests.contracts.fake_paystack.service import FakePaystack, Refusal

__all__ = [
    "FAILURES",
    "LIVE_KEY",
    "OTHER_TEST_KEY",
    "TEST_KEY",
    "Call",
    "Card",
    "Delivery",
    "Dispute",
    "FakePaystack",
    "Refund",
    "Refusal",
    "RemotePaystack",
    "Transaction",
    "run_fake_paystack",
    "start_fake_paystack",
]
