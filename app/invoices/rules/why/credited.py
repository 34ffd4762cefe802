"""How a credit note comes to its amounts: parts of lines, the taxes inside them, and what is left without tax."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.invoices.rules.crediting import LineFigures, credited_part
from app.invoices.rules.why import sentences
from app.invoices.rules.why.steps import Manner, SectionName, Step


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """What was taken back of one line, in minor units.

    `whole` is the line on the invoice, `before_minor` what of its total was taken back earlier, `part` what this credit
    note says. `taxes` names the taxes in the order of the figures.
    """

    title: str
    taxes: tuple[str, ...]
    whole: LineFigures
    before_minor: int
    part: LineFigures


def credited_steps(lines: Sequence[CreditedLine], say: Manner) -> list[Step]:
    """Every step of a credit note; results are `credited`, `tax` and `untaxed`, and `credited` is what it comes to."""
    parts = [_part(number, line, say) for number, line in enumerate(lines, 1)]
    taxes = [step for number, line in enumerate(lines, 1) for step in _taxes(number, line, say)]
    whole = sum(line.part.total_minor for line in lines)
    tax = sum(line.part.tax_minor for line in lines)
    summed = [step for step in taxes if not step.share]
    said = sentences.added(say, [step.amount_minor for step in summed]) if summed else sentences.NO_TAX
    steps = [
        *parts,
        _result("credited", "lines", whole, parts, sentences.added(say, [step.amount_minor for step in parts])),
        *taxes,
        _result("tax", "tax", tax, summed, said),
    ]
    if tax:
        left = sentences.less(say, whole, [tax], whole - tax)
        steps.append(Step("untaxed", "total", sentences.RESULT_LABELS["untaxed"], left, whole - tax))
    return steps


def _result(key: str, section: SectionName, minor: int, steps: Sequence[Step], words: str) -> Step:
    keys = tuple(step.key for step in steps)
    return Step(key, section, sentences.RESULT_LABELS[key], words, minor, sum_of=keys)


def _part(number: int, line: CreditedLine, say: Manner) -> Step:
    words = sentences.part_of_line(say, line.part.total_minor, line.whole.total_minor, line.before_minor)
    label = sentences.line_label(number, line.title)
    return Step(f"line-{number}", "lines", label, words, line.part.total_minor, line=number)


def _taxes(number: int, line: CreditedLine, say: Manner) -> list[Step]:
    """The tax in a part; when there are several, the whole of it first, and then what of it each one is."""
    if not line.taxes:
        return []
    words, whole = _words(line, say), line.part.tax_minor
    key = f"line-{number}-tax"
    if len(line.taxes) == 1:
        name = line.taxes[0]
        return [Step(key, "tax", sentences.tax_label(name, number, False), words, whole, line=number, tax=name)]
    keys = [f"{key}-{place}" for place in range(1, len(line.taxes) + 1)]
    figures = zip(keys, line.taxes, line.part.taxes, line.whole.taxes, strict=True)
    shares = [
        Step(
            each,
            "tax",
            name,
            sentences.part_of_tax(say, share, of, line.whole.tax_minor),
            share,
            line=number,
            tax=name,
            share=True,
        )
        for each, name, share, of in figures
    ]
    label = sentences.taxes_label(number)
    return [Step(key, "tax", label, words, whole, sum_of=tuple(keys), line=number), *shares]


def _words(line: CreditedLine, say: Manner) -> str:
    """How the tax of a part comes about; that it is as stored when the rule would come to something else."""
    whole, part, before = line.whole, line.part, line.before_minor
    try:
        agrees = credited_part(whole, before, part.total_minor) == part
    except ValueError:
        agrees = False
    if not agrees:
        return sentences.as_stored(say, part.tax_minor)
    upto = before + part.total_minor
    exact = Fraction(upto * whole.tax_minor, whole.total_minor)
    earlier = credited_part(whole, 0, before).tax_minor if before else 0
    return sentences.tax_of_part(say, upto, whole.tax_minor, whole.total_minor, exact, earlier, part.tax_minor)
