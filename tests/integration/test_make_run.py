"""What `make run` promises once it has begun: one address, one pair of processes, a clean end."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import psutil
import pytest

from deploy import dev_run
from tests.support.live import ROOT, LiveServer


@pytest.fixture
def running(tmp_path):
    """One that a test may end."""
    server = LiveServer(tmp_path, {})
    server.start("--no-seed")
    yield server
    if server.process.poll() is None:
        server.stop()


def children(server: LiveServer) -> dict[str, psutil.Process]:
    """The two children by what they run."""
    found = psutil.Process(server.process.pid).children()
    return {"runner" if "worker.py" in child.cmdline() else "web": child for child in found}


def everyone(server: LiveServer) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children(recursive=True)


def assert_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert alive == []


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda wish: wish.name)
def test_asked_to_stop_it_ends_well_within_ten_seconds_and_leaves_nothing(running, wish):
    processes = everyone(running)
    begun = time.monotonic()
    running.process.send_signal(wish)
    assert running.process.wait(60) == 0
    assert time.monotonic() - begun < 10
    assert_gone(processes)


@pytest.mark.parametrize("victim, named", [("web", "web server"), ("runner", "job runner")])
def test_when_one_process_dies_the_other_is_stopped_and_the_status_tells(running, victim, named):
    processes = everyone(running)
    children(running)[victim].kill()
    assert running.process.wait(60) == 1
    assert f"The {named} ended" in running.log.read_text()
    assert_gone(processes)


def test_web_server_and_job_runner_share_one_process_group_that_is_not_the_launchers(live_server):
    groups = {os.getpgid(process.pid) for process in everyone(live_server)}
    assert len(groups) == 1
    assert os.getpgid(live_server.process.pid) not in groups


def test_it_listens_on_this_machine_only_and_prints_where(live_server):
    ports = [c.laddr for process in everyone(live_server) for c in process.net_connections() if c.status == "LISTEN"]
    assert {(address.ip, address.port) for address in ports} == {("127.0.0.1", live_server.port)}
    deadline = time.monotonic() + 60
    while live_server.url not in live_server.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert f"Duely is running at {live_server.url}/" in live_server.log.read_text()


def test_a_busy_port_is_named_before_anything_is_started(tmp_path):
    server = LiveServer(tmp_path, {})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", server.port))
        taken.listen()
        command = [sys.executable, "-m", "deploy.dev_run", "--no-install"]
        done = subprocess.run(command, cwd=ROOT, env=server.environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{server.port}" in done.stderr
    assert list(server.instance.iterdir()) == []


def test_a_setting_that_cannot_be_used_stops_the_start_and_is_named(tmp_path):
    server = LiveServer(tmp_path, {"DATABASE_URL": "mysql://elsewhere/duely"})
    with pytest.raises(RuntimeError, match="DATABASE_URL"):
        server.start("--no-seed")


@pytest.fixture
def prepared(tmp_path):
    """A small database that was prepared once, with what was told then."""
    with sqlite3.connect(tmp_path / "duely.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num text)")
        database.execute("CREATE TABLE person (id int)")
        database.execute("INSERT INTO alembic_version VALUES ('0001')")
        database.execute("INSERT INTO person VALUES (1)")
    database.close()
    prepared = dev_run.Prepared({"INSTANCE_DIR": str(tmp_path)})
    prepared.remember("Sign in as ada")
    return prepared


def change(prepared: dev_run.Prepared, statement: str) -> None:
    database = sqlite3.connect(prepared.database, isolation_level=None)
    database.execute(statement)
    database.close()


class TestSecondStart:
    def test_a_database_that_is_as_it_was_left_is_not_prepared_again(self, prepared):
        change(prepared, "INSERT INTO person VALUES (2)")
        assert prepared.recall() == "Sign in as ada"

    @pytest.mark.parametrize(
        "statement",
        ["UPDATE alembic_version SET version_num = '0000'", "DELETE FROM person", "DROP TABLE alembic_version"],
    )
    def test_another_schema_or_an_emptied_database_is(self, prepared, statement):
        change(prepared, statement)
        assert prepared.recall() is None

    def test_nothing_is_noted_of_a_database_without_people(self, prepared):
        change(prepared, "DELETE FROM person")
        prepared.remember("nothing")
        change(prepared, "INSERT INTO person VALUES (1)")
        assert prepared.recall() == "Sign in as ada"

    def test_so_is_one_that_was_deleted(self, prepared):
        prepared.database.unlink()
        assert prepared.recall() is None

    def test_so_is_one_that_lives_elsewhere(self, prepared, tmp_path):
        settings = {"INSTANCE_DIR": str(tmp_path), "DATABASE_URL": "postgresql://db/duely"}
        assert dev_run.Prepared(settings).recall() is None

    def test_so_is_one_older_than_a_new_migration(self, prepared, tmp_path, monkeypatch):
        monkeypatch.setattr(dev_run, "ROOT", tmp_path)
        assert prepared.recall() is None

    def test_a_note_that_cannot_be_read_is_as_good_as_none(self, prepared):
        prepared.note.write_text("{")
        assert prepared.recall() is None
