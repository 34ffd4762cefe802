"""All steps of a document in the order in which it is added up, for a page and as plain data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.invoices.rules.why import sentences
from app.invoices.rules.why.lines import discount_steps, line_steps, net_steps
from app.invoices.rules.why.steps import RESULTS, Account, Manner, SectionName, Step
from app.invoices.rules.why.taxes import tax_steps
from app.money import Money, json_money


@dataclass(frozen=True, slots=True)
class Section:
    """Steps that belong together, under a heading."""

    name: SectionName
    title: str
    steps: tuple[Step, ...]


def explain(account: Account, say: Manner) -> list[Step]:
    """Every step from the lines to the total; results are `subtotal`, `discounts`, `net`, `tax` and `total`."""
    totals = account.totals
    lines, discounts, taxes = line_steps(account, say), discount_steps(account, say), tax_steps(account, say)
    inside = [step for step in taxes if step.section == "inside"]
    on_top = [step for step in taxes if step.section == "tax"]
    nets = net_steps(account, say)
    contained = sum(part.amount_minor for part in account.parts("tax") if part.inclusive)
    off = totals.line_discount_minor + totals.document_discount_minor
    of_net = sentences.net_of(say, totals.subtotal_minor, off, contained)
    of_total = sentences.net_and_tax(say, totals.net_minor, totals.tax_minor)
    return [
        *lines,
        _result("subtotal", totals.subtotal_minor, lines, say, sentences.NO_LINES),
        *discounts,
        _result("discounts", -off, discounts, say, sentences.NO_DISCOUNTS),
        *inside,
        *nets,
        _named("net", totals.net_minor, _every_net(lines, nets), of_net),
        *on_top,
        _result("tax", totals.tax_minor, taxes, say, sentences.NO_TAX),
        _named("total", totals.total_minor, ("net", "tax"), of_total),
    ]


def sections(steps: Sequence[Step]) -> list[Section]:
    """The steps under headings. No discounts and no tax have none, and neither has a net that is the subtotal."""
    found = []
    for name, title in sentences.SECTION_LABELS.items():
        own = tuple(step for step in steps if step.section == name)
        if own and not _says_nothing(name, own):
            found.append(Section(name, title, own))
    return found


def _says_nothing(name: SectionName, own: Sequence[Step]) -> bool:
    """A result that nothing led to: the tax is one as well when all of it is inside the prices, and that is said."""
    alone = len(own) == 1 and own[0].result
    return alone and (name in ("discounts", "net") or (name == "tax" and not own[0].amount_minor))


def plain_data(steps: Iterable[Step], currency: str) -> list[dict[str, Any]]:
    """The same steps as JSON carries them; `amount` is money with its sign, `sum_of` names other steps by `step`."""
    return [
        {
            "step": step.key,
            "section": step.section,
            "label": step.label,
            "words": step.words,
            "amount": json_money(Money.total(step.amount_minor, currency)),
            "line": step.line,
            "tax": step.tax,
            "sum_of": list(step.sum_of),
        }
        for step in steps
    ]


def _result(key: str, minor: int, steps: Sequence[Step], say: Manner, nothing: str) -> Step:
    """A result that is the sum of whole steps; shares are in them already."""
    own = [step for step in steps if not step.share]
    words = sentences.added(say, [abs(step.amount_minor) for step in own]) if own else nothing
    return _named(key, minor, tuple(step.key for step in own), words)


def _named(key: str, minor: int, sum_of: tuple[str, ...], words: str) -> Step:
    return Step(key, RESULTS[key], sentences.RESULT_LABELS[key], words, minor, sum_of=sum_of)


def _every_net(lines: Sequence[Step], nets: Sequence[Step]) -> tuple[str, ...]:
    """The net of every line; one that nothing was taken from is the line itself."""
    of_line = {step.line: step.key for step in nets}
    return tuple(of_line.get(step.line, step.key) for step in lines)
