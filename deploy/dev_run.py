"""`make run`: from a fresh clone to a running Duely, and back to nothing on Ctrl-C.

Needs Python 3.11 and the standard library. Prepares the virtual environment, the git-ignored `.env` and the database,
then keeps the web server and the job runner together in one process group: when one of them ends, so does the other.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType

from deploy import bootstrap, new_env

ROOT = bootstrap.ROOT
ENV_FILE = ROOT / ".env"
READY_SECONDS = 300
STOP_SECONDS = 9


class CannotStart(Exception):
    """Duely cannot start; the message says why and what to do."""


class Asked(Exception):
    """Somebody pressed Ctrl-C or asked the process to end."""


def write_env(path: Path, environ: Mapping[str, str]) -> bool:
    """Write development settings with fresh secrets, once. Returns whether it did.

    An existing file is never touched, and none is written when the environment brings its own secrets.
    """
    if path.exists() or (environ.get("SECRET_KEY") and environ.get("ENCRYPTION_KEYS")):
        return False
    lines = (
        "# Settings of this folder, made by the first `make run`. Keep it: without ENCRYPTION_KEYS",
        "# what is encrypted in the database cannot be read again.",
        "APP_ENV=development",
        f"SECRET_KEY={new_env.secret_key()}",
        f"ENCRYPTION_KEYS={new_env.encryption_key()}",
    )
    with contextlib.suppress(FileExistsError):
        new_env.write_private(path, "\n".join(lines) + "\n")
        return True
    return False


def read_env(path: Path) -> dict[str, str]:
    """The plain `NAME=value` lines of a settings file; what is fancier is left to the application."""
    if not path.is_file():
        return {}
    pairs = (line.partition("=") for line in path.read_text("utf-8").splitlines() if not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, found, value in pairs if found}


def require_free(host: str, port: int) -> None:
    """Raises CannotStart when nobody could listen there. The web server itself would share a busy port silently."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CannotStart(
            f"Cannot listen on {host}:{port} ({error.strerror}). Another port: PORT={port + 1} make run"
        ) from error


def address(environ: Mapping[str, str]) -> tuple[str, int]:
    """Where to listen: HOST and PORT, else 127.0.0.1:8000. Raises CannotStart for a port that is none."""
    port = environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {port!r}.")
    return environ.get("HOST") or "127.0.0.1", int(port)


def reachable(host: str) -> str:
    """The address under which a server listening on `host` is reached from this machine, ready for a URL."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - recognised, not bound
    return f"[{host}]" if ":" in host else host


class Pair:
    """The web server and the job runner: started together in one process group, stopped together."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.group = 0

    def start(self, python: Path, host: str, port: int, environ: Mapping[str, str]) -> None:
        """Start both. They share a group that is not the launcher's: Ctrl-C reaches the launcher alone, which
        then stops them in good order."""
        # A customer's click waits for the payment provider: never fewer than four. More than this and granian warns.
        threads = environ.get("WEB_THREADS") or str(max(4, min(8, 2 * (os.cpu_count() or 1) + 1)))
        serve = ["-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws"]
        serve += ["--workers", "1", "--blocking-threads", threads, "--workers-kill-timeout", "7"]
        serve += ["--log-level", "warning", "wsgi:app"]
        self._start("web server", [str(python), *serve], environ)
        self._start("job runner", [str(python), "worker.py"], environ)

    def _start(self, name: str, command: list[str], environ: Mapping[str, str]) -> None:
        child = subprocess.Popen(command, cwd=ROOT, env=dict(environ), process_group=self.group)
        self.children[name] = child
        self.group = self.group or child.pid

    def ended(self) -> str | None:
        """Which of the two has ended, in words, or None while both run."""
        gone = ((name, child.returncode) for name, child in self.children.items() if child.poll() is not None)
        return next((f"The {name} ended with status {code}." for name, code in gone), None)

    def stop(self) -> None:
        """Ask both to finish what they are doing, wait nine seconds, then leave nothing of the group."""
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, signal.SIGKILL)
        for child in self.children.values():
            child.wait()


