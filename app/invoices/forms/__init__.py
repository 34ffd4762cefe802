"""What an editor of an invoice sends: parsed line by line, refused beside the field, and kept as it was typed."""

from app.invoices.forms.editor import EditorForm, form_data
from app.invoices.forms.lines import MAX_LINES, LineForm, empty_line

__all__ = ["MAX_LINES", "EditorForm", "LineForm", "empty_line", "form_data"]
