"""A desk at which no secret may be left anywhere, and the secrets that its stories give."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

from support.desk import Desk, Ended
from support.emulating import REGION
from support.story_estates import attach, enable

KEY = "LTAI5tStory"
SECRET = "sK3c-story-secret"  # noqa: S105
OTHER_SECRET = "sK3c-another-one"  # noqa: S105
TOKEN = "sT0k-story-token"  # noqa: S105
OIDC_TOKEN = "eyJ-story.oidc-token.signature"  # noqa: S105
PASSWORD = "pr0xy-p@ss/word"  # noqa: S105
URI_SECRET = "uR1-story-secret"  # noqa: S105
EXTERNAL_ID = "eXt-story id/1"
POLICY = '{"Statement": [{"Resource": "p0licy-story"}]}'
HIDDEN = (SECRET, OTHER_SECRET, TOKEN, OIDC_TOKEN, PASSWORD, quote(PASSWORD, safe=""), URI_SECRET)
HIDDEN_PARTS = (*HIDDEN, "story-secret", "another-one", "story-token", "oidc-token", "pr0xy", "ss/word", "eXt", "p0lic")

NAMES = ("secret", "token", "uri", "proxy", "external", "policy")
VARIABLES = "".join(f'variable "{name}" {{\n  sensitive = true\n  default   = ""\n}}\n' for name in NAMES)


class Careful(Desk):
    """A desk at which everything that a command leaves is searched: streams, the directory, HOME and TMPDIR."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.issued: list[str] = []
        for name in ("home", "tmp"):
            (directory / name).mkdir()
        self.environment = {
            name: value
            for name, value in self.environment.items()
            if not name.lower().endswith("_proxy") and not name.startswith(("ALIBABA", "ALICLOUD"))
        }
        cache = self.environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")  # the tables of the grammar
        self.environment |= {"HOME": str(directory / "home"), "TMPDIR": str(directory / "tmp"), "XDG_CACHE_HOME": cache}

    def cl(self, *arguments: str, stdin: str = "", code: int | None = None, **environment: str) -> Ended:
        ended = super().cl(*arguments, stdin=stdin, code=code, **environment)
        self.assert_clean(ended)
        return ended

    def assert_clean(self, ended: Ended) -> None:
        left = {"stdout": ended.out.encode(), "stderr": ended.err.encode()}
        left |= {str(path): path.read_bytes() for path in self.directory.rglob("*") if path.is_file()}
        for name, content in left.items():
            for part in (*HIDDEN_PARTS, *self.issued):
                assert part.encode() not in content, f"{part} is in {name}"
                assert base64.b64encode(part.encode()).rstrip(b"=")[:-1] not in content, f"{part} is in {name}"


def configuration(block: str, endpoint: str) -> str:
    endpoints = "".join(f'    {product} = "{endpoint}"\n' for product in ("ecs", "vpc", "sts"))
    return (
        f'provider "alicloud" {{\n  region   = "{REGION}"\n  protocol = "HTTP"\n  settle = "5s"\n{block}'
        f"  endpoints {{\n{endpoints}  }}\n}}\n{VARIABLES}{enable('shop', 'vpc-a')}{attach('n1', 'i-0001', 'vpc-a')}"
    )
