"""Pages of the invoices room."""

# They register their routes.
from app.invoices.views import actions, editor, faces, files, listing, page, writing_off  # noqa: F401
from app.invoices.views.room import blueprint

__all__ = ["blueprint"]
