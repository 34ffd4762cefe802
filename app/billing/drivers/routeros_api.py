"""A session with a RouterOS API: signing in either way, asking, and what its errors mean."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import librouteros
from librouteros.api import Api
from librouteros.exceptions import FatalError, LibRouterosError, MultiTrapError, TrapError
from librouteros.login import encode_password

from app.billing.drivers.base import Connection
from app.billing.drivers.errors import BadLogin, DriverError, Refused, Unreachable
from app.billing.drivers.reaching import cut_off, resolve

PORT, TLS_PORT = 8728, 8729
INTERRUPTED = 2
"""The category of a trap that says the command was interrupted."""


class _Words(Api):
    """Answers as they were sent: the library would make a number of the name 007 and a yes of true."""

    def readSentence(self) -> tuple[str, Any]:
        reply, words = self.protocol.readSentence()
        pairs = (word[1:].partition("=") for word in words if word.startswith("="))
        return reply, {name: value for name, _, value in pairs}


class Session:
    """One conversation with a router that took our name and password."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def ask(self, command: str, *words: str) -> list[Mapping[str, str]]:
        """Say a command with raw words, and read all of its answer."""
        return [{str(name): str(value) for name, value in row.items()} for row in self._api.rawCmd(command, *words)]

    def remove(self, command: str, row_id: str) -> None:
        """Remove a row; what went by itself meanwhile is gone, too."""
        try:
            self.ask(command, f"=.id={row_id}")
        except TrapError as error:
            if "no such item" not in str(error):
                raise


@contextmanager
def opened(to: Connection) -> Iterator[Session]:
    """A session that is closed at the end. Raises the errors of drivers, for what happens in it as well."""
    secure = to.options.get("tls") in ("on", "unverified")
    port = to.port or (TLS_PORT if secure else PORT)
    address = resolve(to.address, port, to, private=to.private)
    with ExitStack() as ends:

        def ready(line: socket.socket) -> socket.socket:
            ends.enter_context(cut_off(line, to.patience.longest))
            return _secured(line, to) if secure else line

        try:
            api = librouteros.connect(
                address,
                to.username,
                to.secret,
                port=port,
                timeout=to.patience.read,
                subclass=_Words,
                encoding="utf-8",
                ssl_wrapper=ready,
                login_method=_login,
            )
            ends.callback(api.close)
            yield Session(api)
        except (TrapError, MultiTrapError) as error:
            raise _judged(error) from error
        except FatalError as error:
            raise DriverError(f"The router ended the session: {str(error)[:120]}") from error
        except ssl.SSLCertVerificationError as error:
            raise Refused("The certificate of the router cannot be trusted.") from error
        except UnicodeEncodeError as error:
            raise Refused("This router takes only ASCII in its password.") from error
        except (OSError, LibRouterosError, ValueError, IndexError) as error:
            raise Unreachable("The router does not answer, or not as a RouterOS API does.") from error


def _login(api: Api, username: str, password: str) -> None:
    """Sign in as since 6.43; an older router answers with a challenge, and is answered as it was before."""
    try:
        answer = list(api("/login", name=username, password=password))
        if answer and "ret" in answer[0]:
            response = encode_password(str(answer[0]["ret"]), password)
            list(api("/login", name=username, response=response))
    except (TrapError, MultiTrapError) as error:
        raise BadLogin from error


def _secured(line: socket.socket, to: Connection) -> socket.socket:
    context = ssl.create_default_context()
    if to.options.get("tls") == "unverified":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(line, server_hostname=to.address)


def _judged(error: TrapError | MultiTrapError) -> DriverError:
    traps = error.traps if isinstance(error, MultiTrapError) else (error,)
    sentence = f"The router said: {str(error)[:160]}"
    again = all(str(trap.category) == str(INTERRUPTED) for trap in traps)
    return DriverError(sentence) if again else Refused(sentence)
