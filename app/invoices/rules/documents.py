"""What goes into the totals engine and what comes out of it. Frozen values; the arithmetic is in `totals`."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Rounding = Literal["line", "document"]
ComponentKind = Literal["line_discount", "document_discount", "tax", "rounding"]


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax as it stands on a line. `rate` is percent: Decimal("7.5").

    `inclusive`: the price already contains it. `compound`: it is taken on the base plus the taxes stated before it.
    """

    key: str
    name: str
    rate: Decimal
    inclusive: bool = False
    compound: bool = False


@dataclass(frozen=True, slots=True)
class Discount:
    """`value` is percent (0 to 100) for kind "percent", whole minor units for kind "amount"."""

    kind: Literal["percent", "amount"]
    value: Decimal


@dataclass(frozen=True, slots=True)
class LineInput:
    """One line. `quantity` and `unit_price` (major units) have up to 12 integer digits and 6 places."""

    quantity: Decimal
    unit_price: Decimal
    discount: Discount | None = None
    taxes: tuple[TaxRate, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentInput:
    """A document to be added up. `rounding` says whether each tax is rounded on every line or once for the document."""

    currency: str
    lines: tuple[LineInput, ...]
    discount: Discount | None = None
    rounding: Rounding = "line"


@dataclass(frozen=True, slots=True)
class LineTotals:
    """One line in minor units. `net` is after both discounts and without any tax; `total` is net plus tax."""

    gross_minor: int
    line_discount_minor: int
    document_discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class Component:
    """One discount, tax or remainder as a row: which line (None: the document), of what base, at what rate, how much.

    Amounts are minor units and never negative; `rate` is percent, None for a discount given as an amount. The document
    discount is one row for the whole document; how it falls on the lines stands in each line's totals. Compound taxes
    show the base they were taken on, earlier taxes included.

    A row of kind "rounding" is part of another and is never added to it: the units that sharing out the document
    discount (`tax_key` None) or a tax gave to a line beyond its share rounded down. Its base is what was shared out.
    """

    kind: ComponentKind
    line: int | None
    label: str
    rate: Decimal | None
    base_minor: int
    amount_minor: int
    tax_key: str | None = None
    inclusive: bool = False


@dataclass(frozen=True, slots=True)
class TaxSummary:
    """One tax over the whole document, for the totals block. Minor units; `rate` is percent."""

    key: str
    name: str
    rate: Decimal
    inclusive: bool
    base_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """A document's figures in minor units.

    Always: every figure is the sum of its lines; total = net + tax; subtotal less both discounts = net + inclusive tax.
    """

    currency: str
    subtotal_minor: int
    line_discount_minor: int
    document_discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    lines: tuple[LineTotals, ...]
    components: tuple[Component, ...]
    taxes: tuple[TaxSummary, ...]
