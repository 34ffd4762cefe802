"""Jinja as pages are made with it: what is known when a template is compiled is not looked up for every page."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment as FlaskEnvironment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator

from app.web.icons import icon


class DrawnOnce(CodeGenerator):
    """Draws an icon whose name is written in the template when that is compiled: a page has some fifty of them."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Any, finalize: Any) -> str:
        if not (isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "icon"):
            return super()._output_child_to_const(node, frame, finalize)
        # What is not constant raises Impossible, and is drawn when the page is.
        named = {one.key: one.value.as_const() for one in node.kwargs}
        return str(finalize.const(icon(*(one.as_const() for one in node.args), **named)))


class Environment(FlaskEnvironment):
    """The environment of all templates."""

    code_generator_class = DrawnOnce

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template may use unasked, as one mapping: Jinja chains two, and every import walks the chain."""
        return {**self.globals, **(d or {})}


def install(app: Flask) -> None:
    """Make this the application's environment, before anything adds to it."""
    app.jinja_environment = Environment
