"""The servers that tests meet are real, private to the run, and gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from tests.support import run_folder as folders
from tests.support.postgres import Postgres
from tests.support.redis_server import RedisServer

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def scratch(postgres: Postgres):
    """A database with one table and one row, for tests of the server itself."""
    name = f"scratch_{os.getpid()}_{time.monotonic_ns()}"
    postgres.create(name)
    with postgres.connect(name) as connection:
        connection.execute("CREATE TABLE parent (id int PRIMARY KEY)")
        connection.execute("CREATE TABLE child (id int PRIMARY KEY, parent int NOT NULL REFERENCES parent)")
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO parent VALUES (1)")
        connection.execute("INSERT INTO child VALUES (1, 1)")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
    yield name
    postgres.drop(name)


def count(connection: psycopg.Connection, table: str) -> int:
    return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.postgres
class TestPostgreSQL:
    def test_it_is_postgresql_and_answers(self, postgres):
        with postgres.connect() as connection:
            assert "PostgreSQL" in connection.execute("SELECT version()").fetchone()[0]

    def test_it_listens_on_no_network_address(self, postgres):
        with postgres.connect() as connection:
            assert connection.execute("SHOW listen_addresses").fetchone()[0] == ""

    def test_a_copied_database_has_the_rows_of_its_template(self, postgres, scratch):
        copy = f"{scratch}_copy"
        postgres.create(copy, scratch)
        try:
            with postgres.connect(copy) as connection:
                assert count(connection, "child") == 1
        finally:
            postgres.drop(copy)

    def test_emptying_removes_rows_past_foreign_keys_and_keeps_the_schema_version(self, postgres, scratch):
        postgres.empty(scratch)
        with postgres.connect(scratch) as connection:
            assert [count(connection, name) for name in ("parent", "child", "alembic_version")] == [0, 0, 1]

    def test_emptying_ignores_triggers_that_forbid_deleting(self, postgres, scratch):
        with postgres.connect(scratch) as connection:
            connection.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'append-only'; END$$"
            )
            connection.execute("CREATE TRIGGER no BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION refuse()")
        postgres.empty(scratch)
        with postgres.connect(scratch) as connection:
            assert count(connection, "child") == 0

    def test_a_transaction_left_open_by_the_test_before_does_not_hold_up_the_next(self, postgres, scratch):
        left_open = psycopg.connect(host=str(postgres.sockets), user="postgres", dbname=scratch)
        left_open.execute("UPDATE child SET id = 2")
        begun = time.monotonic()
        postgres.empty(scratch)
        assert time.monotonic() - begun < 30
        with pytest.raises(psycopg.OperationalError):
            left_open.execute("SELECT 1")
        left_open.close()


@pytest.mark.redis
class TestRedis:
    def test_it_is_a_real_server_that_answers(self, redis_url):
        with redis.Redis.from_url(redis_url) as client:
            assert client.info("server")["redis_version"]

    def test_each_test_begins_with_an_empty_one(self, redis_server: RedisServer, request):
        with redis_server.client() as client:
            client.set("left", "behind")
        with redis.Redis.from_url(request.getfixturevalue("redis_url")) as client:
            assert client.dbsize() == 0

    def test_it_listens_on_no_network_port(self, redis_server: RedisServer):
        listening = [c for c in psutil.Process(redis_server.process.pid).net_connections() if c.status == "LISTEN"]
        assert listening == []

    def test_a_paused_one_accepts_and_never_answers(self, own_redis: RedisServer):
        own_redis.pause()
        client = redis.Redis.from_url(own_redis.url, socket_timeout=0.2, retry=None)
        with client, pytest.raises(redis.TimeoutError):
            client.ping()
        own_redis.resume()
        assert own_redis.answers()

    def test_a_stopped_one_has_forgotten_everything_when_it_comes_back(self, own_redis: RedisServer):
        with own_redis.client() as client:
            client.set("a", "1")
        own_redis.stop()
        assert not own_redis.answers()
        own_redis.start()
        with own_redis.client() as client:
            assert client.get("a") is None


@pytest.mark.redis
class TestCleaningUp:
    def test_servers_of_a_run_whose_process_has_gone_are_stopped_and_their_folder_removed(self, tmp_path):
        gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
        abandoned = tmp_path / f"{folders.PREFIX}{gone.stdout.strip()}-x"
        abandoned.mkdir()
        server = RedisServer(abandoned / "r")
        server.start()
        folders.remove_abandoned(tmp_path)
        assert server.process.wait(60) is not None
        assert not abandoned.exists()

    def test_a_run_that_is_still_going_is_left_alone(self, tmp_path):
        mine = tmp_path / f"{folders.PREFIX}{os.getpid()}-x"
        mine.mkdir()
        folders.remove_abandoned(tmp_path)
        assert mine.exists()

    def test_a_process_number_that_now_belongs_to_somebody_else_is_not_ended(self, tmp_path):
        folder = tmp_path / "pretend"
        (folder / "pg").mkdir(parents=True)
        bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
        try:
            (folder / "pg" / "postmaster.pid").write_text(f"{bystander.pid}\n")
            folders.remove(folder)
            assert bystander.poll() is None
            assert not folder.exists()
        finally:
            bystander.kill()
            bystander.wait()
