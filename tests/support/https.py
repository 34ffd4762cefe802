"""The application over https, with its own certificate authority, and the demo bank as another company elsewhere."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import trustme

from tests.support.live import ROOT, START_SECONDS, STOP_SECONDS, free_port, fresh_settings, machine_environ


class HttpsInstallation:
    """A web server, a job runner and a bank in processes of their own: `https://localhost` and `https://127.0.0.1`."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.instance = folder / "instance"
        self.instance.mkdir(parents=True)
        self.log = folder / "log"
        self.port, self.bank_port = free_port(), free_port()
        self.url, self.bank = f"https://localhost:{self.port}", f"https://127.0.0.1:{self.bank_port}"
        self._make_certificates(folder)
        self.environ = {**machine_environ(), **fresh_settings(), "INSTANCE_DIR": str(self.instance)}
        self.environ |= {"SITE_URL": self.url, "DEMO_CHECKOUT_URL": self.bank, **settings}
        self.processes: list[subprocess.Popen[bytes]] = []

    def _make_certificates(self, folder: Path) -> None:
        authority = trustme.CA()
        self.authority, self.certificate, self.key = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
        authority.cert_pem.write_to_path(self.authority)
        issued = authority.issue_cert("localhost", "127.0.0.1")
        issued.private_key_pem.write_to_path(self.key)
        for blob in issued.cert_chain_pems:
            blob.write_to_path(self.certificate, append=True)
        self.trust = ssl.create_default_context(cafile=str(self.authority))

    def start(self, migrated: Path) -> None:
        """Start all three on a copy of a migrated SQLite file, and wait until they answer.

        Raises RuntimeError with the log when they do not.
        """
        shutil.copyfile(migrated, self.instance / "duely.db")
        serve = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)]
        serve += ["--ssl-certificate", str(self.certificate), "--ssl-keyfile", str(self.key), "--no-ws", "wsgi:app"]
        self._run(serve, self.environ)
        self._run(["worker.py"], self.environ)
        bank = ["-m", "tests.support.bank", str(self.instance / "demo-bank.db"), str(self.bank_port)]
        # The bank is somebody else's: of our settings it knows none, but it trusts whoever signed our certificate.
        self._run(
            [*bank, str(self.certificate), str(self.key)],
            machine_environ() | {"REQUESTS_CA_BUNDLE": str(self.authority)},
        )
        self._wait_for(lambda: self._status(f"{self.url}/health/") == 200)
        self._wait_for(lambda: self._status(f"{self.bank}/dev/checkout/none/") == 404)

    def stop(self) -> None:
        """End all of them."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _run(self, arguments: list[str], environ: dict[str, str]) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, *arguments]
            self.processes.append(subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log))

    def _wait_for(self, answers: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if time.monotonic() > deadline or any(process.poll() is not None for process in self.processes):
                self.stop()
                raise RuntimeError("the https installation did not start:\n" + self.log.read_text())
            time.sleep(0.05)

    def _status(self, url: str) -> int:
        try:
            with urllib.request.urlopen(url, timeout=2, context=self.trust) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return 0
