"""A business's colour, made readable wherever an e-mail shows it."""

from __future__ import annotations

import colorsys
import re
from typing import NamedTuple

DEFAULT_COLOUR = "#0d5960"

_PATTERN = re.compile(r"#[0-9a-fA-F]{6}")
_LIGHT_CARD, _DARK_CARD = "#ffffff", "#171e1d"
_WHITE, _INK, _BLACK = "#ffffff", "#15201e", "#000000"
_READABLE = 4.5  # WCAG 2.2 AA, text


class Accents(NamedTuple):
    """The colour as button and as link, on the light and on the dark card; all `#rrggbb`."""

    button: str
    button_text: str
    link: str
    dark_button: str
    dark_button_text: str
    dark_link: str


_HOUSE = Accents(
    button=DEFAULT_COLOUR,
    button_text=_WHITE,
    link="#0b545b",
    dark_button="#58bcbd",
    dark_button_text="#04211f",
    dark_link="#74cdcc",
)


class BadColour(ValueError):
    """A colour is a # and six hexadecimal digits."""


def accents(colour: str | None) -> Accents:
    """The accents for `#rrggbb`; None gives the house colour. Raises BadColour for any other text.

    The button keeps the colour; a link is darkened, and in the dark both are lightened, until they can be read.
    """
    chosen = (colour or DEFAULT_COLOUR).lower()
    if chosen == DEFAULT_COLOUR:
        return _HOUSE
    if not _PATTERN.fullmatch(chosen):
        raise BadColour(BadColour.__doc__)
    dark = _shifted_until_readable(chosen, 1, _DARK_CARD)
    return Accents(
        button=chosen,
        button_text=_text_on(chosen),
        link=_shifted_until_readable(chosen, -1, _LIGHT_CARD),
        dark_button=dark,
        dark_button_text=_text_on(dark),
        dark_link=dark,
    )


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _text_on(background: str) -> str:
    return next((text for text in (_WHITE, _INK) if contrast(text, background) >= _READABLE), _BLACK)


def _shifted_until_readable(colour: str, direction: int, background: str) -> str:
    """The colour with more (1) or less (-1) lightness, hue and saturation kept."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(level / 255 for level in _channels(colour)))
    for step in range(51):
        shifted = colorsys.hls_to_rgb(hue, min(1.0, max(0.0, lightness + direction * step / 50)), saturation)
        found = "#" + "".join(f"{round(level * 255):02x}" for level in shifted)
        if contrast(found, background) >= _READABLE:
            return found
    return _WHITE if direction > 0 else _BLACK


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        (level / 255) / 12.92 if level <= 10 else ((level / 255 + 0.055) / 1.055) ** 2.4 for level in _channels(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
