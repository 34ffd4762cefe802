"""The wordings Duely is delivered with, one module for each language.

A translation is one more module here, named after its language (`fr.py`), with the same names as `en.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from babel import Locale
from babel.units import format_unit

from app.messages.wording import Wording

FALLBACK = "en"


@cache
def languages() -> frozenset[str]:
    """The languages there is a module for."""
    return frozenset(found.name for found in pkgutil.iter_modules(__path__))


def default_wording(kind: str, language: str) -> Wording:
    """How a kind of message is worded unless the business words it itself; in English where no other is there."""
    wording: Wording = _module(language).WORDINGS[kind]
    return wording


def greeting(name: str, language: str) -> str:
    """The first words of a message: "Hello Lekki Gardens", and "Hello" where there is no name."""
    words = _module(language)
    return str(words.GREETING).replace("{name}", name) if name else str(words.GREETING_NOBODY)


def phrase(name: str, language: str, **facts: object) -> str:
    """Something the frame of an e-mail says, with facts in place of its names: "due 21 November"."""
    return phrase_as_written(name, language).format(**facts)


def phrase_as_written(name: str, language: str) -> str:
    """The same before anything takes the place of its names: "due {day}"."""
    return str(_module(language).PHRASES[name])


def days_in_words(days: int, language: str) -> str:
    """A number of days in words, such as "5 days"; the sign is left out."""
    return span_in_words(abs(days), "day", language)


def span_in_words(count: int, unit: str, language: str) -> str:
    """A span of time in words: "30 minutes". `unit` is minute, hour or day."""
    return str(format_unit(count, f"duration-{unit}", "long", locale=Locale.parse(spoken(language))))


def spoken(language: str) -> str:
    """The language of the module that serves a language: "pt-BR" may have its own, "pt_br", else "pt", else English."""
    wanted = language.replace("-", "_").lower()
    return next((one for one in (wanted, wanted.partition("_")[0]) if one in languages()), FALLBACK)


@cache
def _module(language: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{spoken(language)}")
