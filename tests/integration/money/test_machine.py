"""Everything that can happen to money, in any order, on both databases; after every step `flask audit` finds nothing.

What the machine itself remembers of money that came and went is held against the journal besides.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from app import clock
from app.auth.models import Business
from app.auth.queries import get_business
from app.database import writing
from app.errors import DuelyError
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import CreditNote, Invoice
from app.invoices.queries.creditable import creditable_lines
from app.invoices.service.revising import begin_revision
from app.invoices.values import DraftValues, LineValues
from app.jobs import run_all
from app.jobs.models import Job
from app.ledger.models import ExchangeRate
from app.ledger.queries import account_balances
from app.ledger.rates import add_rate, correct_rate
from app.money import Money
from app.payments import service as payments
from app.payments.models import Payment, Refund
from app.payments.service.refunding import GivenBack
from tests.support.sound import violations
from tests.support.story import Click, Story, a_business

pytestmark = pytest.mark.engines("sqlite", "postgresql")
STEPS = 50
EXAMPLES, EXAMPLES_OF_THE_LONG_FORM = 8, 180
FEWEST, FEWEST_OF_THE_LONG_FORM = 250, 5_000
"""Steps on each of the two databases."""

prices = st.lists(
    st.sampled_from(["0.01", "0.07", "1", "19.99", "333.33", "1500", "9999999.99"]), min_size=1, max_size=3
)
shares = st.floats(min_value=0.001, max_value=1.3, allow_nan=False)
picks = st.integers(min_value=0, max_value=30)
currencies = st.sampled_from(["NGN", "NGN", "USD"])
rates = st.sampled_from([None, None, "1533.275", "1499.999999", "0.07"])
"""What somebody types; nothing is typed most of the time, and the table of rates may have none."""


class MoneyMoves(RuleBasedStateMachine):
    """A business, and everybody who can move its money."""

    app: Flask
    steps = 0

    @initialize(by_itself=st.booleans(), rounding=st.sampled_from(["line", "document"]))
    def opens(self, by_itself: bool, rounding: str) -> None:
        self.story: Story = a_business(self.app)
        with writing():
            home = db.session.get_one(Business, self.story.business_id)
            home.apply_credit, home.tax_rounding = by_itself, rounding
        self.today = clock.today(get_business(self.story.business_id).timezone)
        self.clicks: list[Click] = []
        self.notices: list[tuple[bytes, dict[str, str]]] = []
        self.cash = 0
        for price in ("1500", "19.99"):
            self.story.payment(self.story.issued(price), 2_000)
            self.cash += 2_000
        self.story.draft()

    # -- what is there -------------------------------------------------------------------------------------------------

    def _ids(self, model: Any, *conditions: Any) -> list[Any]:
        db.session.remove()
        query = select(model.id).where(model.business_id == self.story.business_id, *conditions).order_by(model.id)
        return list(db.session.scalars(query))

    def _one(self, pick: int, model: Any, *conditions: Any) -> Any:
        found = self._ids(model, *conditions)
        return found[pick % len(found)] if found else None

    def _get(self, model: Any, id: Any) -> Any:
        db.session.rollback()
        return db.session.get_one(model, (self.story.business_id, id), populate_existing=True)

    def _try(self, work: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """What a person is refused is refused in words; anything else is a fault."""
        try:
            return work(*given, now=clock.now(), **named)
        except DuelyError:
            return None

    # -- documents -----------------------------------------------------------------------------------------------------

    def _values(self, typed: list[str], currency: str = "NGN", rate: str | None = None) -> DraftValues:
        lines = tuple(
            LineValues(f"Line {n}", Decimal(n + 1), Decimal(price), tax_ids=(self.story.tax_id,) if n != 1 else ())
            for n, price in enumerate(typed)
        )
        discount = ("percent", Decimal(7)) if len(lines) == 2 else None
        at = Decimal(rate) if rate else None
        return DraftValues(
            currency, self.today, 14, client_id=self.story.client_id, discount=discount, lines=lines, rate=at
        )

    @rule(typed=prices, issue=st.booleans(), currency=currencies, rate=rates)
    def create(self, typed: list[str], issue: bool, currency: str, rate: str | None) -> None:
        made = invoices.create_draft(self.story.owner, self._values(typed, currency, rate), now=clock.now()).id
        if issue:
            invoices.issue(self.story.owner, made, now=clock.now())

    @rule(value=st.sampled_from(["1533.275", "1601.1", "0.000652200591"]))
    def rate(self, value: str) -> None:
        self._try(add_rate, self.story.owner, "USD", self.today, Decimal(value))

    @rule(pick=picks, value=st.sampled_from(["1540.111111111111", "3"]))
    def correct_rate(self, pick: int, value: str) -> None:
        if (one := self._one(pick, ExchangeRate)) is not None:
            self._try(correct_rate, self.story.owner, one, Decimal(value))

    @rule(pick=picks, typed=prices, currency=currencies, rate=rates)
    def edit(self, pick: int, typed: list[str], currency: str, rate: str | None) -> None:
        if (draft := self._one(pick, Invoice)) is not None:
            version, values = self._get(Invoice, draft).version, self._values(typed, currency, rate)
            self._try(invoices.save_draft, self.story.owner, draft, values, version=version)

    @rule(pick=picks)
    def issue(self, pick: int) -> None:
        if (draft := self._one(pick, Invoice, Invoice.status == "draft")) is not None:
            self._try(invoices.issue, self.story.owner, draft)

    @rule(pick=picks)
    def void(self, pick: int) -> None:
        if (one := self._one(pick, Invoice)) is not None:
            self._try(invoices.void, self.story.owner, one, "Twice")

    @rule(pick=picks)
    def write_off(self, pick: int) -> None:
        if (one := self._one(pick, Invoice)) is not None:
            self._try(invoices.write_off, self.story.owner, one, "Gone")

    @rule(pick=picks)
    def recover(self, pick: int) -> None:
        if (one := self._one(pick, Invoice, Invoice.status == "written_off")) is not None:
            self._try(invoices.recover, self.story.owner, one, "They wrote")

    @rule(pick=picks, typed=prices, issue=st.booleans())
    def revise(self, pick: int, typed: list[str], issue: bool) -> None:
        if (one := self._one(pick, Invoice)) is None:
            return
        draft = self._try(begin_revision, self.story.owner, one, "Wrong price")
        if draft is not None and issue:
            begun = self._get(Invoice, draft)
            values = self._values(typed, begun.currency)
            self._try(invoices.save_draft, self.story.owner, draft, values, version=begun.version)
            self._try(invoices.issue, self.story.owner, draft)

    # -- credit --------------------------------------------------------------------------------------------------------

    @rule(pick=picks, share=shares, settle=st.booleans())
    def credit(self, pick: int, share: float, settle: bool) -> None:
        if (one := self._one(pick, Invoice, Invoice.status != "draft")) is None:
            return
        lines = creditable_lines(self.story.business_id, one)
        amounts = {line.id: int(line.left_minor * share) for line in lines if int(line.left_minor * share)}
        self._try(payments.credit_invoice, self.story.owner, one, amounts, "Returned", settle=settle)

    @rule(pick=picks)
    def void_note(self, pick: int) -> None:
        if (one := self._one(pick, CreditNote)) is not None:
            self._try(payments.void_note, self.story.owner, one, "Mistake")

    @rule(pick=picks, other=picks, kind=st.sampled_from(["payment", "credit_note"]))
    def use(self, pick: int, other: int, kind: str) -> None:
        source = self._one(pick, Payment if kind == "payment" else CreditNote)
        one = self._one(other, Invoice)
        if source is not None and one is not None:
            self._try(payments.apply_credit, self.story.owner, source, one, kind=kind)

    # -- money ---------------------------------------------------------------------------------------------------------

    @rule(
        picked=st.lists(picks, min_size=1, max_size=3),
        share=shares,
        method=st.sampled_from(["cash", "cheque"]),
        currency=currencies,
        rate=rates,
    )
    def pay(self, picked: list[int], share: float, method: str, currency: str, rate: str | None) -> None:
        chosen = {self._one(pick, Invoice, Invoice.currency == currency) for pick in picked} - {None}
        owed = {one: self._get(Invoice, one).balance_minor for one in chosen}
        amount = int(sum(owed.values()) * share)
        spread = {one: min(minor, amount // len(owed)) for one, minor in owed.items()}
        at = Decimal(rate) if rate else None
        told = payments.Told(Money(amount, currency), method, self.today, rate=at)
        if spread and self._try(payments.record_money, self.story.owner, spread, told) is not None:
            self.cash += amount

    @rule(pick=picks)
    def reverse(self, pick: int) -> None:
        if (one := self._one(pick, Payment)) is None:
            return
        amount = self._get(Payment, one).amount_minor
        if self._try(payments.reverse_payment, self.story.owner, one, "Bounced") is not None:
            self.cash -= amount

    @rule(pick=picks, share=shares, kind=st.sampled_from(["payment", "credit_note"]))
    def refund(self, pick: int, share: float, kind: str) -> None:
        model = Payment if kind == "payment" else CreditNote
        if (one := self._one(pick, model)) is None:
            return
        row = self._get(model, one)
        amount = int((row.amount_minor if kind == "payment" else row.total_minor) * share)
        told = GivenBack(Money(amount, row.currency), "cash", self.today, "Asked for it")
        if self._try(payments.refund, self.story.owner, kind, one, told) is not None:
            self.cash -= amount

    @rule(pick=picks)
    def undo_refund(self, pick: int) -> None:
        if (one := self._one(pick, Refund)) is None:
            return
        amount = self._get(Refund, one).amount_minor
        if self._try(payments.undo_refund, self.story.owner, one, "Typed twice") is not None:
            self.cash += amount

    # -- the customer and the gateway ----------------------------------------------------------------------------------

    @rule(pick=picks, outcome=st.sampled_from(["succeed", "succeed", "fail"]))
    def go_to_the_bank(self, pick: int, outcome: str) -> None:
        owed = (Invoice.status == "open", Invoice.balance_minor >= 100, Invoice.currency == "NGN")
        if (one := self._one(pick, Invoice, *owed)) is None:
            return
        click = self.story.attempt(one)
        if click in self.clicks:
            return  # the page that was opened before and not used, or used and not heard of yet
        self.notices.append(self.story.pay_at_bank(click, outcome))
        self.clicks.append(click)

    def _came_online(self) -> int:
        query = select(Payment.amount_minor).where(Payment.business_id == self.story.business_id)
        db.session.remove()
        return sum(db.session.scalars(query.where(Payment.gateway.is_not(None))))

    @precondition(lambda self: self.notices)
    @rule(pick=picks)
    def webhook(self, pick: int) -> None:
        before = self._came_online()
        key = get_business(self.story.business_id).gateway_key
        payments.receive_webhook("demo", key, *self.notices[pick % len(self.notices)], now=clock.now())
        self.tick()
        self.cash += self._came_online() - before

    @precondition(lambda self: self.clicks)
    @rule(pick=picks)
    def callback(self, pick: int) -> None:
        before = self._came_online()
        click = self.clicks[pick % len(self.clicks)]
        payments.verify_now(self.story.business_id, click.id, now=clock.now())
        self.cash += self._came_online() - before

    def tick(self) -> None:
        """Let the jobs run that are due, except for those that draw."""
        with writing():
            drawing = (Job.state == "ready", Job.task == "invoices.print")
            db.session.execute(update(Job).where(*drawing).values(state="done"))
        db.session.remove()
        run_all()
        db.session.remove()

    # -- what always holds ---------------------------------------------------------------------------------------------

    @invariant()
    def the_books_are_sound(self) -> None:
        if not hasattr(self, "cash"):
            return
        type(self).steps += 1
        assert violations(self.story.business_id) == []
        books = account_balances(self.story.business_id)
        lies = sum(minor for (account, _), minor in books.items() if account.startswith("cash:"))
        assert lies == self.cash, f"{lies} lies in the journal's cash, {self.cash} came and stayed"


def run(app: Flask, examples: int, *, anew: bool) -> int:
    """Run so many stories. Returns the steps after which the books were looked at."""
    machine = type("Machine", (MoneyMoves,), {"app": app})
    how = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        derandomize=not anew,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    with app.app_context():
        run_state_machine_as_test(machine, settings=how)
    return int(machine.steps)  # type: ignore[attr-defined]


def test_whatever_happens_in_whatever_order_the_books_are_sound(app: Flask) -> None:
    assert run(app, EXAMPLES, anew=False) >= FEWEST


@pytest.mark.long
def test_whatever_happens_in_whatever_order_the_books_are_sound_for_long(app: Flask) -> None:
    assert run(app, EXAMPLES_OF_THE_LONG_FORM, anew=True) >= FEWEST_OF_THE_LONG_FORM
