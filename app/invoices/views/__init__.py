"""Pages of the invoices room."""

from app.invoices.views import actions, editor, faces, files, listing, page, why  # noqa: F401  # they register their routes
from app.invoices.views.room import blueprint

__all__ = ["blueprint"]
