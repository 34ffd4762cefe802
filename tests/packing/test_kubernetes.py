"""The Kubernetes manifests: they fit together, fit the image, and ask for no more than they need."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import ROOT
from tests.packing import dockerfile
from tests.packing.bare import pip_settings
from tests.support.not_run import MARK

FOLDER = ROOT / "deploy/kubernetes"
BASE, PRODUCTION = FOLDER / "base", FOLDER / "overlays/production"
COMPONENT = "app.kubernetes.io/component"
IMAGE = dockerfile.stages()[-1]
USER = int(IMAGE.only("USER").text.partition(":")[0])
PORT = int(IMAGE.only("EXPOSE").text)
DUELY = ("web", "worker", "scheduler", "migrate")
# What the schemas of Kubernetes are taken from, and the oldest and newest release that is looked at.
VALIDATOR, RELEASES = "kubernetes-validate==1.34.1", ("1.29", "1.34")


def documents(folder: Path) -> list[dict[str, Any]]:
    """Every manifest that the kustomization of a folder lists."""
    listed = [folder / name for name in kustomization(folder)["resources"]]
    files = [path for path in listed if path.is_file()]
    return [found for path in files for found in yaml.safe_load_all(path.read_text("utf-8")) if found]


def kustomization(folder: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8")))


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [found for found in documents(BASE) if found["kind"] in kinds]


def pod(owner: dict[str, Any]) -> dict[str, Any]:
    return dict(owner["spec"]["template"]["spec"])


def component(owner: dict[str, Any]) -> str:
    return str(owner["spec"]["template"]["metadata"]["labels"][COMPONENT])


def find(kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in of_kind(kind) if one["metadata"]["name"] == name]
    return found


RUNNING = of_kind("Deployment", "Job")
each = pytest.mark.parametrize("owner", RUNNING, ids=component)
ours = pytest.mark.parametrize("owner", [one for one in RUNNING if component(one) in DUELY], ids=component)


class TestKustomize:
    @pytest.mark.parametrize("folder", [BASE, PRODUCTION], ids=["base", "production"])
    def test_everything_it_lists_is_there_and_nothing_is_forgotten(self, folder):
        listed = kustomization(folder)["resources"]
        assert all((folder / name).exists() for name in listed)
        assert {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"} <= set(listed)

    def test_all_there_should_be_is_there(self):
        kinds = {found["kind"] for found in documents(BASE)}
        assert kinds == {
            "Deployment", "Job", "Service", "Ingress", "HorizontalPodAutoscaler", "PodDisruptionBudget",
            "NetworkPolicy", "ServiceAccount", "PersistentVolumeClaim",
        }  # fmt: skip
        assert {component(owner) for owner in RUNNING} == {*DUELY, "redis"}

    def test_no_secret_is_among_the_manifests(self):
        everything = [*documents(BASE), *documents(PRODUCTION)]
        assert "Secret" not in {found["kind"] for found in everything}
        assert "secretGenerator" not in kustomization(BASE) | kustomization(PRODUCTION)

    def test_each_release_has_a_migration_job_of_its_own(self):
        overlay = kustomization(PRODUCTION)
        (image,) = overlay["images"]
        name = yaml.safe_load(patch_of(overlay, "Job"))[0]["value"]
        assert name == f"duely-migrate-{image['newTag'].replace('.', '-')}"
        version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
        assert version
        assert image["newTag"] == version[1]

    def test_patches_meet_what_they_are_for(self):
        for overlay in (PRODUCTION, FOLDER / "components/cloudinary"):
            for patch in kustomization(overlay)["patches"]:
                target = patch.get("target") or whole(patch["patch"])
                names = [found["metadata"]["name"] for found in of_kind(target["kind"])]
                assert [name for name in names if re.fullmatch(target["name"], name)], target

    def test_the_host_name_is_the_same_everywhere(self):
        text = "".join((folder / "kustomization.yaml").read_text("utf-8") for folder in (PRODUCTION,))
        (host,) = {*re.findall(r"SITE_URL=https://(\S+)", text), *re.findall(r"ALLOWED_HOSTS=(\S+)", text)}
        patched = yaml.safe_load(patch_of(kustomization(PRODUCTION), "Ingress"))
        assert {change["value"] for change in patched} == {host}

    @pytest.mark.skipif(shutil.which("kubectl") is None, reason=MARK + "kubectl is not on this machine")
    @pytest.mark.parametrize("cloudinary", [False, True], ids=["volume", "cloudinary"])
    def test_kustomize_itself_builds_it(self, tmp_path, cloudinary):
        shutil.copytree(FOLDER, tmp_path / "k")
        file = tmp_path / "k/overlays/production/kustomization.yaml"
        if cloudinary:
            file.write_text(re.sub(r"^# (components:|  - \.\./)", r"\1", file.read_text(), flags=re.MULTILINE))
        command = ["kubectl", "kustomize", str(file.parent)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        built = [found for found in yaml.safe_load_all(done.stdout) if found]
        assert all(found["metadata"].get("namespace") == "duely" for found in built if found["kind"] != "Namespace")
        kinds = {found["kind"] for found in built}
        assert ("PersistentVolumeClaim" in kinds) is not cloudinary
        claims = [volume for found in built if found["kind"] == "Deployment"
                  for volume in pod(found)["volumes"] if "persistentVolumeClaim" in volume]  # fmt: skip
        assert len(claims) == (0 if cloudinary else 2)


def patch_of(overlay: dict[str, Any], kind: str) -> str:
    (text,) = [patch["patch"] for patch in overlay["patches"] if patch["target"]["kind"] == kind]
    return str(text)


def whole(patch: str) -> dict[str, str]:
    """What a patch without a target is for."""
    document = yaml.safe_load(patch)
    return {"kind": document["kind"], "name": document["metadata"]["name"]}


@each
class TestEachPod:
    def test_it_may_do_nothing_but_its_work(self, owner):
        spec = pod(owner)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert find("ServiceAccount", spec["serviceAccountName"])["automountServiceAccountToken"] is False
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }

    def test_its_memory_has_a_limit_and_its_share_is_asked_for(self, owner):
        (container,) = pod(owner)["containers"]
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]

    def test_what_it_mounts_is_declared_and_has_a_limit(self, owner):
        spec = pod(owner)
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        (container,) = spec["containers"]
        assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
        for volume in volumes.values():
            claim = volume.get("persistentVolumeClaim")
            assert find("PersistentVolumeClaim", claim["claimName"]) if claim else volume["emptyDir"]["sizeLimit"]

    def test_what_chooses_it_finds_it(self, owner):
        labels = owner["spec"]["template"]["metadata"]["labels"]
        chosen = owner["spec"].get("selector", {}).get("matchLabels", labels)
        assert chosen.items() <= labels.items()
        for spread in pod(owner).get("topologySpreadConstraints", []):
            assert spread["labelSelector"]["matchLabels"] == labels


@ours
class TestOurPods:
    def test_it_is_the_user_of_the_image_and_its_files_are_his(self, owner):
        context = pod(owner)["securityContext"]
        assert [context[key] for key in ("runAsUser", "runAsGroup", "fsGroup")] == [USER] * 3

    def test_it_runs_the_image_with_settings_and_secrets(self, owner):
        (container,) = pod(owner)["containers"]
        assert container["image"] == "duely"
        assert container["envFrom"] == [
            {"configMapRef": {"name": "duely-settings"}},
            {"secretRef": {"name": "duely-secrets"}},
        ]

    def test_it_writes_where_the_image_does(self, owner):
        (container,) = pod(owner)["containers"]
        mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounted == {"/tmp", IMAGE.environ()["INSTANCE_DIR"]}

    def test_its_command_is_the_one_of_compose(self, owner):
        (container,) = pod(owner)["containers"]
        services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
        assert container.get("command") == services[component(owner)].get("command")


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe", "readinessProbe"])
def test_each_probe_of_the_web_server_answers_by_the_address_of_the_pod(make_app, probe):
    (container,) = pod(find("Deployment", "duely-web"))["containers"]
    asked = container[probe]["httpGet"]
    assert {port["name"]: port["containerPort"] for port in container["ports"]}[asked["port"]] == PORT
    app = make_app(env="production", site_url="https://duely.test", allowed_hosts=("duely.test",))
    assert app.test_client().get(asked["path"], headers={"Host": f"10.1.2.3:{PORT}"}).status_code == 200


def test_a_database_that_is_away_restarts_no_pod():
    (container,) = pod(find("Deployment", "duely-web"))["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live/"
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready/"


def test_the_server_has_time_to_finish_after_requests_stopped_coming():
    spec = pod(find("Deployment", "duely-web"))
    (container,) = spec["containers"]
    waits = int(container["lifecycle"]["preStop"]["exec"]["command"][-1])
    (finishes,) = re.findall(r"--workers-kill-timeout (\d+)", IMAGE.only("CMD").text)
    assert spec["terminationGracePeriodSeconds"] > waits + int(finishes)


def test_services_lead_to_pods_and_the_ingress_to_a_service():
    for service in of_kind("Service"):
        (owner,) = [one for one in RUNNING if component(one) == service["spec"]["selector"][COMPONENT]]
        (container,) = pod(owner)["containers"]
        named = {port["name"] for port in container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= named
    for rule in find("Ingress", "duely")["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            target = path["backend"]["service"]
            ports = find("Service", target["name"])["spec"]["ports"]
            assert target["port"]["name"] in {port["name"] for port in ports}


def test_what_grows_says_no_number_of_its_own_that_would_undo_it():
    grown = {found["spec"]["scaleTargetRef"]["name"] for found in of_kind("HorizontalPodAutoscaler")}
    assert grown == {"duely-web", "duely-worker"}
    for owner in of_kind("Deployment"):
        assert ("replicas" in owner["spec"]) is (owner["metadata"]["name"] not in grown)


def test_several_pods_share_their_files():
    assert find("PersistentVolumeClaim", "duely-files")["spec"]["accessModes"] == ["ReadWriteMany"]


def test_orphans_of_a_worker_are_buried_by_the_pod():
    assert pod(find("Deployment", "duely-worker"))["shareProcessNamespace"] is True


def test_the_network_is_closed_but_for_what_is_said():
    policies = {found["metadata"]["name"]: found["spec"] for found in of_kind("NetworkPolicy")}
    assert policies["duely-closed"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policies["duely-closed"]
    ports = {name: {port["port"] for rule in spec.get("ingress", []) for port in rule["ports"]}
             for name, spec in policies.items()}  # fmt: skip
    assert (ports["duely-web"], ports["duely-redis"]) == ({PORT}, {6379})
    blocks = [to["ipBlock"] for rule in policies["duely-outwards"]["egress"] for to in rule["to"] if "ipBlock" in to]
    assert "169.254.0.0/16" in blocks[0]["except"]


@pytest.mark.long
def test_every_manifest_is_what_kubernetes_says_it_is(tmp_path: Path):
    """Against the schemas of Kubernetes, where a misspelt field is an error."""
    python = tmp_path / "validator/bin/python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "validator")], check=True, timeout=600)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", VALIDATOR]
    subprocess.run(install, check=True, timeout=600, env={"PATH": "/usr/bin:/bin", **pip_settings()})
    manifests = tmp_path / "manifests.yaml"
    manifests.write_text(yaml.safe_dump_all([*documents(BASE), *documents(PRODUCTION)]))
    for release in RELEASES:
        command = [str(python), "-m", "kubernetes_validate", "--strict", "-k", release, str(manifests)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout
        assert done.stdout.count(" passed ") == len(documents(BASE)) + len(documents(PRODUCTION)), done.stdout
