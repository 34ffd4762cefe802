"""A business with books worth exporting, and the ways in which an accountant reads what was exported."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from app.invoices import service as invoices
from app.invoices.values import DraftValues, LineValues
from app.money import Money
from app.payments import service as payments
from tests.support.story import Story

NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
SEPTEMBER, OCTOBER = date(2026, 9, 15), date(2026, 10, 10)
BEAN_CHECK = Path(sys.executable).with_name("bean-check")


def bill(story: Story, price: str, currency: str = "NGN", day: date = OCTOBER, **line: object) -> uuid.UUID:
    """An issued invoice over one taxed line."""
    one = LineValues("Fibre", Decimal(1), Decimal(price), tax_ids=(story.tax_id,), **line)  # type: ignore[arg-type]
    values = DraftValues(currency, day, 14, client_id=story.client_id, lines=(one,))
    draft = invoices.create_draft(story.owner, values, now=NOW)
    return invoices.issue(story.owner, draft.id, now=NOW).id


def pay(
    story: Story, invoice: uuid.UUID, minor: int, currency: str = "NGN", method: str = "cash", day: date = OCTOBER
) -> uuid.UUID:
    """Money for an invoice, in minor units."""
    money = Money(minor, currency)
    made = payments.record_payment(story.owner, invoice, money, method, day, reference="Slip 7", now=NOW)
    return made.id


def keep_books(story: Story) -> None:
    """Two months in currencies of no, two and three decimals: payments, credit, a bounced cheque, a void invoice."""
    old = bill(story, "1000.05", day=SEPTEMBER, discount=("percent", Decimal(10)))
    pay(story, old, 20_000, method="transfer", day=SEPTEMBER)
    bill(story, "12.345", "KWD", SEPTEMBER)
    pay(story, old, 30_001, method="card_terminal")
    yen = bill(story, "98765", "JPY")
    pay(story, yen, 98_765, "JPY", "mobile_money")
    pay(story, bill(story, "7.001", "KWD"), 7_000, "KWD", "transfer")
    too_much = pay(story, bill(story, "50.00"), 10_000)
    payments.apply_credit(story.owner, too_much, bill(story, "30.00"), now=NOW)
    bounced = pay(story, bill(story, "77.77"), 5_000, method="cheque")
    payments.reverse_payment(story.owner, bounced, "Bad cheque", now=NOW)
    invoices.void(story.owner, bill(story, "1234.56"), "Twice", now=NOW)


def bean_check(ledger: str, folder: Path) -> list[str]:
    """What the real program complains about; nothing when it accepts the file."""
    file = folder / "journal.beancount"
    file.write_text(ledger, encoding="utf-8")
    done = subprocess.run([BEAN_CHECK, "--no-cache", file], capture_output=True, text=True, timeout=600, check=False)
    complaints = [line for line in done.stderr.splitlines() if line.startswith(str(file))]
    assert (done.returncode != 0) == bool(complaints), done.stderr
    return complaints


@dataclass(frozen=True)
class Table:
    """A CSV file taken apart: its lines, and the block of control totals below them by what a total is of."""

    records: Sequence[Sequence[str]]
    """Every record as it stands; the empty one parts the two."""

    @property
    def head(self) -> list[str]:
        """The names of the columns."""
        return list(self.records[0])

    @property
    def lines(self) -> list[dict[str, str]]:
        """The lines of the journal."""
        return _named(self.records[: self._gap])

    @property
    def below(self) -> Sequence[Sequence[str]]:
        """The records of the control totals, their heading included."""
        return self.records[self._gap + 1 :]

    @property
    def controls(self) -> list[dict[str, str]]:
        """The control totals."""
        return _named(self.below)

    @property
    def _gap(self) -> int:
        return next(place for place, record in enumerate(self.records) if not any(record))

    def moved(self) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
        """{(currency, account): (debits, credits)} as the lines add up to."""
        found: dict[tuple[str, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
        for line in self.lines:
            debit, credit = found[line["currency"], line["account"]]
            amounts = (debit + Decimal(line["debit"] or 0), credit + Decimal(line["credit"] or 0))
            found[line["currency"], line["account"]] = amounts
        return dict(found)

    def controlled(self, what: str) -> dict[tuple[str, str], dict[str, str]]:
        """{(currency, account): the row} of the control totals of "account" or "currency"."""
        return {(row["currency"], row["account"]): row for row in self.controls if row["control_total"] == what}


def read_table(raw: bytes) -> Table:
    """The file as Python's own reader understands it."""
    text = raw.decode("utf-8-sig")
    records = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(record) for record in records}) == 1
    return Table(records)


def _named(records: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    head, *rows = records
    return [dict(zip(head, row, strict=True)) for row in rows]
