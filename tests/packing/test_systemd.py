"""The systemd units: they belong together, start in order, and are shut in."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from config import ROOT
from tests.packing import dockerfile
from tests.support.not_run import MARK

FOLDER = ROOT / "deploy/systemd"
SERVICES = ("duely-migrate.service", "duely-web.service", "duely-worker@.service", "duely-scheduler.service")
LASTING = SERVICES[1:]
PROGRAMS = "/opt/duely/.venv/bin"
SHUT_IN = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "MemoryDenyWriteExecute": "yes",
    "StateDirectory": "duely",
    "UMask": "0077",
}

every = pytest.mark.parametrize("name", SERVICES)
lasting = pytest.mark.parametrize("name", LASTING)


def read(name: str) -> dict[tuple[str, str], list[str]]:
    """A unit file: (section, key) to its values, in order."""
    found: dict[tuple[str, str], list[str]] = {}
    section = ""
    for line in re.sub(r"\\\n\s*", " ", (FOLDER / name).read_text("utf-8")).splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = heading[1]
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault((section, key), []).append(value)
    return found


def words(unit: dict[tuple[str, str], list[str]], section: str, key: str) -> set[str]:
    return set(" ".join(unit.get((section, key), [])).split())


@every
class TestEachService:
    def test_it_is_shut_in(self, name):
        unit = read(name)
        assert {key: unit["Service", key] for key in SHUT_IN} == {key: [value] for key, value in SHUT_IN.items()}
        assert unit["Service", "SystemCallFilter"] == ["@system-service", "~@privileged"]

    def test_it_is_nobody_that_could_sign_in(self, name):
        unit = read(name)
        assert unit["Service", "User"] == unit["Service", "Group"] == ["duely"]
        assert re.search(r"^u duely -", (FOLDER / "duely.sysusers.conf").read_text("utf-8"), re.MULTILINE)

    def test_settings_come_from_one_file_and_secrets_from_nowhere_else(self, name):
        unit = read(name)
        assert unit["Service", "EnvironmentFile"] == ["/etc/duely/duely.env"]
        assert not [line for line in unit["Service", "Environment"] if re.search("KEY|PASSWORD|TOKEN", line)]

    def test_it_runs_a_program_of_the_virtual_environment(self, name):
        (command,) = read(name)["Service", "ExecStart"]
        assert command.startswith(f"{PROGRAMS}/")

    def test_other_units_that_it_names_are_here(self, name):
        unit = read(name)
        named = {word for key in ("After", "Requires", "PartOf", "Wants") for word in words(unit, "Unit", key)}
        assert {word for word in named if word.startswith("duely")} <= {*SERVICES, "duely.target"}


@lasting
class TestWhatKeepsRunning:
    def test_it_starts_after_the_schema_is_brought_up_to_date(self, name):
        unit = read(name)
        assert "duely-migrate.service" in words(unit, "Unit", "After") & words(unit, "Unit", "Requires")

    def test_it_comes_back_and_belongs_to_the_target(self, name):
        unit = read(name)
        assert unit["Service", "Restart"] == ["always"]
        assert unit["Unit", "PartOf"] == unit["Install", "WantedBy"] == ["duely.target"]
        assert unit["Service", "MemoryMax"]


def test_the_target_brings_one_of_each():
    started = words(read("duely.target"), "Unit", "Wants")
    assert {re.sub(r"@\d+", "@", name) for name in started} == set(LASTING)


def test_migrations_run_once_and_to_their_end():
    unit = read("duely-migrate.service")
    assert unit["Service", "Type"] == ["oneshot"]
    assert ("Service", "Restart") not in unit


@pytest.mark.parametrize("name", ["duely-web.service", "duely-worker@.service"])
def test_only_the_first_process_is_told_to_end(name):
    """The process in which RQ does a job would die of the signal in the middle of it."""
    assert read(name)["Service", "KillMode"] == ["mixed"]


def test_the_server_is_started_as_in_the_image_but_for_its_address():
    (here,) = read("duely-web.service")["Service", "ExecStart"]
    there = (dockerfile.stages()[-1].only("CMD").exec_form or [""])[-1]
    there = there.removeprefix("exec ").replace("${WEB_THREADS:-8}", "${WEB_THREADS}")
    here, there = (" ".join(line.split()) for line in (here, there))
    assert here == f"{PROGRAMS}/{there.replace('0.0.0.0', '127.0.0.1')}"
    assert "WEB_THREADS=8" in read("duely-web.service")["Service", "Environment"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason=MARK + "systemd-analyze is not on this machine")
def test_systemd_itself_finds_nothing_to_say_about_them(tmp_path: Path):
    """In a root of its own, where the programs exist and nothing of this machine does."""
    units = tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    for name in (*SERVICES, "duely.target"):
        shutil.copy(FOLDER / name, units)
    (tmp_path / "etc/duely").mkdir()
    (tmp_path / "etc/duely/duely.env").touch()
    programs = tmp_path / PROGRAMS.lstrip("/")
    programs.mkdir(parents=True)
    for program in ("flask", "granian", "python"):
        (programs / program).touch(mode=0o755)
    if (system := Path("/usr/lib/systemd/system")).is_dir():
        shutil.copytree(system, tmp_path / "usr/lib/systemd/system", symlinks=True)
    started = [name.replace("@.", "@1.") for name in SERVICES]
    command = ["systemd-analyze", f"--root={tmp_path}", "verify", *started, "duely.target"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    told = [line for line in done.stderr.splitlines() if "duely" in line]
    assert (done.returncode, told) == (0, [])
