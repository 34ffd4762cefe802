"""Money given back in parts, down to the last unit: of a payment, over a payment company, of a document."""

from __future__ import annotations

from random import Random

from app.invoices.rules import compute, credited_part
from app.money import MAX_MINOR, Money, parse_amount, plain
from app.payments.gateways import paystack_money
from app.payments.rules import allocate, given_up, oldest_first
from tests.unit.money_cases.crediting import figures
from tests.unit.money_cases.kinds import kind
from tests.unit.money_cases.making import CURRENCIES, amount, document, parts


def typed(minor: int, currency: str) -> int:
    """An amount as somebody types it into the form, in minor units again: what is given back is what was typed."""
    return parse_amount(plain(Money(minor, currency)), currency).minor


@kind(10)
def refunds_of_all_parts_of_a_payment(chance: Random) -> None:
    """Credit goes first and then the newest invoice; in however many parts, the parts are the payment and no unit more.

    After each part the money is either given back, credit, or settles an invoice, and it makes no difference whether
    what went so far went at once.
    """
    currency = chance.choice(CURRENCIES)
    balances = [amount(chance) for _ in range(chance.randrange(1, 8))]
    paid = 1 + amount(chance, MAX_MINOR - 1)
    first = settled = oldest_first(paid, balances)
    unused = credit = paid - sum(first)
    back = 0
    for part in parts(chance, paid):
        part = typed(part, currency)
        losses = given_up(part - credit, settled)
        credit = max(credit - part, 0)
        settled = [before - loss for before, loss in zip(settled, losses, strict=True)]
        back += part
        assert min(settled) >= 0
        assert back + credit + sum(settled) == paid
        at_once = given_up(back - unused, first)
        assert settled == [before - loss for before, loss in zip(first, at_once, strict=True)]
        # An older invoice loses something only when the newer ones have lost all.
        touched = [place for place, loss in enumerate(at_once) if loss]
        assert not touched or not any(settled[touched[0] + 1 :])
    assert (back, credit, sum(settled)) == (paid, 0, 0)
    assert allocate(paid, sum(balances))[0] == sum(first)


@kind(4)
def refunds_of_all_parts_over_a_payment_company(chance: Random) -> None:
    """In the company's unit the parts are the payment, too, with no decimals and with two."""
    currency = chance.choice(paystack_money.CURRENCIES)
    paid = 1 + amount(chance, 10**12)
    pieces = parts(chance, paid)
    asked = [paystack_money.to_subunits(piece, currency) for piece in pieces]
    assert sum(asked) == paystack_money.to_subunits(paid, currency)
    assert [paystack_money.from_subunits(piece, currency) for piece in asked] == pieces
    assert [paystack_money.read(chance.choice((piece, str(piece))), currency) for piece in asked] == pieces


@kind(6)
def refunds_of_all_parts_of_a_document(chance: Random) -> None:
    """Paid, credited line by line in parts, and each note given back in parts: all comes back, and all tax with it."""
    made = document(chance)
    totals = compute(made)
    back, tax = 0, 0
    for place in range(len(made.lines)):
        line, already = figures(totals, place), 0
        for piece in parts(chance, line.total_minor) if line.total_minor > 0 else []:
            note = credited_part(line, already, piece)
            already += piece
            tax += note.tax_minor
            back += sum(typed(part, made.currency) for part in parts(chance, note.total_minor))
    assert back == totals.total_minor
    assert tax == sum(line.tax_minor for line in totals.lines if line.total_minor > 0)
