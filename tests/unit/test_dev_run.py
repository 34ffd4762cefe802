"""The parts of `make run` that need no server: settings written once, addresses, ports."""

from __future__ import annotations

import base64
import stat

import pytest

from deploy import dev_run


class TestSettingsFile:
    def test_the_first_start_writes_development_settings_with_fresh_secrets(self, tmp_path):
        one, two = tmp_path / "one", tmp_path / "two"
        assert dev_run.write_env(one, {})
        assert dev_run.write_env(two, {})
        first, second = dev_run.read_env(one), dev_run.read_env(two)
        assert first["APP_ENV"] == "development"
        assert len(first["SECRET_KEY"]) == 64
        assert len(base64.urlsafe_b64decode(first["ENCRYPTION_KEYS"])) == 32
        assert first["SECRET_KEY"] != second["SECRET_KEY"]
        assert first["ENCRYPTION_KEYS"] != second["ENCRYPTION_KEYS"]

    def test_nobody_else_may_read_it(self, tmp_path):
        dev_run.write_env(tmp_path / "env", {})
        assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600

    def test_an_existing_file_is_never_touched(self, tmp_path):
        (tmp_path / "env").write_text("SECRET_KEY=mine\n")
        assert not dev_run.write_env(tmp_path / "env", {})
        assert (tmp_path / "env").read_text() == "SECRET_KEY=mine\n"

    def test_none_is_written_when_the_environment_brings_its_own_secrets(self, tmp_path):
        assert not dev_run.write_env(tmp_path / "env", {"SECRET_KEY": "s", "ENCRYPTION_KEYS": "k"})
        assert not (tmp_path / "env").exists()

    def test_comments_blank_lines_and_quotes_are_understood(self, tmp_path):
        (tmp_path / "env").write_text("# PORT=1\n\nPORT = '8100'\nSITE_URL=\"http://a/?b=c\"\nnonsense\n")
        assert dev_run.read_env(tmp_path / "env") == {"PORT": "8100", "SITE_URL": "http://a/?b=c"}


@pytest.mark.parametrize(
    "environ, expected",
    [
        ({}, ("127.0.0.1", 8000)),
        ({"PORT": "8123"}, ("127.0.0.1", 8123)),
        ({"HOST": "0.0.0.0", "PORT": ""}, ("0.0.0.0", 8000)),
    ],
)
def test_it_listens_where_host_and_port_say(environ, expected):
    assert dev_run.address(environ) == expected


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "8000 ", "٨٠٠٠", "1e3"])
def test_a_port_that_is_none_is_refused_with_its_value(port):
    with pytest.raises(dev_run.CannotStart, match="PORT must be a number"):
        dev_run.address({"PORT": port})


@pytest.mark.parametrize(
    "host, url_host",
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("box", "box")],
)
def test_the_address_printed_is_one_that_can_be_opened(host, url_host):
    assert dev_run.reachable(host) == url_host
