"""What can be done with invoices. Each function is one transaction, or joins the caller's."""

from app.invoices.service.attaching import attach, detach
from app.invoices.service.drafts import create_draft, delete_draft, duplicate, save_draft
from app.invoices.service.issuing import issue, void
from app.invoices.service.issuing_many import issue_many
from app.invoices.service.posting import Applied, apply_payment, release_payment
from app.invoices.service.sending import mark_sent, message_accepted, send
from app.invoices.service.sending_many import send_many
from app.invoices.service.writing_off import recover, write_off

__all__ = [
    "Applied",
    "apply_payment",
    "attach",
    "create_draft",
    "delete_draft",
    "detach",
    "duplicate",
    "issue",
    "issue_many",
    "mark_sent",
    "message_accepted",
    "recover",
    "release_payment",
    "save_draft",
    "send",
    "send_many",
    "void",
    "write_off",
]
