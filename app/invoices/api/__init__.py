"""Invoices as programs see them: drafts, what is done with them, lists, explanations, files."""

from app.invoices.api import changing, files, link, making, reading, verbs
from app.invoices.api.room import blueprint

__all__ = ["blueprint", "changing", "files", "link", "making", "reading", "verbs"]
