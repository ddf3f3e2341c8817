"""A user's desk: a directory, a configuration, a simulated cloud, and `cl` as a real process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.forked import start_cl
from support.published import check
from support.watching import PATIENCE


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Desk:
    """A user's directory and their terminal."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("CL_") and name != "NO_COLOR"
        }

    def write(self, **files: str) -> None:
        """Put files there; `main__hcl` is `main.hcl`."""
        for name, text in files.items():
            (self.directory / name.replace("__", ".")).write_text(text, encoding="utf-8")

    def world(self, **parts: Any) -> None:
        """Put the simulated cloud there."""
        world = {"format_version": "1.0", "account_id": "1001", **parts}
        (self.directory / "world.json").write_text(json.dumps(world), encoding="utf-8")

    def read_world(self) -> Any:
        return json.loads((self.directory / "world.json").read_text(encoding="utf-8"))

    def links(self) -> dict[str, str]:
        return {link["instance_id"]: link["vpc_id"] for link in self.read_world().get("links", [])}

    def calls(self) -> list[tuple[str, str | None, str | None, str]]:
        """The write calls that the cloud saw: action, instance, VPC, outcome."""
        log = self.directory / "calls.jsonl"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        calls = [json.loads(line) for line in lines]
        return [(call["action"], call.get("instance_id"), call.get("vpc_id"), call["outcome"]) for call in calls]

    def cl(self, *arguments: str, stdin: str = "", code: int | None = None, **environment: str) -> Ended:
        """Run `cl`. No run may ever show a traceback; with `code` it must end so."""
        process = self._open(arguments, environment, stdin=subprocess.PIPE)
        try:
            out, err = process.communicate(stdin, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        done = Ended(process.returncode, out, err)
        assert "Traceback" not in err + out, err
        assert "this is a bug in cl" not in err, err
        if code is not None:
            assert done.code == code, f"exit {done.code}\n{out}\n{err}"
        check(arguments, out, self.directory, succeeded=done.code == 0)
        return done

    def start(
        self, *arguments: str, ignoring: signal.Signals | None = None, **environment: str
    ) -> subprocess.Popen[str]:
        """Start `cl` and go on; its output goes to pipes. A signal to be ignored is so from the start, as by nohup."""
        return self._open(arguments, environment, ignoring)

    def _open(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        ignoring: signal.Signals | None = None,
        stdin: int | None = None,
    ) -> subprocess.Popen[str]:
        return start_cl(
            arguments,
            self.directory,
            {**self.environment, **environment},
            stdin=stdin,
            ignored=[ignoring] if ignoring else [],
        )

    def contents(self, start: str = "") -> dict[str, bytes]:
        """Every file of the directory, those in others too, whose path in it begins so."""
        files = {str(path.relative_to(self.directory)): path for path in self.directory.rglob("*") if path.is_file()}
        return {name: path.read_bytes() for name, path in files.items() if name.startswith(start)}

    def beside(self, directory: Path) -> Desk:
        """Another directory from which the same user works, with the same cloud."""
        return Desk(directory)

    def state_addresses(self) -> list[str]:
        return self.cl("state", "list", code=0).out.split()
