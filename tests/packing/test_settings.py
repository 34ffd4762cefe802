"""What the packing files set is what config.py reads: no name that nobody knows, none missing that production needs."""

from __future__ import annotations

import re
import stat

import pytest
import yaml

from config import ROOT, Config, SettingError
from deploy import new_env
from tests.packing.settings import ELSEWHERE, VARIABLE, example, interpolated, known, named_in, pairs

COMPOSE = ROOT / "compose.yaml"
BASE = ROOT / "deploy/kubernetes/base/kustomization.yaml"
OVERLAY = ROOT / "deploy/kubernetes/overlays/production/kustomization.yaml"
EXAMPLES = ("deploy/compose.env.example", "deploy/kubernetes/secret.env.example", "deploy/systemd/duely.env.example")
DUELY = ("migrate", "web", "worker", "scheduler")
# Variables of commands in documents that are no settings of ours.
IN_DOCUMENTS = {"GRANIAN_WORKERS"}


def compose_environ(service: str, given: dict[str, str]) -> dict[str, str]:
    """The environment of one service of compose.yaml."""
    written = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"][service]["environment"]
    return {name: interpolated(value, given) for name, value in written.items()}


def literals(path) -> dict[str, str]:
    (generator,) = yaml.safe_load(path.read_text("utf-8"))["configMapGenerator"]
    assert generator["name"] == "duely-settings"
    return pairs("\n".join(generator["literals"]))


def unit_environ(name: str) -> dict[str, str]:
    text = (ROOT / "deploy/systemd" / name).read_text("utf-8")
    return pairs("\n".join(" ".join(re.findall(r"^Environment=(.*)$", text, re.MULTILINE)).split()))


@pytest.fixture
def filled_in() -> dict[str, str]:
    """deploy/compose.env as somebody leaves it who fills in nothing but the host name."""
    return {**example("deploy/compose.env.example"), "DOMAIN": "billing.example.com"}


class TestCompose:
    @pytest.mark.parametrize("service", DUELY)
    def test_a_service_starts_with_nothing_filled_in_but_the_host_name(self, service, filled_in):
        environ = compose_environ(service, filled_in)
        assert set(environ) <= known()
        config = Config.from_env(environ)
        assert (config.production, config.site_url) == (True, "https://billing.example.com")
        assert config.database_url.startswith("postgresql+psycopg://duely:")
        assert config.redis_url == "redis://redis:6379/0"
        assert (config.trusted_proxies, config.signup_open) == (1, False)

    @pytest.mark.parametrize("name", ["DOMAIN", "SECRET_KEY", "ENCRYPTION_KEYS", "POSTGRES_PASSWORD"])
    def test_what_has_no_default_stops_everything_and_is_named(self, name, filled_in):
        with pytest.raises(KeyError, match=rf"{name} is not set\. .*deploy/compose\.env"):
            compose_environ("web", {**filled_in, name: ""})

    def test_the_example_names_exactly_what_the_file_asks_for(self):
        asked = {found[1] for found in VARIABLE.finditer(COMPOSE.read_text("utf-8"))}
        assert set(pairs((ROOT / "deploy/compose.env.example").read_text("utf-8"))) == asked

    def test_every_value_of_the_example_arrives(self, filled_in):
        words = {name: f"word-{name.lower()}" for name in filled_in}
        file = interpolated(COMPOSE.read_text("utf-8"), words)
        assert all(word in file for word in words.values())


class TestKubernetes:
    def test_config_map_and_secret_together_are_all_that_production_needs(self):
        settings = {**literals(BASE), **literals(OVERLAY)}
        secret = example("deploy/kubernetes/secret.env.example")
        assert set(settings) | set(secret) <= known()
        assert not set(settings) & set(secret)
        config = Config.from_env({**settings, **secret, "DATABASE_URL": "postgresql://duely@db/duely"})
        assert config.production
        assert (config.trusted_proxies, config.mail.configured) == (1, True)

    def test_no_secret_stands_in_the_config_map(self):
        secret = pairs((ROOT / "deploy/kubernetes/secret.env.example").read_text("utf-8"))
        assert set(secret.values()) == {""}
        assert {"SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL"} <= set(secret)

    def test_the_cloudinary_component_asks_for_its_address(self):
        component = ROOT / "deploy/kubernetes/components/cloudinary/kustomization.yaml"
        settings = {**literals(BASE), **literals(OVERLAY), **literals(component)}
        secret = {**example("deploy/kubernetes/secret.env.example"), "DATABASE_URL": "postgresql://duely@db/duely"}
        with pytest.raises(SettingError, match="CLOUDINARY_URL"):
            Config.from_env({**settings, **secret})
        assert "CLOUDINARY_URL" in secret


class TestSystemd:
    @pytest.mark.parametrize("unit", ["web", "worker@", "scheduler", "migrate"])
    def test_a_unit_and_its_settings_file_are_all_that_production_needs(self, unit):
        environ = {**unit_environ(f"duely-{unit}.service"), **example("deploy/systemd/duely.env.example")}
        assert set(environ) <= known() | ELSEWHERE
        environ |= {"SITE_URL": "https://billing.example.com", "ALLOWED_HOSTS": "billing.example.com"}
        config = Config.from_env({**environ, "DATABASE_URL": "postgresql://duely@/duely"})
        assert (config.production, str(config.instance_dir)) == (True, "/var/lib/duely")


@pytest.mark.parametrize("document", ["README.md", "docs/deployment.md"])
def test_documents_name_no_setting_that_does_not_exist(document):
    compose = set(pairs((ROOT / "deploy/compose.env.example").read_text("utf-8")))
    named = named_in(ROOT / document)
    assert named, "the pattern finds nothing"
    assert named - known() - compose - ELSEWHERE - IN_DOCUMENTS == set()


class TestFreshSecrets:
    @pytest.mark.parametrize("path", EXAMPLES)
    def test_each_example_becomes_a_private_file_with_secrets_of_its_own(self, path, tmp_path):
        files = [tmp_path / "first", tmp_path / "second"]
        for file in files:
            assert new_env.main([str(ROOT / path), str(file)]) == 0
        first, second = (pairs(file.read_text()) for file in files)
        made = set(first) & set(new_env.MADE)
        assert {"SECRET_KEY", "ENCRYPTION_KEYS"} <= made
        assert all(first[name] and first[name] != second[name] for name in made)
        assert stat.S_IMODE(files[0].stat().st_mode) == 0o600

    def test_one_that_exists_is_never_touched(self, tmp_path, capsys):
        file = tmp_path / "settings"
        file.write_text("precious")
        assert new_env.main([str(ROOT / EXAMPLES[0]), str(file)]) == 1
        assert file.read_text() == "precious"
        assert "is there already" in capsys.readouterr().err

    def test_what_was_filled_in_before_stays(self):
        assert new_env.filled("SECRET_KEY=mine\nDOMAIN=\n") == "SECRET_KEY=mine\nDOMAIN=\n"

    def test_a_folder_that_is_not_there_is_named(self, tmp_path, capsys):
        assert new_env.main([str(ROOT / EXAMPLES[0]), str(tmp_path / "no" / "settings")]) == 1
        assert str(tmp_path / "no" / "settings") in capsys.readouterr().err

    def test_passwords_can_stand_in_an_address_as_they_are(self):
        assert all(re.fullmatch(r"[\w-]{32}", new_env.password()) for _ in range(50))