def answers(host: str, port: int) -> bool:
    """Whether /health/ answers 200 within two seconds."""
    connection = http.client.HTTPConnection(reachable(host).strip("[]"), port, timeout=2)
    try:
        connection.request("GET", "/health/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until_ready(pair: Pair, host: str, port: int) -> None:
    """Raises CannotStart when a process ends, or nothing answers within five minutes."""
    deadline = time.monotonic() + READY_SECONDS
    while not answers(host, port):
        if ended := pair.ended():
            raise CannotStart(ended)
        if time.monotonic() > deadline:
            raise CannotStart(f"Nothing answered at /health/ within {READY_SECONDS} seconds.")
        time.sleep(0.03)


def prepare_database(python: Path, environ: Mapping[str, str], seed: bool) -> str:
    """Migrate, and fill an empty database with the demo business. Returns what there is to tell (the sign-in)."""
    command = [str(python), "-m", "flask", "--app", "wsgi", *(["prepare"] if seed else ["db", "upgrade"])]
    done = subprocess.run(command, cwd=ROOT, env=dict(environ), stdout=subprocess.PIPE, text=True, timeout=600)
    if done.returncode:
        raise CannotStart(f"{done.stdout}The database could not be prepared.")
    return done.stdout.strip()


class Prepared:
    """What the last preparation of the default SQLite database left behind, so that a second start can skip it.

    It holds for one database file and one schema only: when the file was replaced, when its schema version differs
    from the one noted, or when a migration was added or edited, the database is prepared again.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        instance = Path(settings.get("INSTANCE_DIR") or ROOT / "instance")
        self.database = instance / "duely.db"
        self.note = instance / "prepared.json"
        self.applies = not settings.get("DATABASE_URL")

    def recall(self) -> str | None:
        """What was told then, or None when the database has to be prepared."""
        with contextlib.suppress(OSError, ValueError, sqlite3.Error):
            noted = json.loads(self.note.read_text("utf-8"))
            if self.applies and noted["state"] == self._state():
                return str(noted["told"])
        return None

    def remember(self, told: str) -> None:
        """Note what was told, for as long as the database stays as it is; nothing is noted of an empty one."""
        with contextlib.suppress(ValueError, sqlite3.Error):
            if self.applies:
                self.note.write_text(json.dumps({"state": self._state(), "told": told}), "utf-8")

    def _state(self) -> list[object]:
        digest = hashlib.sha256()
        for file in sorted((ROOT / "migrations" / "versions").glob("*.py")):
            digest.update(file.name.encode() + file.read_bytes())
        with contextlib.closing(sqlite3.connect(f"{self.database.absolute().as_uri()}?mode=ro", uri=True)) as database:
            version = database.execute("SELECT version_num FROM alembic_version").fetchone()
            people = database.execute("SELECT count(*) FROM person").fetchone()
        if not people[0]:
            raise ValueError("an empty database is filled by preparing it")
        return [self.database.stat().st_ino, digest.hexdigest(), version[0]]


def serve(python: Path, seed: bool) -> None:
    """Run until somebody asks to stop (returns) or a process ends by itself (raises CannotStart)."""
    settings = {**read_env(ENV_FILE), **os.environ}
    host, port = address(settings)
    require_free(host, port)
    url = f"http://{reachable(host)}:{port}"
    environ = {**os.environ, "SITE_URL": settings.get("SITE_URL") or url, "PYTHONUNBUFFERED": "1"}
    told = _prepare_once(python, environ, Prepared(settings)) if seed else prepare_database(python, environ, seed)
    pair = Pair()
    try:
        with _signals_wait():
            pair.start(python, host, port, environ)
        wait_until_ready(pair, host, port)
        print(f"\nDuely is running at {url}/\n{told}\nCtrl-C stops it.\n", flush=True)
        while not (ended := pair.ended()):
            time.sleep(0.2)
        raise CannotStart(f"{ended} Stopping the other.")
    except Asked:
        print("\nStopping ...", flush=True)
    finally:
        _on_signals(signal.SIG_IGN)
        pair.stop()


def _prepare_once(python: Path, environ: Mapping[str, str], prepared: Prepared) -> str:
    told = prepared.recall()
    if told is None:
        told = prepare_database(python, environ, seed=True)
        prepared.remember(told)
    return told


def _ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    raise Asked


def _on_signals(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


@contextlib.contextmanager
def _signals_wait() -> Iterator[None]:
    """Put off a wish to stop until the block has ended: half a pair would be left behind by it."""
    wishes: list[int] = []
    _on_signals(lambda number, _frame: wishes.append(number))
    yield
    _on_signals(_ask_to_stop)
    if wishes:
        os.kill(os.getpid(), wishes[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-install", action="store_true", help="use this Python, which has the requirements")
    parser.add_argument("--no-seed", action="store_true", help="leave an empty database empty")
    options = parser.parse_args()
    _on_signals(_ask_to_stop)
    try:
        python = Path(sys.executable) if options.no_install else bootstrap.prepare()
        if write_env(ENV_FILE, os.environ):
            print(f"Wrote {ENV_FILE} with fresh secrets.", flush=True)
        serve(python, seed=not options.no_seed)
    except Asked:
        return 0
    except (CannotStart, bootstrap.CannotPrepare) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
