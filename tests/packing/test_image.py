"""The image without an engine: the Dockerfile's own steps in a bare virtual environment, run as its own user.

Everything is below one folder that belongs to somebody else; only /data and /tmp may be written, as in a container
with a read-only root. What is run is what the Dockerfile and compose.yaml say. Installing takes most of the time.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from config import ROOT
from tests.packing import dockerfile
from tests.packing.bare import Image, reachable_python
from tests.packing.settings import example, interpolated
from tests.support.live import free_port
from tests.support.not_run import MARK
from tests.support.postgres import Postgres
from tests.support.redis_server import RedisServer

pytestmark = [pytest.mark.long, pytest.mark.postgres, pytest.mark.redis]
DOMAIN = "billing.example.com"
DATABASE = "packed_duely"
PATIENCE = 60  # seconds
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]


class Container:
    """Runs the commands of compose.yaml in the image, each with the settings of its service."""

    def __init__(self, image: Image, urls: dict[str, str]) -> None:
        self.image, self.port = image, free_port()
        # Only root may become somebody else; for anybody else the files are his own and this is shown elsewhere.
        self.user = int(image.final.only("USER").text.partition(":")[0]) if os.geteuid() == 0 else None
        given = {**example("deploy/compose.env.example"), "DOMAIN": DOMAIN}
        written = SERVICES["web"]["environment"]
        self.settings = {name: interpolated(value, given) for name, value in written.items()} | urls
        self.log = image.folder / "log"
        self.running: list[subprocess.Popen[str]] = []

    def start(self, service: str) -> subprocess.Popen[str]:
        """Start what a service runs."""
        command = SERVICES[service].get("command") or self.image.final.only("CMD").exec_form
        with self.log.open("a") as log:
            process = self.image.run(command, self.settings, self.port, self.user, stdout=log, stderr=log)
        self.running.append(process)
        return process

    def finish(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        process = self.image.run(command, self.settings, self.port, self.user, **pipes)
        told = process.communicate(timeout=PATIENCE)[0]
        return subprocess.CompletedProcess(command, process.returncode, told)

    def get(self, path: str, **headers: str) -> tuple[int, Message, bytes]:
        """Ask the web server as the proxy in front of it does."""
        forwarded = {"Host": DOMAIN, "X-Forwarded-Host": DOMAIN, "X-Forwarded-Proto": "https"}
        ask = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={**forwarded, **headers})
        try:
            answer = urllib.request.urlopen(ask, timeout=60)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            return answer.status, answer.headers, answer.read()

    def until(self, happened: Callable[[], object]) -> None:
        """Look until it happened; fails with the log."""
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < deadline, self.log.read_text()[-4000:]
            time.sleep(0.1)

    def stop(self) -> None:
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def snapshot(root: Path) -> dict[str, tuple[int, int]]:
    """Every file of the image outside its two folders that may be written, with size and time of change."""
    found = {}
    for folder, names, files in os.walk(root):
        if Path(folder) == root:
            names[:] = [name for name in names if name not in ("data", "tmp")]
        for name in [*names, *files]:
            stat = os.lstat(Path(folder, name))
            found[str(Path(folder, name))] = (stat.st_size, stat.st_mtime_ns)
    return found


@pytest.fixture(scope="module")
def image(run_folder: Path) -> Image:
    """The image as a folder."""
    stages = dockerfile.stages()
    user = int(stages[-1].only("USER").text.partition(":")[0]) if os.geteuid() == 0 else None
    python = reachable_python(user)
    if python is None:
        pytest.skip(MARK + "no Python 3.11 with venv that another user may start (on Debian: apt install python3-venv)")
    folder = run_folder / "image"
    folder.mkdir()
    made = Image(folder)
    made.build(python)
    return made


@pytest.fixture(scope="module")
def container(image: Image, postgres: Postgres, run_folder: Path) -> Iterator[Container]:
    """The image with a database and a Redis; its schema is prepared by the command of compose.yaml."""
    redis = RedisServer(run_folder / "redis-image")
    redis.start()
    redis.folder.chmod(0o711)
    redis.socket.chmod(0o777)
    url = postgres.create(DATABASE).replace("postgresql+psycopg://", "postgresql://")
    made = Container(image, {"DATABASE_URL": url + "&connect_timeout=5", "REDIS_URL": redis.url})
    before = snapshot(image.root)
    # The image's user has to walk through it to the socket; nothing in it can be read for that.
    postgres.sockets.chmod(0o711)
    try:
        done = made.finish(SERVICES["migrate"]["command"])
        assert done.returncode == 0, done.stdout
        for service in ("web", "worker", "scheduler"):
            made.start(service)
        made.until(lambda: answers(made))
        yield made
        assert snapshot(image.root) == before, "something was written outside /data and /tmp"
    finally:
        made.stop()
        redis.stop()
        postgres.sockets.chmod(0o700)
        postgres.drop(DATABASE)
        shutil.rmtree(image.folder, ignore_errors=True)


def answers(container: Container) -> bool:
    try:
        return container.get("/health/live/")[0] == 200
    except (urllib.error.URLError, OSError):
        return False


def rows(postgres: Postgres, query: str) -> list[tuple[Any, ...]]:
    with postgres.connect(DATABASE) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def test_it_holds_the_programs_and_nothing_else(image: Image):
    assert {path.name for path in image.workdir.iterdir()} == {
        "app", "config.py", "migrations", "static", "templates", "worker.py", "wsgi.py", "__pycache__"
    }  # fmt: skip
    assert {path.name for path in image.root.iterdir()} == {"data", "opt", "srv", "tmp"}
    assert not list(image.root.glob("opt/venv/lib/*/site-packages/pip"))


def test_the_user_of_the_image_cannot_write_it(container: Container):
    write = "import pathlib, sys; [pathlib.Path(p, 'x').touch() for p in sys.argv[1:]]"
    for folder in ("/srv/duely", "/srv/duely/static", "/opt/venv/bin"):
        refused = container.finish(["python", "-c", write, folder])
        assert container.user is None or "PermissionError" in refused.stdout
    assert container.finish(["python", "-c", write, "/data", "/tmp"]).returncode == 0


def test_the_health_check_of_the_image_tells_well_from_ill(container: Container):
    command = dockerfile.healthcheck(container.image.final)
    assert container.finish(command).returncode == 0
    port, container.port = container.port, free_port()
    assert container.finish(command).returncode != 0
    container.port = port


def test_it_is_ready_when_the_schema_is_there(container: Container):
    assert container.get("/health/ready/")[2] == b"ok\n"


def test_a_page_is_served_with_a_cookie_for_https_only(container: Container):
    status, headers, body = container.get("/login/")
    assert (status, b"Sign in" in body) == (200, True)
    assert "__Host-duely=" in headers["Set-Cookie"]
    assert "Secure" in headers["Set-Cookie"]


def test_static_files_come_compressed_and_stay_for_a_year(container: Container):
    plain = (ROOT / "static/css/duely.css").read_bytes()
    _, headers, body = container.get("/static/css/duely.css?v=1", **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == plain
    _, headers, smaller = container.get("/static/css/duely.css?v=1", **{"Accept-Encoding": "gzip, br"})
    assert headers["Content-Encoding"] == "br"
    assert len(smaller) < len(body)
    assert "max-age=31536000" in headers["Cache-Control"]
    # What the image brings compressed is not compressed again by each container.
    assert not container.image.path("/data/compressed").exists()


def test_the_worker_does_what_the_scheduler_asks_for(container: Container, postgres: Postgres):
    query = "SELECT state, rings > 0 FROM system_job WHERE task = 'auth.clean_up'"
    container.until(lambda: ("done", True) in rows(postgres, query))


def test_the_first_owner_comes_from_the_command(container: Container, postgres: Postgres):
    command = ["flask", "--app", "wsgi", "create-user", "--email", "ada@example.com", "--business", "Obi Fibre"]
    done = container.finish([*command, "--password", "a calm river in june"])
    assert done.returncode == 0, done.stdout
    assert rows(postgres, "SELECT email FROM person") == [("ada@example.com",)]


def test_bytecode_is_there_for_everything_that_is_started(image: Image):
    made = {path.relative_to(image.root).as_posix() for path in image.root.rglob("*.pyc")}
    for source in [*image.workdir.rglob("*.py"), *image.root.glob("opt/venv/lib/*/site-packages/flask/*.py")]:
        name = source.relative_to(image.root)
        assert [pyc for pyc in made if pyc.startswith(f"{name.parent}/__pycache__/{name.stem}.cpython")], name


def test_asked_to_stop_it_answers_what_it_has_begun_and_ends(container: Container, postgres: Postgres):
    """Last, since it ends the web server and the worker."""
    web, worker, scheduler = container.running
    lock = psycopg.connect(host=str(postgres.sockets), user="postgres", dbname=DATABASE)
    lock.execute("LOCK TABLE link IN ACCESS EXCLUSIVE MODE")
    answer: list[int] = []
    visitor = threading.Thread(target=lambda: answer.append(container.get("/i/" + "x" * 43 + "/")[0]))
    visitor.start()
    container.until(lambda: waiting(postgres))
    web.send_signal(getattr(signal, container.image.final.only("STOPSIGNAL").text))
    time.sleep(0.5)
    assert web.poll() is None
    lock.close()
    visitor.join(60)
    assert answer == [404]
    assert web.wait(60) == 0
    for process in (worker, scheduler):
        process.terminate()
        assert process.wait(60) == 0


def waiting(postgres: Postgres) -> bool:
    query = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(rows(postgres, query))
