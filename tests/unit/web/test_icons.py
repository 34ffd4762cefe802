"""Icons are decoration unless they are given a name."""

from __future__ import annotations

import pytest

from app.web.icons import FOLDER, UnknownIcon, icon


def test_an_icon_without_a_name_is_hidden_from_screen_readers() -> None:
    drawn = icon("plus")
    assert 'aria-hidden="true"' in drawn
    assert "M5 12l14 0" in drawn
    assert "M0 0h24v24H0z" not in drawn


def test_an_icon_with_a_name_is_an_image_and_its_name_is_escaped() -> None:
    drawn = icon("check", label='chosen "now" <b>')
    assert 'role="img" aria-label="chosen &#34;now&#34; &lt;b&gt;"' in drawn
    assert "aria-hidden" not in drawn


@pytest.mark.parametrize("name", ["no-such-icon", "../LICENSE", "plus.svg", ""])
def test_a_name_that_is_no_icon_is_refused(name: str) -> None:
    with pytest.raises(UnknownIcon):
        icon(name)


def test_every_listed_icon_is_there_and_has_a_shape() -> None:
    for name in (FOLDER / "names.txt").read_text(encoding="utf-8").split():
        assert "<path" in icon(name), name
