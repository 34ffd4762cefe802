"""The steps of lines: what each comes to, its discounts, its share of the document's discount, its net."""

from fractions import Fraction

from app.invoices.rules.documents import Component
from app.invoices.rules.remainders import exact_shares
from app.invoices.rules.why import sentences
from app.invoices.rules.why.steps import Account, Manner, Step
from app.money import exponent, round_half_up


def line_steps(account: Account, say: Manner) -> list[Step]:
    """Quantity times price of every line."""
    scale = 10 ** exponent(account.document.currency)
    steps = []
    for index, (line, figures) in enumerate(zip(account.document.lines, account.totals.lines, strict=True)):
        exact, amount = Fraction(line.quantity) * Fraction(line.unit_price) * scale, figures.gross_minor
        fits = round_half_up(exact) == amount
        words = sentences.times(say, line.quantity, line.unit_price, exact, amount)
        label = sentences.line_label(index + 1, account.titles[index])
        words = words if fits else sentences.as_stored(say, amount)
        steps.append(Step(f"line-{index + 1}", "lines", label, words, amount, line=index + 1))
    return steps


def discount_steps(account: Account, say: Manner) -> list[Step]:
    """The discounts of lines, then the document's with what of it falls on which line."""
    steps = [_line_discount(part, say) for part in account.parts("line_discount")]
    for part in account.parts("document_discount"):
        shares = _share_steps(account, say, part)
        steps.append(
            Step(
                "document-discount",
                "discounts",
                sentences.DOCUMENT_DISCOUNT,
                _taken_off(part, say),
                -part.amount_minor,
                sum_of=tuple(share.key for share in shares),
            )
        )
        steps += shares
    return steps


def net_steps(account: Account, say: Manner) -> list[Step]:
    """What each line comes to after all that was taken from it; lines that nothing was taken from have no step."""
    inside: dict[int, list[int]] = {}
    for part in account.parts("tax"):
        if part.inclusive and part.line is not None:
            inside.setdefault(part.line, []).append(part.amount_minor)
    steps = []
    for index, line in enumerate(account.totals.lines):
        discounts = [minor for minor in (line.line_discount_minor, line.document_discount_minor) if minor]
        taxes = [minor for minor in inside.get(index, ()) if minor]
        if discounts or taxes:
            label = sentences.net_label(index + 1, bool(discounts), bool(taxes))
            words = sentences.less(say, line.gross_minor, discounts + taxes, line.net_minor)
            if line.gross_minor - sum(discounts + taxes) != line.net_minor:
                words = sentences.as_stored(say, line.net_minor)
            steps.append(Step(f"line-{index + 1}-net", "net", label, words, line.net_minor, line=index + 1))
    return steps


def _line_discount(part: Component, say: Manner) -> Step:
    line = (part.line or 0) + 1
    words, label = _taken_off(part, say), sentences.line_discount_label(line)
    return Step(f"line-{line}-discount", "discounts", label, words, -part.amount_minor, line=line)


def _taken_off(part: Component, say: Manner) -> str:
    """A discount in percent or as an amount."""
    if part.rate is None:
        return sentences.amount_off(say, part.amount_minor, part.base_minor)
    exact = part.base_minor * Fraction(part.rate) / 100
    if round_half_up(exact) != part.amount_minor:
        return sentences.as_stored(say, part.amount_minor)
    return sentences.percent_of(say, part.rate, part.base_minor, exact, part.amount_minor)


def _share_steps(account: Account, say: Manner, part: Component) -> list[Step]:
    """What of the document's discount falls on which line; a single line has all of it."""
    lines = account.totals.lines
    if len(lines) < 2 or sum(line.document_discount_minor for line in lines) != part.amount_minor:
        return []
    steps = []
    for index, exact in enumerate(exact_shares(part.amount_minor, [account.after(i) for i in range(len(lines))])):
        share = lines[index].document_discount_minor
        if not exact and not share:
            continue
        remainder = account.remainder(index, None, share, exact)
        words = sentences.share_of_discount(say, part.amount_minor, exact, share, remainder)
        key, label = f"line-{index + 1}-share", sentences.share_label(index + 1)
        steps.append(Step(key, "discounts", label, words, -share, line=index + 1, share=True))
    return steps
