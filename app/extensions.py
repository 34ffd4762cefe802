"""The extensions, unbound. `create_app` binds them to one application."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, has_request_context
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as AppSession
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Engine, MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Root of all tables; constraint names are fixed so that migrations can name them on both engines."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Session(AppSession):
    """A session whose requests read through `page_engine`; what writes, and what is no request, is a transaction."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Any:
        """The engine for the next statement."""
        engine = current_app.extensions.get("duely_page_engine") if has_request_context() else None
        return super().get_bind(*args, **kwargs) if engine is None or self.info.get("writing") else engine


def page_engine(engine: Engine) -> Engine | None:
    """How requests read on PostgreSQL: each statement by itself, which is all that READ COMMITTED promises anyway.

    The ROLLBACK that ends a reading transaction makes psycopg forget its prepared statements, and every page has all of
    them parsed and planned again. SQLite keeps one snapshot for a whole page: there is None.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT") if engine.dialect.name == "postgresql" else None


class Migrations:
    """Flask-Migrate's settings, made when a command asks for them: a web process does without the 10 MB of Alembic."""

    def __init__(self, app: Flask, directory: str) -> None:
        self._app, self._directory = app, directory

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate

        Migrate(self._app, db, directory=self._directory, render_as_batch=True, compare_type=True)
        return getattr(self._app.extensions["migrate"], name)


def _limit_key() -> str:
    return str(current_app.extensions["duely_limits"]["key"]())


def _limit() -> str:
    return str(current_app.extensions["duely_limits"]["limit"]())


db = SQLAlchemy(model_class=Base, session_options={"class_": Session, "expire_on_commit": False})
login_manager = LoginManager()
csrf = CSRFProtect()
limiter = Limiter(key_func=_limit_key, application_limits=[_limit])
talisman = Talisman()
