"""Routes. An application has some 140, and most processes build the address of a few: a worker or a command of none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


class LateRule(Rule):
    """Writes the function that builds its addresses when the first one is asked for.

    Doing so for every route is two thirds of what it takes to make an application.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        write, written = super()._compile_builder, None

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            nonlocal written
            written = written or write(append_unknown)
            return written(rule, **values)

        return build
