"""What can go wrong with an invoice, each as the sentence people read."""

from app.errors import Conflict, Invalid


class StaleDraft(Conflict):
    """Somebody else changed this draft while you were working on it."""


class NotReady(Invalid):
    """This draft is not complete enough to be issued yet."""


class HasPayments(Conflict):
    """Money was recorded for this invoice. Undo the payments first, then void it."""


class NobodyToSendTo(Invalid):
    """This client has no e-mail address for documents. Add one, or copy the link and send it yourself."""
