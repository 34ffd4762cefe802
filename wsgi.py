"""The web application, for servers and for `flask --app wsgi`."""

import gc

gc.disable()  # Nothing is garbage while a program is being read: looking for it took a fifth of each start.

from app import create_app  # noqa: E402

app = create_app()
# Nor is any of it later, here or in the processes that are forked from this one.
gc.freeze()
gc.enable()
