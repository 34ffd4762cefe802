"""What all applications of a test process share, for each would come to the same by itself and most tests make one.

Each is worth some hundredths of a second for a test, and there are thousands.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import Any, ClassVar

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine, Pool, QueuePool, event
from sqlalchemy.exc import DBAPIError
from werkzeug.routing import Map, Rule, RuleFactory

from tests.support.postgres import STAYING


class RememberedMap(Map):
    """A map of routes that is put together once for all applications with the same routes.

    Flask makes its map with one setting, `host_matching`, and adds rules that no map has yet.
    """

    _made: ClassVar[dict[Any, Map]] = {}

    def __init__(self, rules: Iterable[RuleFactory] | None = None, **settings: Any) -> None:
        self._written: list[Rule] = []
        self._new = False
        super().__init__(rules, **settings)

    def add(self, rulefactory: RuleFactory) -> None:
        """Take routes, which are bound when the first address is looked up."""
        self._written.extend(rulefactory.get_rules(self))
        self._new = True

    def update(self) -> None:
        """Find the map that was made of the same routes, or make it."""
        if not self._new:
            return
        with self._remap_lock:
            key = (self.host_matching, *map(_as_written, self._written))
            made = self._made.get(key) or self._made.setdefault(key, self._put_together())
            self._matcher, self._rules_by_endpoint = made._matcher, made._rules_by_endpoint
            self._new = False

    def _put_together(self) -> Map:
        whole = Map(host_matching=self.host_matching)
        for rule in self._written:
            # A rule belongs to one map, and an application may add another rule later.
            copy = rule.empty()
            vars(copy)["provide_automatic_options"] = _automatic(rule)
            whole.add(copy)
        whole.update()
        return whole


def _automatic(rule: Rule) -> bool | None:
    return getattr(rule, "provide_automatic_options", None)


def _as_written(rule: Rule) -> tuple[Any, ...]:
    return (
        rule.rule,
        rule.endpoint,
        frozenset(rule.methods or ()),
        _automatic(rule),
        rule.subdomain,
        rule.host,
        rule.build_only,
        rule.strict_slashes,
        rule.redirect_to,
        repr(rule.defaults),
    )


class RememberedTemplates(FileSystemBytecodeCache):
    """Compiled templates, read from the folder of the run once a process."""

    _read: ClassVar[dict[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What this process has read, or what another has compiled; nothing where the source has changed."""
        checksum, code = self._read.get(bucket.key, ("", None))
        if code is None or checksum != bucket.checksum:
            super().load_bytecode(bucket)
            self._keep(bucket)
        else:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled here."""
        super().dump_bytecode(bucket)
        self._keep(bucket)

    def _keep(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._read[bucket.key] = bucket.checksum, bucket.code


# By dialect, and by the address of a database and how many connections an application may have.
_statements: dict[str, tuple[Dialect, dict[Any, Any]]] = {}
_pools: dict[Any, Pool] = {}


def share(app: Flask) -> None:
    """Let the database of an application neither wait for the disk nor put together what an earlier one's did.

    Nothing here must survive a power cut, and SQL for the same engine is the same in every test. SQLAlchemy knows that
    by the dialect, so all applications of a test process have the first one's. On PostgreSQL they have its connections,
    too, for the server's side of a new one gets to know every table anew.
    """
    from app.extensions import db

    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    elif (kind := _kind(engine)) in _pools:
        engine.pool = _pools[kind]
    else:
        _pools[kind] = engine.pool
        event.listen(engine.pool, "connect", _stays)
    if engine.dialect.name not in _statements:
        # A dialect learns what its database is like when it first connects; others must not get one that knows nothing.
        try:
            engine.connect().close()
        except DBAPIError:
            return
        # What there is by now stays. Where each look for circles went through it, there were hardly any looks, and what
        # earlier tests had left took gigabytes.
        gc.collect()
        gc.freeze()
    dialect, statements = _statements.setdefault(engine.dialect.name, (engine.dialect, {}))
    # Whoever still has the one that is exchanged finds in it what the first one learned.
    vars(engine.dialect).update(vars(dialect))
    for one in filter(None, (engine, app.extensions["duely_page_engine"])):
        one.dialect = dialect
        one.update_execution_options(compiled_cache=statements)


def part(engine: Engine) -> None:
    """End the connections of an application whose test is over, but those that the next one may have."""
    kind = _kind(engine)
    if engine.pool is not _pools.get(kind) or engine.pool.checkedout():
        engine.dispose()
        _pools.pop(kind, None)


def end() -> None:
    """Close what is left at the end of a test process."""
    while _pools:
        _pools.popitem()[1].dispose()


def _stays(connection: Any, _record: Any) -> None:
    connection.execute(f"SET application_name = '{STAYING}'")
    connection.commit()


def _kind(engine: Engine) -> Any:
    pool = engine.pool
    return (engine.url, pool.size(), pool._max_overflow) if isinstance(pool, QueuePool) else None
