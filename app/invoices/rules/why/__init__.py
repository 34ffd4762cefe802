"""Why an amount is what it is: every figure of a document as an ordered list of steps, with the arithmetic in words.

The figures are the stored ones, the words say how they come about, and every result is the sum of the steps it names.
"""

from app.invoices.rules.why.balance import Received, balance_steps
from app.invoices.rules.why.credited import CreditedLine, credited_steps
from app.invoices.rules.why.explain import Section, explain, plain_data, sections
from app.invoices.rules.why.steps import Account, Manner, Step

__all__ = [
    "Account",
    "CreditedLine",
    "Manner",
    "Received",
    "Section",
    "Step",
    "balance_steps",
    "credited_steps",
    "explain",
    "plain_data",
    "sections",
]
