"""The least a Flask page can cost here: a route that says hello, and one that reads a single row."""

from __future__ import annotations

import os

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import create_engine, text

app = Flask("bare")
# The application's own database.
engine = create_engine(os.environ["DATABASE_URL"], pool_size=8)
ONE = text("SELECT name, currency, timezone FROM business LIMIT 1")


@app.get("/health/")
def health() -> ResponseReturnValue:
    """Whether the process answers."""
    return "ok"


@app.get("/bare/")
def bare() -> ResponseReturnValue:
    """Nothing but Flask."""
    return "Hello"


@app.get("/select/")
def select() -> ResponseReturnValue:
    """One row of the database under the application's."""
    with engine.connect() as connection:
        name, currency, timezone = connection.execute(ONE).one()
    return f"{name} {currency} {timezone}"
