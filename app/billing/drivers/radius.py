"""FreeRADIUS by its SQL tables: a subscriber is moved to another group, and back to exactly those they had.

The rows of the old groups stay in `radusergroup` under a name nobody signs in with, in the transaction that adds the
new one. So they come back with their ids and priorities, whatever breaks in between. What a group means (reject,
another rate) is said in `radgroupcheck` and `radgroupreply` by whoever runs the RADIUS server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, NullPool, column, create_engine, delete, func, insert, select, table, update
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from app.billing.drivers.base import KEPT, Patience, Status, User, is_kept
from app.billing.drivers.base import Connection as To
from app.billing.drivers.errors import BadLogin, DriverError, Refused, UnknownUser, Unreachable
from app.billing.drivers.reaching import resolve

ENGINES = {"postgresql": ("postgresql+psycopg", 5432), "mysql": ("mysql+pymysql", 3306)}
_LOGIN = ("authentication failed", "Access denied", "does not exist", "no pg_hba.conf entry")

_groups = table("radusergroup", column("username"), column("groupname"), column("priority"))
_checks = table("radcheck", column("username"))
_sessions = table("radacct", column("username"), column("acctstoptime"))


class RadiusDriver:
    """Options: `engine` (postgresql, mysql), `database`, `suspended_group`, `throttled_group`, `tls` (off, on)."""

    name = "radius"
    title = "FreeRADIUS (SQL)"

    def __init__(self, connection: To) -> None:
        self._to = connection
        self._off = str(connection.options.get("suspended_group") or "suspended")
        self._slow = str(connection.options.get("throttled_group") or "throttled")
        self._ours = (self._off, self._slow)

    def suspend(self, user: User) -> str:
        """Move to the group of suspended services."""
        return self._move(user, self._off)

    def throttle(self, user: User) -> str:
        """Move to the group of slow services."""
        return self._move(user, self._slow)

    def restore(self, user: User) -> str:
        """Move back to the groups they had."""
        with self._talking() as line:
            self._known(line, user)
            line.execute(delete(_groups).where(_groups.c.username == user.name, _groups.c.groupname.in_(self._ours)))
            back = update(_groups).where(_groups.c.username == KEPT + user.name).values(username=user.name)
            found = line.execute(back).rowcount
            if not found and user.profile and not _of(line, user.name):
                line.execute(insert(_groups).values(username=user.name, groupname=user.profile, priority=1))
            return f"Moved back to {', '.join(_of(line, user.name)) or 'no group'}{self._open(line, user.name)}."

    def status(self, user: User) -> Status:
        """Look at their groups and open sessions."""
        with self._talking() as line:
            self._known(line, user)
            return self._status(_of(line, user.name), _online(line, user.name) > 0)

    def list_states(self, users: Sequence[User]) -> Mapping[str, Status]:
        """Everybody with a check or a group."""
        with self._talking() as line:
            groups: dict[str, list[str]] = {name: [] for name in line.scalars(select(_checks.c.username).distinct())}
            for name, group in line.execute(select(_groups.c.username, _groups.c.groupname)):
                groups.setdefault(name.removeprefix(KEPT), []).extend(() if name.startswith(KEPT) else (group,))
            open_ = select(_sessions.c.username).where(_sessions.c.acctstoptime.is_(None)).distinct()
            online = set(line.scalars(open_))
            return {name: self._status(found, name in online) for name, found in groups.items()}

    def test(self) -> str:
        """Read the tables that are needed."""
        with self._talking() as line:
            people = line.scalar(select(func.count(_checks.c.username.distinct())))
            line.execute(select(_groups).limit(1))
            line.execute(select(_sessions).limit(1))
            return f"The database answers and has {people} users."

    def _move(self, user: User, group: str) -> str:
        with self._talking() as line:
            self._known(line, user)
            mine = _groups.c.username == user.name
            line.execute(update(_groups).where(mine, _groups.c.groupname.not_in(self._ours))
                         .values(username=KEPT + user.name))  # fmt: skip
            line.execute(delete(_groups).where(mine))
            line.execute(insert(_groups).values(username=user.name, groupname=group, priority=1))
            return f"Moved to the group {group}{self._open(line, user.name)}."

    def _known(self, line: Connection, user: User) -> None:
        """Hold the rows of a subscriber. Raises UnknownUser when there is none, Refused for what waits."""
        if is_kept(user.name):
            raise Refused(f"Names that begin with {KEPT} are where the groups of others wait, and are not switched.")
        names = (user.name, KEPT + user.name)
        grouped = line.execute(select(_groups).where(_groups.c.username.in_(names)).with_for_update()).all()
        if (
            not grouped
            and line.execute(select(_checks).where(_checks.c.username == user.name).limit(1)).first() is None
        ):
            raise UnknownUser(f"The RADIUS tables know nobody called {user.name}.")

    def _open(self, line: Connection, name: str) -> str:
        count = _online(line, name)
        return f"; {count} open session{'s' if count > 1 else ''} will follow when reconnecting" if count else ""

    def _status(self, groups: Sequence[str], online: bool) -> Status:
        if self._off in groups:
            return Status("suspended", online)
        return Status("throttled" if self._slow in groups else "active", online)

    @contextmanager
    def _talking(self) -> Iterator[Connection]:
        """One transaction in that database. Raises the errors of drivers."""
        name, port = ENGINES[str(self._to.options.get("engine") or "postgresql")]
        port = self._to.port or port
        address = resolve(self._to.address, port, self._to, private=self._to.private)
        url = URL.create(name, self._to.username, self._to.secret, self._to.address, port,
                         str(self._to.options.get("database") or "radius"))  # fmt: skip
        secure = self._to.options.get("tls") == "on"
        args = (_postgresql if name.startswith("postgresql") else _mysql)(address, secure, self._to.patience)
        engine = create_engine(url, poolclass=NullPool, connect_args=args)
        try:
            with engine.begin() as line:
                yield line
        except OperationalError as error:
            if any(words in str(error.orig) for words in _LOGIN):
                raise BadLogin(f"The RADIUS database does not let us in: {_words(error)}") from error
            raise Unreachable(f"The RADIUS database does not answer: {_words(error)}") from error
        except DBAPIError as error:
            raise Refused(f"The RADIUS database refused: {_words(error)}") from error
        except SQLAlchemyError as error:
            raise DriverError("The RADIUS database could not be used.") from error
        finally:
            engine.dispose()


def _of(line: Connection, name: str) -> list[str]:
    wanted = select(_groups.c.groupname).where(_groups.c.username == name).order_by(_groups.c.priority)
    return list(line.scalars(wanted))


def _online(line: Connection, name: str) -> int:
    still = (_sessions.c.username == name, _sessions.c.acctstoptime.is_(None))
    return line.scalar(select(func.count()).select_from(_sessions).where(*still)) or 0


def _postgresql(address: str, secure: bool, patience: Patience) -> dict[str, Any]:
    limits = f"-c statement_timeout={int(patience.read * 1000)} -c lock_timeout={int(patience.read * 500)}"
    return {
        "hostaddr": address,
        "connect_timeout": max(1, int(patience.connect)),
        "options": limits,
        "sslmode": "require" if secure else "prefer",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": int(patience.read * 1000),
    }


def _mysql(address: str, secure: bool, patience: Patience) -> dict[str, Any]:
    timeouts = {"connect_timeout": max(1, int(patience.connect)), "read_timeout": max(1, int(patience.read))}
    tls: dict[str, Any] = {"ssl": {"check_hostname": False, "verify_mode": "none"}} if secure else {}
    return {"host": address, **timeouts, "write_timeout": max(1, int(patience.read)), **tls}


def _words(error: DBAPIError) -> str:
    """The first line of what the database said, without our statement or its values."""
    return (str(error.orig).splitlines() or [""])[0][:160]
