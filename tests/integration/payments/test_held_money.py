"""Money that was held, given by staff to whom it belongs: asked about once more, booked once, in its own currency."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from app import clock
from app.auth.models import AuditEvent
from app.errors import Invalid, NotFound
from app.extensions import db
from app.jobs import run_all
from app.payments import service as payments
from app.payments.errors import AlreadyBooked
from app.payments.gateways.errors import GatewayError
from app.payments.models import HeldMoney, Payment
from app.payments.queries import client_credit
from app.payments.service.matching import Target
from tests.contracts.fake_paystack import TEST_KEY, FakePaystack
from tests.contracts.fake_paystack.books import Transaction
from tests.integration.portal.conftest import Customer
from tests.support.program import Program
from tests.support.sound import violations
from tests.support.story import a_business

DUE = 322_500
Arrives = Callable[..., uuid.UUID]


@pytest.fixture(autouse=True)
def sound(customer: Customer) -> Iterator[None]:
    yield
    assert violations(customer.story.business_id) == []


@pytest.fixture
def arrives(customer: Customer, paystack: FakePaystack, notify: Callable[..., int]) -> Arrives:
    """Money comes under a reference Duely did not make; the id under which it is held."""

    def come(minor: int = DUE, currency: str = "NGN", reference: str = "TRF-0001") -> uuid.UUID:
        known = Transaction(77, TEST_KEY, reference, minor, currency, "a@lekki.example", {}, status="success")
        paystack.books.transactions[(TEST_KEY, reference)] = known
        assert notify(*paystack.notice(reference)) == 200
        db.session.remove()
        run_all()
        db.session.remove()
        return held(customer)[-1].id

    return come


def held(customer: Customer) -> list[HeldMoney]:
    db.session.rollback()
    mine = select(HeldMoney).where(HeldMoney.business_id == customer.story.business_id)
    return list(db.session.scalars(mine.order_by(HeldMoney.id).execution_options(populate_existing=True)))


def give(customer: Customer, held_id: uuid.UUID, kind: str, id: uuid.UUID) -> Payment:
    db.session.remove()
    return payments.match_held(customer.story.owner, held_id, Target(kind, id), now=clock.now())


def credit(customer: Customer) -> dict[str, int]:
    db.session.rollback()
    return client_credit(customer.story.business_id, customer.story.client_id)


@pytest.mark.parametrize(
    "minor, balance, left", [(DUE, 0, {}), (100_000, DUE - 100_000, {}), (400_000, 0, {"NGN": 77_500})]
)
def test_it_pays_the_invoice_and_the_rest_is_credit(customer, arrives: Arrives, minor, balance, left):
    held_id = arrives(minor)
    payment_id = give(customer, held_id, "invoice", customer.invoice_id).id
    assert customer.invoice().balance_minor == balance
    assert credit(customer) == left
    [payment] = customer.payments()
    assert (payment.id, payment.gateway_reference, payment.amount_minor) == (payment_id, "TRF-0001", minor)
    [row] = held(customer)
    assert row.resolution == f"Matched to {customer.invoice().number}"
    told = select(AuditEvent.verb).where(AuditEvent.object_id == held_id).order_by(AuditEvent.id)
    assert list(db.session.scalars(told)) == ["money_held", "held_money_matched"]


def test_what_the_company_says_now_counts_and_not_what_was_held(customer, paystack, arrives: Arrives):
    held_id = arrives(50_000)
    paystack.books.transactions[(TEST_KEY, "TRF-0001")].overrides = {"amount": 30_000}
    give(customer, held_id, "invoice", customer.invoice_id)
    assert [payment.amount_minor for payment in customer.payments()] == [30_000]


def test_matching_twice_books_once(customer, arrives: Arrives):
    held_id = arrives()
    first = give(customer, held_id, "invoice", customer.invoice_id).id
    assert give(customer, held_id, "invoice", customer.invoice_id).id == first
    other = customer.story.issued()
    with pytest.raises(AlreadyBooked):
        give(customer, held_id, "invoice", other)
    assert len(customer.payments()) == 1


def test_another_currency_is_refused_and_can_be_kept_as_credit_in_it(customer, arrives: Arrives):
    held_id = arrives(5_000, "USD")
    with pytest.raises(Invalid) as caught:
        give(customer, held_id, "invoice", customer.invoice_id)
    assert "This money is in USD" in caught.value.errors["target"][0]
    assert customer.payments() == []
    give(customer, held_id, "client", customer.story.client_id)
    assert credit(customer) == {"USD": 5_000}
    assert customer.invoice().balance_minor == DUE


def test_what_did_not_come_is_not_booked(customer, paystack, arrives: Arrives):
    held_id = arrives()
    known = paystack.books.transactions[(TEST_KEY, "TRF-0001")]
    known.status = "reversed"
    with pytest.raises(Invalid, match="does not say that this payment succeeded"):
        give(customer, held_id, "invoice", customer.invoice_id)
    known.status, known.overrides = "success", {"domain": "live"}
    with pytest.raises(Invalid):
        give(customer, held_id, "invoice", customer.invoice_id)
    known.overrides = {}
    paystack.fail_next("500", on="/transaction/verify")
    with pytest.raises(GatewayError):
        give(customer, held_id, "invoice", customer.invoice_id)
    assert (customer.payments(), held(customer)[0].resolved_at) == ([], None)
    give(customer, held_id, "invoice", customer.invoice_id)
    assert len(customer.payments()) == 1


def test_nothing_of_another_business_can_be_matched(customer, arrives: Arrives):
    held_id = arrives()
    other = a_business(customer.story.app, "Other")
    theirs = other.issued()
    with pytest.raises(NotFound):
        give(customer, held_id, "invoice", theirs)
    with pytest.raises(NotFound):
        give(customer, held_id, "client", other.client_id)
    with pytest.raises(NotFound):
        payments.match_held(other.owner, held_id, Target("invoice", theirs), now=clock.now())
    assert customer.payments() == []


def test_what_was_dismissed_is_not_matched_any_more(customer, arrives: Arrives):
    held_id = arrives()
    payments.resolve_held(customer.story.owner, held_id, "Sent back by hand", now=clock.now())
    with pytest.raises(AlreadyBooked):
        give(customer, held_id, "invoice", customer.invoice_id)


def test_staff_do_it_on_the_page(customer, paystack, arrives: Arrives):
    held_id = arrives()
    number, invoice_id = customer.invoice().number, customer.invoice_id
    staff = customer.story.visitor("staff")
    path = f"/payments/held/{held_id}/match/"
    assert path in staff.get("/payments/").text
    page = staff.get(path + "?q=" + number).text
    assert number in page
    key = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    bad = staff.post(path, data={"csrf_token": key})
    assert (bad.status_code, "Choose an invoice or a client." in bad.text) == (422, True)
    assert staff.post(path, data={"csrf_token": key, "target": "invoice:7"}).status_code == 422
    paystack.fail_next("500", on="/transaction/verify")
    slow = staff.post(path, data={"csrf_token": key, "target": f"invoice:{invoice_id}"})
    assert (slow.status_code, "Nothing was booked yet." in slow.text) == (422, True)
    done = staff.post(path, data={"csrf_token": key, "target": f"invoice:{invoice_id}"})
    assert (done.status_code, "/payments/" in done.location) == (303, True)
    assert staff.get(path).status_code == 404
    assert customer.story.visitor("viewer").get(path).status_code == 403
    assert customer.invoice().balance_minor == 0


@pytest.fixture
def program(customer: Customer) -> Program:
    return Program.of(customer.story.app, customer.story)


AT = "/api/billing/held-money/"


def test_a_program_matches_it_to_an_invoice_once(customer, program, arrives: Arrives):
    held_id = arrives(400_000)
    [listed] = program.get(AT)["data"]
    assert (listed["id"], listed["reference"], listed["amount"]["minor"], listed["matchable"]) == (
        str(held_id),
        "TRF-0001",
        400_000,
        True,
    )
    at = f"{AT}{held_id}/match/"
    for _ in range(2):
        payment = program.post(at, {"invoice_id": str(customer.invoice_id)})["data"]
        assert (payment["amount"]["minor"], payment["left"]["minor"], payment["flags"]) == (
            400_000,
            77_500,
            ["matched"],
        )
    assert program.post(at, {"customer_id": str(customer.story.client_id)})["data"]["id"] == payment["id"]
    assert program.post(at, {"invoice_id": str(customer.story.issued())}, 409)["code"] == "conflict"
    assert program.get(AT)["data"] == []
    assert len(customer.payments()) == 1


def test_a_program_is_told_by_the_field_why_it_cannot_be_matched(customer, program, arrives: Arrives):
    at = f"{AT}{arrives(5_000, 'USD')}/"
    invoice, client = str(customer.invoice_id), str(customer.story.client_id)
    assert program.post(at + "match/", {"invoice_id": invoice}, 422)["errors"].keys() == {"invoice_id"}
    for body in ({}, {"invoice_id": invoice, "customer_id": client}):
        assert program.post(at + "match/", body, 422)["errors"].keys() == {"invoice_id"}
    program.post(at + "match/", {"customer_id": str(uuid.uuid4())}, 404)
    program.post(f"{AT}{uuid.uuid4()}/match/", {"customer_id": client}, 404)
    assert program.post(at + "resolve/", {"resolution": " "}, 422)["errors"].keys() == {"resolution"}
    staff = Program.of(customer.story.app, customer.story, "staff")
    staff.post(at + "resolve/", {"resolution": "Given back"}, 403)
    Program.of(customer.story.app, customer.story, "viewer").post(at + "match/", {"customer_id": client}, 403)
    stranger = Program.of(customer.story.app, a_business(customer.story.app, "Savannah", "Koko"))
    assert stranger.get(AT)["data"] == []
    stranger.post(at + "resolve/", {"resolution": "Mine"}, 404)
    assert program.post(at + "resolve/", {"resolution": "Given back"})["data"] is None
    program.post(at + "resolve/", {"resolution": "Given back"}, 404)
    assert (customer.payments(), held(customer)[0].resolution) == ([], "Given back")
