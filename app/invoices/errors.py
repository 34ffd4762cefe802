"""What can go wrong with an invoice, each as the sentence people read."""

from app.errors import Conflict, Invalid


class StaleDraft(Conflict):
    """Somebody else changed this draft while you were working on it."""


class NotReady(Invalid):
    """This draft is not complete enough to be issued yet."""


class HasPayments(Conflict):
    """Money was recorded for this invoice. Undo the payments first, then void it."""


class HasCreditNotes(Conflict):
    """This invoice has credit notes. Void those first, then the invoice."""


class RevisedAlready(Conflict):
    """Another invoice took the place of this one already. Revise that one."""


class CreditUsed(Conflict):
    """Some of this credit note was given back in money, so it cannot be voided."""


class NewerCreditNote(Conflict):
    """A later credit note corrects the same invoice. Void that one first, then this one."""


class NobodyToSendTo(Invalid):
    """This client has no e-mail address for documents. Add one, or copy the link and send it yourself."""
