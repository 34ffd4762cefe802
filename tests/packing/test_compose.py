"""compose.yaml as a whole: services that fit together and are shut in. Its settings are in test_settings.py."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import pytest
import yaml

from config import ROOT
from tests.packing import dockerfile

FILE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
DUELY = ("migrate", "web", "worker", "scheduler")
CADDYFILE = (ROOT / "deploy/caddy/Caddyfile").read_text("utf-8")
every = pytest.mark.parametrize("name", SERVICES)
ours = pytest.mark.parametrize("name", DUELY)


def test_it_has_all_of_duely():
    assert set(SERVICES) == {*DUELY, "postgres", "redis", "caddy"}


@every
class TestEachService:
    def test_it_may_do_nothing_but_its_work(self, name):
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service

    def test_it_is_not_root(self, name):
        ours = dockerfile.stages()[-1].only("USER").text if name in DUELY else "0"
        user = int(SERVICES[name].get("user", ours).partition(":")[0])
        # Caddy's image owns its volumes as root, who is left with the one capability named above.
        assert (user == 0) is (name == "caddy")

    def test_its_memory_has_a_limit_and_its_log_too(self, name):
        assert re.fullmatch(r"\d+[mg]", SERVICES[name]["deploy"]["resources"]["limits"]["memory"])
        assert {"max-size", "max-file"} <= set(SERVICES[name]["logging"]["options"])

    def test_it_comes_back_by_itself_unless_it_has_one_thing_to_do(self, name):
        assert SERVICES[name]["restart"] == ("no" if name == "migrate" else "unless-stopped")

    def test_what_it_waits_for_can_come_true(self, name):
        for other, wish in SERVICES[name].get("depends_on", {}).items():
            if wish["condition"] == "service_completed_successfully":
                assert SERVICES[other]["restart"] == "no"
            else:
                assert wish["condition"] == "service_healthy"
                disabled = SERVICES[other].get("healthcheck", {}).get("disable", False)
                assert not disabled
                assert "healthcheck" in SERVICES[other] or SERVICES[other]["image"] == "duely:local"

    def test_its_networks_and_volumes_are_declared(self, name):
        assert set(SERVICES[name]["networks"]) <= set(FILE["networks"])
        for volume in SERVICES[name].get("volumes", []):
            source = volume.partition(":")[0]
            assert (ROOT / source).is_file() if source.startswith(".") else source in FILE["volumes"]

    def test_nothing_is_given_a_password_that_stands_in_the_file(self, name):
        for setting, value in SERVICES[name].get("environment", {}).items():
            if re.search("KEY|PASSWORD|TOKEN|URL", setting) and re.search(r"SECRET|PASSWORD|KEY|TOKEN", str(value)):
                assert "${" in value, setting

    def test_ports_are_open_to_this_machine_only_but_for_caddys(self, name):
        ports = SERVICES[name].get("ports", [])
        if name == "caddy":
            assert [port.rpartition(":")[0].partition("/")[0] for port in ports] == ["80", "443", "443"]
        else:
            assert all(ipaddress.ip_address(port.partition(":")[0]).is_loopback for port in ports)
            assert bool(ports) is (name == "web")


@ours
class TestOurServices:
    def test_all_run_the_same_image_with_the_same_settings(self, name):
        web = SERVICES["web"]
        assert SERVICES[name]["image"] == web["image"]
        assert SERVICES[name]["environment"] == web["environment"]

    def test_writes_go_to_the_volume_and_to_tmp(self, name):
        data = dockerfile.stages()[-1].environ()["INSTANCE_DIR"]
        assert [volume.partition(":")[2] for volume in SERVICES[name]["volumes"]] == [data]
        assert [mount.partition(":")[0] for mount in SERVICES[name]["tmpfs"]] == ["/tmp"]

    def test_the_first_process_buries_orphans(self, name):
        """An RQ job that drew a PDF leaves a process behind that nobody else would wait for."""
        assert SERVICES[name]["init"] is True

    def test_its_command_runs_a_program_of_the_image(self, name):
        command = SERVICES[name].get("command") or dockerfile.stages()[-1].only("CMD").exec_form
        assert command[0] in ("flask", "python", "sh")
        assert [word for word in command if word.endswith(".py")] in ([], ["worker.py"])

    def test_only_the_web_server_is_asked_for_its_health(self, name):
        assert SERVICES[name].get("healthcheck") == (None if name == "web" else {"disable": True})

    def test_it_starts_when_the_schema_is_there(self, name):
        before = set(SERVICES[name]["depends_on"])
        assert before == ({"postgres"} if name == "migrate" else {"migrate", "redis"})


def test_databases_are_reached_from_inside_only():
    assert FILE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_workers_are_given_as_many_as_one_likes_and_time_to_finish():
    assert SERVICES["worker"]["deploy"]["replicas"] == "${WORKERS:-1}"
    assert SERVICES["worker"]["stop_grace_period"] == "60s"


def test_redis_forgets_nothing_that_was_rung_and_keeps_nothing():
    command = " ".join(SERVICES["redis"]["command"])
    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly no" in command


def test_postgres_keeps_its_data_where_release_18_does():
    assert SERVICES["postgres"]["image"].startswith("postgres:18")
    assert SERVICES["postgres"]["volumes"] == ["database:/var/lib/postgresql"]


class TestCaddy:
    def test_it_comes_only_when_asked_for(self):
        assert {name for name, service in SERVICES.items() if "profiles" in service} == {"caddy"}

    def test_it_leads_to_the_port_of_the_web_service(self):
        port = dockerfile.stages()[-1].only("EXPOSE").text
        assert re.findall(r"reverse_proxy (\S+)", CADDYFILE) == [f"web:{port}"]
        assert set(SERVICES["caddy"]["networks"]) & set(SERVICES["web"]["networks"])

    def test_with_and_without_it_one_proxy_is_in_front(self):
        """Nobody but a proxy of this machine, or Caddy beside it, reaches the port."""
        assert SERVICES["web"]["environment"]["TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-1}"
        assert "trusted_proxies" not in CADDYFILE

    def test_it_compresses_what_is_not_and_writes_no_addresses_of_customers_to_a_log(self):
        assert re.search(r"^\tencode zstd gzip$", CADDYFILE, re.MULTILINE)
        assert not re.search(r"^\s*log\b", CADDYFILE, re.MULTILINE)
