"""How what is still to pay comes about: the total, less what was paid, less credit used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.invoices.rules.why import sentences
from app.invoices.rules.why.steps import Manner, Step


@dataclass(frozen=True, slots=True)
class Received:
    """Money that settles a part of the document, in minor units. `how` names the method.

    `credit`: it was on the client's account already.
    """

    how: str
    on: date
    reference: str
    amount_minor: int
    credit: bool = False


def balance_steps(
    status: str, total_minor: int, balance_minor: int, received: Sequence[Received], say: Manner
) -> list[Step]:
    """What was paid, and what is left of the total. Nothing is owed of a draft, so it has no such steps."""
    if status == "draft":
        return []
    steps = [_paid(number, one, say) for number, one in enumerate(received, 1)]
    rest = total_minor - balance_minor + sum(step.amount_minor for step in steps)
    if rest:
        steps.append(_settled_otherwise(status, rest))
    taken = [-step.amount_minor for step in steps]
    words = sentences.less(say, total_minor, taken, balance_minor) if taken else sentences.NOTHING_PAID
    keys = ("total", *(step.key for step in steps))
    return [*steps, Step("balance", "balance", sentences.RESULT_LABELS["balance"], words, balance_minor, sum_of=keys)]


def _paid(number: int, one: Received, say: Manner) -> Step:
    label = sentences.CREDIT_USED if one.credit else sentences.PAID
    words = sentences.paid_on(say, one.how, one.on, one.reference)
    return Step(f"paid-{number}", "balance", label, words, -one.amount_minor)


def _settled_otherwise(status: str, minor: int) -> Step:
    """What no payment accounts for: a void invoice, one that was written off, or payments nobody can read any more."""
    label, words = {
        "void": (sentences.TAKEN_BACK, sentences.VOID),
        "written_off": (sentences.WRITTEN_OFF, sentences.GIVEN_UP),
    }.get(status, (sentences.PAID, sentences.NOT_NAMED))
    return Step("settled", "balance", label, words, -minor)
