"""Events and how they are told, with pencil and paper. Pure."""

from app.hooks.rules.events import EVENTS, MOST, READS, TYPES, EndpointValues, Happening, type_of, unread
from app.hooks.rules.facts import FACTS, told
from app.hooks.rules.signing import body_of, signature

__all__ = [
    "EVENTS",
    "FACTS",
    "MOST",
    "READS",
    "TYPES",
    "EndpointValues",
    "Happening",
    "body_of",
    "signature",
    "told",
    "type_of",
    "unread",
]
