"""Names of files on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class FilePath(click.Path):
    """The name of a file to read or to write, which is not empty.

    Whether it can be read, the command finds out: a file without permission is no fault of the command line.
    """

    def __init__(self, *, allow_dash: bool = False) -> None:
        super().__init__(path_type=Path, readable=False, allow_dash=allow_dash)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("Give the name of a file, not an empty text.", param, ctx)
        return super().convert(value, param, ctx)
