"""The badge, what is overdue, and which move may be made from where."""

from datetime import date

import pytest

from app.invoices.rules import (
    MOVES,
    STATUSES,
    WrongState,
    is_overdue,
    move,
    payment_state,
    refuse_written_off,
    state,
    write_off_move,
)

TODAY = date(2026, 11, 20)
YESTERDAY = date(2026, 11, 19)
TOMORROW = date(2026, 11, 21)


@pytest.mark.parametrize(
    "total, balance, expected",
    [
        (1000, 1000, "unpaid"),
        (1000, 999, "part_paid"),
        (1000, 1, "part_paid"),
        (1000, 0, "paid"),
        (0, 0, "paid"),
        (1000, -5, "paid"),
    ],
)
def test_payment_state_follows_from_total_and_balance(total, balance, expected):
    assert payment_state(total, balance) == expected


@pytest.mark.parametrize(
    "total, written_off, expected",
    [(1000, 1000, "unpaid"), (1000, 400, "part_paid"), (1000, 1, "part_paid"), (1000, 0, "paid")],
)
def test_what_was_written_off_was_not_paid(total, written_off, expected):
    assert payment_state(total, 0, written_off) == expected


@pytest.mark.parametrize(
    "status, balance, due, overdue",
    [
        ("open", 1, YESTERDAY, True),
        ("open", 1, TODAY, False),  # it may still be paid today
        ("open", 1, TOMORROW, False),
        ("open", 0, YESTERDAY, False),
        ("open", 1, None, False),
        ("draft", 1, YESTERDAY, False),  # drafts are never chased
        ("void", 1, YESTERDAY, False),
        ("written_off", 1, YESTERDAY, False),
    ],
)
def test_only_an_open_invoice_with_a_balance_past_its_day_is_overdue(status, balance, due, overdue):
    assert is_overdue(status, balance, due, TODAY) is overdue


@pytest.mark.parametrize(
    "status, total, balance, due, badge",
    [
        ("void", 1000, 1000, YESTERDAY, "void"),
        ("void", 1000, 0, TOMORROW, "void"),
        ("written_off", 1000, 400, YESTERDAY, "written_off"),
        ("draft", 1000, 1000, YESTERDAY, "draft"),
        ("draft", 0, 0, None, "draft"),
        ("open", 1000, 0, YESTERDAY, "paid"),
        ("open", 0, 0, TOMORROW, "paid"),  # an issued zero-total invoice owes nothing
        ("open", 1000, 400, YESTERDAY, "overdue"),  # late weighs more than part paid
        ("open", 1000, 1000, YESTERDAY, "overdue"),
        ("open", 1000, 400, TODAY, "part_paid"),
        ("open", 1000, 1000, TODAY, "open"),
        ("open", 1000, 1000, None, "open"),
    ],
)
def test_the_badge_is_the_first_state_that_holds(status, total, balance, due, badge):
    assert state(status, total, balance, due, TODAY) == badge


ALLOWED = {
    ("draft", "issue"): "open",
    ("open", "void"): "void",
    ("open", "write_off"): "written_off",
    ("written_off", "recover"): "open",
    ("open", "pay"): "open",
    ("open", "credit"): "open",
    ("open", "revise"): "open",
}


REFUSED = {
    ("draft", "void"): "still a draft, so it cannot be voided",
    ("draft", "write_off"): "still a draft, so it cannot be written off",
    ("draft", "recover"): "still a draft, so it cannot be recovered",
    ("open", "issue"): "already issued, so it cannot be issued",
    ("open", "recover"): "not written off, so there is nothing to recover",
    ("void", "issue"): "void, so it cannot be issued",
    ("void", "void"): "void, so it cannot be voided",
    ("void", "write_off"): "void, so it cannot be written off",
    ("void", "recover"): "void, so it cannot be recovered",
    ("written_off", "issue"): "written off, so it cannot be issued",
    ("written_off", "void"): "written off. Recover it first, then void it",
    ("written_off", "write_off"): "written off already",
    ("draft", "pay"): "still a draft: issue it before money is recorded for it",
    ("void", "pay"): "void, so it cannot be paid",
    ("written_off", "pay"): "written off. Recover it first, then record the money",
    ("draft", "credit"): "still a draft, so it is edited and not credited",
    ("void", "credit"): "void, so it cannot be credited",
    ("written_off", "credit"): "written off. Recover it first, then credit it",
    ("draft", "revise"): "still a draft, so it is edited and not revised",
    ("void", "revise"): "void, so it cannot be revised",
    ("written_off", "revise"): "written off. Recover it first, then revise it",
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("verb", sorted(MOVES))
def test_a_move_is_made_only_from_where_the_table_allows(status, verb):
    if (status, verb) in ALLOWED:
        assert move(status, verb) == ALLOWED[status, verb]
    else:
        with pytest.raises(WrongState) as refused:
            move(status, verb)
        assert refused.value.current == status
        assert str(refused.value) == f"This document is {REFUSED[status, verb]}."


@pytest.mark.parametrize(
    "status, balance, sentence",
    [
        ("open", 0, "This document is paid, so there is nothing to write off."),
        ("draft", 0, "This document is still a draft, so it cannot be written off."),
        ("written_off", 0, "This document is written off already."),
        ("void", 0, "This document is void, so it cannot be written off."),
    ],
)
def test_only_what_is_owed_can_be_written_off(status, balance, sentence):
    assert write_off_move("open", 1) == "written_off"
    with pytest.raises(WrongState) as refused:
        write_off_move(status, balance)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("status", STATUSES)
def test_a_written_off_document_is_recovered_before_anything_else(status):
    if status != "written_off":
        refuse_written_off(status, "INV-1", "send it")
        return
    with pytest.raises(WrongState, match=r"^INV-1 is written off\. Recover it first, then send it\.$"):
        refuse_written_off(status, "INV-1", "send it")


def test_nothing_leads_back_to_draft_and_nothing_leads_out_of_void():
    assert all(step.target != "draft" and "void" not in step.sources for step in MOVES.values())


def test_a_refused_move_says_why():
    with pytest.raises(WrongState, match="This document is void, so it cannot be issued"):
        move("void", "issue")
    with pytest.raises(WrongState, match="This document is still a draft, so it cannot be voided"):
        move("draft", "void")
