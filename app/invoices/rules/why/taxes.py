"""The steps of taxes, rounded on every line or once for the document and shared out."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.invoices.rules.documents import Component, TaxRate
from app.invoices.rules.remainders import exact_shares
from app.invoices.rules.taxes import contained_in, exact_amounts, multiples_of
from app.invoices.rules.why import sentences
from app.invoices.rules.why.steps import Account, Manner, SectionName, Step
from app.money import round_half_up


@dataclass(frozen=True, slots=True)
class _Part:
    """A tax on a line (from 0): what is stored of it, where it stands among the line's taxes, what comes before it."""

    line: int
    place: int
    tax: TaxRate
    stored: Component
    before: tuple[tuple[str, int], ...]

    @property
    def section(self) -> SectionName:
        return "inside" if self.tax.inclusive else "tax"

    @property
    def earlier(self) -> tuple[tuple[str, int], ...]:
        """(name, minor units) of the taxes that this one is taken on, too."""
        return self.before if self.tax.compound else ()

    @property
    def key(self) -> str:
        return f"line-{self.line + 1}-tax-{self.place + 1}"


def tax_steps(account: Account, say: Manner) -> list[Step]:
    """Every tax in the order of the document, each with what of it falls on which line when it was rounded once."""
    parts = _parts(account)
    if account.document.rounding == "line":
        return [_on_line(account, say, part) for part in parts]
    groups: dict[TaxRate, list[_Part]] = {}
    for part in parts:
        groups.setdefault(part.tax, []).append(part)
    every = [_over_lines(account, say, group, number) for number, group in enumerate(groups.values(), 1)]
    return [step for steps in every for step in steps]


def _parts(account: Account) -> list[_Part]:
    """The stored taxes beside the ones that were chosen; one that nobody chose stands for itself."""
    found: list[_Part] = []
    on_line: dict[int, list[Component]] = {}
    for stored in account.parts("tax"):
        line = stored.line or 0
        before = on_line.setdefault(line, [])
        chosen = {tax.key: tax for tax in account.document.lines[line].taxes}
        alone = TaxRate(stored.tax_key or "", stored.label, stored.rate or 0, stored.inclusive)  # type: ignore[arg-type]
        tax = chosen.get(stored.tax_key or "", alone)
        names = tuple((one.label, one.amount_minor) for one in before)
        found.append(_Part(line, len(before), tax, stored, names))
        before.append(stored)
    return found


def _on_line(account: Account, say: Manner, part: _Part) -> Step:
    """A tax of one line."""
    amount, number = part.stored.amount_minor, part.line + 1
    words = _inside(account, say, part) if part.tax.inclusive else _on_top(account, say, part)
    label = sentences.tax_label(part.tax.name, number, part.tax.inclusive)
    words = words or sentences.as_stored(say, amount)
    return Step(part.key, part.section, label, words, amount, line=number, tax=part.tax.name)


def _on_top(account: Account, say: Manner, part: _Part) -> str:
    """The words for a tax on top of a line's net, empty when they would not be true."""
    rate, base, amount = part.tax.rate, part.stored.base_minor, part.stored.amount_minor
    exact = base * Fraction(rate) / 100
    if round_half_up(exact) != amount:
        return ""
    if not part.earlier:
        return sentences.percent_of(say, rate, base, exact, amount)
    net = account.totals.lines[part.line].net_minor
    return sentences.compound_tax(say, rate, base, net, part.earlier, exact, amount)


def _inside(account: Account, say: Manner, part: _Part) -> str:
    """The words for a tax that the price of a line contains, empty when they would not be true."""
    price = account.price(part.line)
    multiple, contained = _multiple(account, part)
    exact = price * multiple / (1 + contained)
    if round_half_up(exact) != part.stored.amount_minor:
        return ""
    names = [name for name, _ in part.earlier]
    return sentences.tax_inside(say, part.tax.rate, names, price, multiple, contained, exact, part.stored.amount_minor)


def _over_lines(account: Account, say: Manner, group: Sequence[_Part], number: int) -> list[Step]:
    """A tax that was rounded once: the whole of it, then its shares. On a single line there is nothing to share."""
    whole = sum(part.stored.amount_minor for part in group)
    exact = [_exact(account, part) for part in group]
    first = group[0]
    words = _once(account, say, group, exact, whole)
    if len(group) == 1:
        label = sentences.tax_label(first.tax.name, first.line + 1, first.tax.inclusive)
        return [Step(first.key, first.section, label, words, whole, line=first.line + 1, tax=first.tax.name)]
    shares = [
        _share(account, say, part, whole, one) for part, one in zip(group, exact_shares(whole, exact), strict=True)
    ]
    keys = tuple(share.key for share in shares)
    name = first.tax.name
    return [Step(f"tax-{number}", first.section, name, words, whole, sum_of=keys, tax=name), *shares]


def _share(account: Account, say: Manner, part: _Part, whole: int, exact: Fraction) -> Step:
    share, name = part.stored.amount_minor, part.tax.name
    remainder = account.remainder(part.line, part.tax.key, share, exact)
    words = sentences.share_of_tax(say, name, whole, exact, share, remainder)
    label = sentences.share_label(part.line + 1)
    return Step(part.key, part.section, label, words, share, line=part.line + 1, tax=name, share=True)


def _once(account: Account, say: Manner, group: Sequence[_Part], exact: Sequence[Fraction], whole: int) -> str:
    """The words for a tax that was summed over the lines and rounded once."""
    tax, total = group[0].tax, sum(exact, Fraction())
    if round_half_up(total) != whole:
        return sentences.as_stored(say, whole)
    names = {tuple(name for name, _ in part.earlier) for part in group}
    earlier = names.pop() if len(names) == 1 else None
    if not tax.inclusive:
        base = sum((_base(account, part) for part in group), Fraction())
        return sentences.tax_once(say, tax.rate, base, earlier, total, whole)
    ways = {_multiple(account, part) for part in group}
    if earlier is None or len(ways) > 1:
        return sentences.tax_inside_lines(say, tax.rate, len(group), total, whole)
    price = sum(account.price(part.line) for part in group)
    return sentences.tax_inside(say, tax.rate, earlier, price, *ways.pop(), total, whole, once=True)


def _stack(account: Account, part: _Part) -> tuple[TaxRate, ...]:
    """The taxes chosen on the line of a tax; one that nobody chose stands alone."""
    stack = account.document.lines[part.line].taxes
    return stack if part.tax in stack else (part.tax,)


def _at(account: Account, part: _Part) -> int:
    """Where a tax stands among those of its line."""
    return _stack(account, part).index(part.tax)


def _multiple(account: Account, part: _Part) -> tuple[Fraction, Fraction]:
    """What a tax, and everything the price contains, is of the net of its line."""
    stack = _stack(account, part)
    multiples = multiples_of(stack)
    return multiples[_at(account, part)], contained_in(stack, multiples)


def _exact(account: Account, part: _Part) -> Fraction:
    """A tax of a line before rounding, in minor units."""
    return exact_amounts(account.price(part.line), _stack(account, part))[_at(account, part)]


def _base(account: Account, part: _Part) -> Fraction:
    """What a tax of a line was taken on before rounding, in minor units."""
    stack, place = _stack(account, part), _at(account, part)
    multiples = multiples_of(stack)
    net = account.price(part.line) / (1 + contained_in(stack, multiples))
    return net * (1 + (sum(multiples[:place], Fraction()) if part.tax.compound else 0))
