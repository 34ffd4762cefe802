"""Reading what was printed, and ending the drawing process afterwards."""

import io
import re
from collections.abc import Callable, Iterator

import pytest
from pypdf import PdfReader

from app.invoices.pdf import isolated

Read = Callable[[bytes], list[str]]


@pytest.fixture
def read() -> Read:
    """The text of each page, marks and double spaces gone."""

    def _read(pdf: bytes) -> list[str]:
        pages = PdfReader(io.BytesIO(pdf)).pages
        return [re.sub(r"[ \u00a0\u202f]+", " ", page.extract_text().replace("\u200e", "")) for page in pages]

    return _read


@pytest.fixture(scope="module", autouse=True)
def _no_process_stays() -> Iterator[None]:
    yield
    isolated.close()


@pytest.fixture(autouse=True)
def _plain_paper() -> None:
    """What is printed is the matter of these tests: it is really drawn."""
