"""Statements of account: drawn as PDF, mailed, and handed out as a link."""

from app.reports.service.sending import send_statement
from app.reports.service.sharing import statement_link

__all__ = ["send_statement", "statement_link"]
