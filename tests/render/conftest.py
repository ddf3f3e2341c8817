"""Golden files: `pytest tests/render --renew-golden` rewrites them; read the difference before you commit it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="write the golden files of the renderers again")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the golden file of this name, or with the switch write it."""
    renew = request.config.getoption("--renew-golden", default=False)

    def check(name: str, text: str) -> None:
        file = GOLDEN / name
        if renew:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        assert text == file.read_text(encoding="utf-8"), f"{file.name} differs from the approved one"

    return check
