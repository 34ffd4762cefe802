"""What the Dockerfile promises, read from it. That its steps work is shown in test_image.py."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shlex
from pathlib import Path

import pytest

from config import ROOT
from tests.guards.source import modules
from tests.packing import dockerfile
from tests.packing.dockerfile import Step

STAGES = dockerfile.stages()
FINAL = STAGES[-1]
SECRETS = re.compile(r"SECRET|KEY|PASSWORD|TOKEN|CREDENTIAL", re.IGNORECASE)


def copied_from_here() -> set[str]:
    """What is copied out of the repository, by its first name."""
    steps = [step for stage in STAGES for step in stage.all("COPY") if "from" not in step.options]
    return {source for step in steps for source in step.words[:-1]}


def imported_by(files: list[Path]) -> set[str]:
    """The top-level names that Python files import."""
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found


class TestWhatIsCopied:
    def test_every_source_is_there_and_let_into_the_build(self):
        context = dockerfile.context()
        for source in copied_from_here():
            assert [file for file in context if file == Path(source) or file.is_relative_to(source)], source

    def test_nothing_else_is_let_into_the_build(self):
        """No settings, no data, no history, no tests can slip into an image."""
        assert {file.parts[0] for file in dockerfile.context()} == copied_from_here()

    @pytest.mark.parametrize(
        "path", [".env", "app/.env", ".git/config", "instance/duely.db", "deploy/compose.env", "tests/conftest.py",
                 "app/__pycache__/cli.cpython-311.pyc", "static/css/duely.css.gz"],
    )  # fmt: skip
    def test_these_are_left_out(self, path):
        patterns = dockerfile.IGNORE.read_text("utf-8").split("\n")
        patterns = [line for line in patterns if line and not line.startswith("#")]
        assert dockerfile.ignored(Path(path), patterns)

    def test_all_of_ours_that_the_programs_import_is_copied(self):
        programs = [module.path for module in modules("app", "migrations", "config.py", "wsgi.py", "worker.py")]
        ours = {path.stem for path in ROOT.glob("*.py")} | {path.parent.name for path in ROOT.glob("*/__init__.py")}
        needed = {"app" if name == "app" else f"{name}.py" for name in imported_by(programs) & ours}
        assert "config.py" in needed
        assert needed <= copied_from_here()

    def test_folders_that_the_application_reads_are_copied(self):
        text = "".join(module.text for module in modules("app"))
        read = {name for name in ("static", "templates", "migrations") if f'"{name}"' in text}
        assert {"static", "migrations"} <= read
        assert {*read, "templates"} <= copied_from_here()


class TestTheImage:
    def test_both_stages_stand_on_one_named_release_of_python(self):
        assert {stage.base for stage in STAGES} == {"python:3.11-slim-bookworm"}

    def test_the_final_stage_takes_everything_from_the_build(self):
        assert all(step.options.get("from") == "build" for step in FINAL.all("COPY"))

    def test_it_runs_as_a_number_that_is_not_root(self):
        user, group = FINAL.only("USER").text.split(":")
        assert (int(user), int(group)) == (10001, 10001)
        assert FINAL.steps.index(FINAL.only("USER")) > max(map(FINAL.steps.index, FINAL.all("RUN")))

    def test_only_the_data_folder_is_the_users_own(self):
        assert [step.words[-1] for step in FINAL.all("COPY") if "chown" in step.options] == ["/data"]
        assert FINAL.environ()["INSTANCE_DIR"] == FINAL.only("VOLUME").text == "/data"

    def test_packages_come_as_wheels_from_the_pinned_list(self):
        installs = [step.text for stage in STAGES for step in stage.all("RUN") if "pip" in step.text]
        assert installs
        assert all("--only-binary :all:" in text and "--no-cache-dir" in text for text in installs)
        assert any("-r /tmp/requirements.txt" in text for text in installs)
        named = re.findall(r"(?<=\s)([a-z]+)==([\d.]+)", " ".join(installs))
        assert named == [("brotli", "1.2.1")]

    def test_no_secret_is_built_in(self):
        written = [step.text for stage in STAGES for step in stage.steps if step.word in ("ENV", "ARG", "LABEL")]
        assert not [text for text in written if SECRETS.search(text)]

    def test_bytecode_is_made_beforehand_and_none_is_written_later(self):
        assert FINAL.environ()["PYTHONDONTWRITEBYTECODE"] == "1"
        build = " ".join(step.text for step in STAGES[0].all("RUN"))
        assert "compileall" in build
        assert "unchecked-hash" in build

    def test_it_stops_on_the_signal_that_lets_answers_be_finished(self):
        assert FINAL.only("STOPSIGNAL").text == "SIGTERM"


class TestCommands:
    def test_the_server_takes_the_shells_place_so_that_the_signal_reaches_it(self):
        shell, option, line = FINAL.only("CMD").exec_form or []
        assert (shell, option) == ("sh", "-c")
        assert line.startswith("exec granian ")

    def test_the_application_it_serves_is_there(self):
        words = shlex.split((FINAL.only("CMD").exec_form or [""])[-1])
        module, _, name = words[-1].partition(":")
        assert f"{module}.py" in copied_from_here()
        assert name in {target.id for node in ast.parse((ROOT / f"{module}.py").read_text()).body
                        if isinstance(node, ast.Assign) for target in node.targets
                        if isinstance(target, ast.Name)}  # fmt: skip
        assert importlib.util.find_spec("granian")

    def test_its_options_are_options_of_the_server(self):
        from granian.cli import cli

        known = {option for parameter in cli.params for option in (*parameter.opts, *parameter.secondary_opts)}
        words = shlex.split((FINAL.only("CMD").exec_form or [""])[-1])
        assert {word for word in words if word.startswith("--")} <= known

    def test_the_health_check_asks_the_port_that_is_served_without_any_other_program(self):
        command = dockerfile.healthcheck(FINAL)
        assert command[:3] == ["python", "-I", "-c"]
        (port,) = re.findall(r"--port (\d+)", FINAL.only("CMD").text)
        assert FINAL.only("EXPOSE").text == port
        assert f"'127.0.0.1', {port}" in command[-1]
        ast.parse(command[-1])

    def test_the_path_it_asks_answers_whatever_the_host(self, client):
        (path,) = re.findall(r"'(/[a-z/]+)'", dockerfile.healthcheck(FINAL)[-1])
        assert client.get(path, headers={"Host": "127.0.0.1:8000"}).status_code == 200


class TestTheReader:
    """The reader of these files is code of our own: that it reads as Docker does is shown here."""

    def test_continued_lines_and_comments_between_them(self):
        text = '# a\nRUN one \\\n# b\n && two\nCMD ["x", "y"]\n'
        assert dockerfile.steps(text) == [Step("RUN", "one  && two"), Step("CMD", '["x", "y"]')]
        assert dockerfile.steps(text)[1].exec_form == ["x", "y"]

    @pytest.mark.parametrize(
        "path, patterns, left_out",
        [
            ("secret", ["*"], True),
            ("app/x.py", ["*", "!app"], False),
            ("app/x/__pycache__/a.pyc", ["*", "!app", "**/__pycache__"], True),
            ("application/x.py", ["*", "!app"], True),
            ("static/a/b.gz", ["*", "!static", "static/**/*.gz"], True),
            ("static/b.gz", ["*", "!static", "static/**/*.gz"], True),
            ("static/b.css", ["*", "!static", "static/**/*.gz"], False),
        ],
    )
    def test_patterns_of_what_is_ignored(self, path, patterns, left_out):
        assert dockerfile.ignored(Path(path), patterns) is left_out

    def test_the_exec_form_is_json(self):
        assert json.loads(FINAL.only("CMD").text) == FINAL.only("CMD").exec_form
