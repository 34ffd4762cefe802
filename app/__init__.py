"""Duely: invoicing, recurring billing and getting paid. `create_app` puts the house together."""

from __future__ import annotations

from flask import Flask

from app import cli, database, rooms
from app.extensions import Migrations, db, login_manager, page_engine
from app.web import api, compression, errors, filters, identity, limits, logging, security, static, templating
from app.web.application import Application
from config import ROOT, Config


def create_app(config: Config | None = None) -> Flask:
    """Make one application: extensions, then HTTP manners, then the rooms, then the commands."""
    config = config or Config.load()
    config.instance_dir.mkdir(parents=True, exist_ok=True)
    logging.configure(config)
    app = Application(
        "duely",
        title="Duely",
        version=api.VERSION,
        root_path=str(ROOT),
        instance_path=str(config.instance_dir.absolute()),
        json_errors=False,
        enable_openapi=False,
    )
    app.config.update(
        DUELY=config,
        ENV_NAME=config.env,
        TESTING=config.env == "testing",
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(config),
        **security.settings(config),
        **limits.settings(config),
    )
    templating.install(app)
    db.init_app(app)
    app.extensions["migrate"] = Migrations(app, str(ROOT / "migrations"))
    login_manager.init_app(app)
    with app.app_context():
        database.prepare_engine(db.engine)
        database.guard_session()
        app.extensions["duely_page_engine"] = page_engine(db.engine)
    compression.install(app)
    logging.install(app)
    errors.install(app)
    api.install(app, config)
    limits.install(app)
    security.install(app, config)
    identity.install(app)
    filters.register(app)
    static.install(app)
    rooms.register(app, config)
    cli.register(app)
    if config.redis_url:
        from app.jobs.relay import install_bell  # with rq and redis, which nobody else needs

        install_bell(app, config.redis_url)
    return app


def _engine_options(config: Config) -> dict[str, object]:
    # What a statement was given is people's own; in production no log and no stored error tells it.
    quiet = {"hide_parameters": config.production}
    if config.sqlite:
        return quiet
    from app.postgres import AnswerCursor

    # Those who look for work need one more, and the threads of a runner all have one.
    size = max(config.web_threads, config.worker_threads + 1)
    pool = {"pool_size": size, "max_overflow": 2, "pool_recycle": config.conn_max_age or -1}
    return quiet | pool | {"connect_args": {"cursor_factory": AnswerCursor}}
