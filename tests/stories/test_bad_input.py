"""Whatever is wrong: a diagnostic with a place, exit 1, and nothing is changed or lost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, instances, vpc

GOOD = PROVIDER + enable("shop", "vpc-a") + attach("web", "i-1", "vpc-a")
HIDDEN = 'variable "v" {\n  default   = "vpc-a"\n  sensitive = true\n}\n'

WRONG_CONFIGURATIONS = {
    "a syntax error": ('resource "classiclink_vpc" "a" {\n  vpc_id = = 1\n}\n', "main.hcl line 2", "="),
    "an unclosed block": ('resource "classiclink_vpc" "a" {\n  vpc_id = "x"\n', "main.hcl line 1", "nclosed"),
    "an unknown block": (PROVIDER + 'resorce "classiclink_vpc" "a" {}\n', "main.hcl line 5", '"resource"'),
    "an unknown resource type": (PROVIDER + 'resource "classiclink_vpcs" "a" {}\n', "line 5", '"classiclink_vpc"'),
    "an unknown argument": (
        PROVIDER + 'resource "classiclink_vpc" "a" {\n  vpc_ids = "vpc-a"\n}\n',
        "main.hcl line 6",
        'Did you mean "vpc_id"',
    ),
    "a missing argument": (PROVIDER + 'resource "classiclink_vpc" "a" {\n}\n', "main.hcl line 5", "vpc_id"),
    "an unknown reference": (
        PROVIDER + enable("shop", "vpc-a") + attach("w", "i-1", "x").replace('"x"', "classiclink_vpc.shp.vpc_id"),
        "main.hcl line 10",
        "Did you mean",
    ),
    "an unknown function": ('locals {\n  a = uper("x")\n}\n' + GOOD, "main.hcl line 2", '"upper"'),
    "a wrong type": (
        'variable "n" {\n  type    = number\n  default = "many"\n}\n' + GOOD,
        "main.hcl line 3",
        "number",
    ),
    "a cycle": ("locals {\n  a = local.b\n  b = local.a\n}\n" + GOOD, "main.hcl line", "local.b"),
    "a block that refers to itself": (
        PROVIDER + enable("a", "x").replace('"x"', "classiclink_vpc.a.vpc_id"),
        "main.hcl line 6",
        "refers to itself",
    ),
    "a heredoc without its end": ("locals {\n  a = <<EOT\n}\n" + GOOD, "main.hcl line 2", 'a line that says "EOT"'),
    "an unknown setting of a backend": (
        'cl {\n  backend "local" {\n    pth = "x"\n  }\n}\n' + GOOD,
        "main.hcl line 3",
        'Did you mean "path"',
    ),
    "a missing file": ('locals {\n  a = file("none.txt")\n}\n' + GOOD, "main.hcl line 2", "none.txt"),
    "a null id": (PROVIDER + enable("a", "x").replace('"x"', "null"), "main.hcl line 6", "null"),
    "a sensitive id": (
        HIDDEN + PROVIDER + enable("a", "x").replace('"x"', "var.v"),
        "main.hcl line 10",
        "nonsensitive",
    ),
    "no provider": (enable("a", "vpc-a"), "main.hcl line 1", "provider"),
    "an unknown provider": ('provider "mok" {\n}\n' + enable("a", "vpc-a"), "main.hcl line 1", '"mock"'),
    "an unknown provider setting": (
        PROVIDER.replace("call_log", "cal_log") + enable("a", "vpc-a"),
        "main.hcl line 3",
        '"call_log"',
    ),
    "an unknown setting": ("cl {\n  limitz {}\n}\n" + GOOD, "main.hcl line 2", '"limits"'),
    "a for_each over a list": (
        PROVIDER + 'resource "classiclink_vpc" "a" {\n  for_each = ["x"]\n  vpc_id = each.key\n}\n',
        "main.hcl line 6",
        "toset",
    ),
    "two blocks of one name": (GOOD + enable("shop", "vpc-b"), "main.hcl line", "shop"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG_CONFIGURATIONS)
def test_a_wrong_configuration_is_reported_with_its_place(desk: Desk, what: str) -> None:
    text, place, words = WRONG_CONFIGURATIONS[what]
    desk.world(vpcs=[vpc("vpc-a")], instances=[instance("i-1")])
    desk.write(main__hcl=text)
    world = desk.read_world()
    for command in (("plan",), ("apply", "-auto-approve")):
        ended = desk.cl(*command, code=1)
        assert place in ended.err, ended.err
        assert words in ended.err, ended.err
    assert desk.read_world() == world
    assert sorted(path.name for path in desk.directory.iterdir()) == ["main.hcl", "world.json"]


def test_every_problem_of_a_configuration_is_reported_at_once_and_none_twice(desk: Desk) -> None:
    desk.world()
    desk.write(
        main__hcl=PROVIDER + 'resource "classiclink_vpc" "a" {\n  vpc_ids = "x"\n}\nlocals {\n  b = uper("x")\n}\n',
        other__hcl="output {\n}\nlocals {\n  c = nope.x\n}\n",
    )
    document = desk.cl("validate", "--json", code=1).json
    messages = [(one["range"]["filename"], one["range"]["start"]["line"]) for one in document["diagnostics"]]
    assert {("main.hcl", 6), ("main.hcl", 9), ("other.hcl", 1), ("other.hcl", 4)} <= set(messages)
    assert len(document["diagnostics"]) == len({json.dumps(one, sort_keys=True) for one in document["diagnostics"]})
    assert document["error_count"] == len(document["diagnostics"])


BROKEN_WORLDS = {
    "not JSON": ("{", "line 1"),
    "a wrong type": ('{"vpcs": [{"vpc_id": 7}]}', "vpcs[0].vpc_id"),
    "an unknown key": (
        '{"format_version": "1.0", "account_id": "1", "vpcs": [{"vpc_id": "v", "account_id": "1", "region_id": "r", '
        '"cidr_blok": "172.16.0.0/12"}]}',
        "vpcs[0].cidr_blok",
    ),
    "a dangling id": (
        '{"format_version": "1.0", "account_id": "1", "links": [{"instance_id": "i", "vpc_id": "v"}]}',
        "links[0]",
    ),
    "nothing": (None, "world.json"),
}


@pytest.mark.parametrize("what", BROKEN_WORLDS)
def test_a_broken_world_is_reported_by_path(desk: Desk, what: str) -> None:
    text, words = BROKEN_WORLDS[what]
    desk.write(main__hcl=GOOD)
    if text is not None:
        desk.write(world__json=text)
    ended = desk.cl("plan", code=1)
    assert words in ended.err, ended.err
    if text is not None:
        assert (desk.directory / "world.json").read_text() == text


def applied(desk: Desk) -> Path:
    desk.world(vpcs=[vpc("vpc-a")], instances=[instance("i-1")])
    desk.write(main__hcl=GOOD)
    desk.cl("apply", "-auto-approve", code=0)
    return desk.directory / "cl.state.json"


def test_a_broken_a_truncated_an_altered_and_a_newer_state_are_refused_and_kept(desk: Desk) -> None:
    state = applied(desk)
    good = state.read_text()
    newer = json.loads(good) | {"version": 99}
    newer.pop("checksum")
    for bad, words in (
        ("not json", "JSON"),
        (good[: len(good) // 2], "truncated"),
        (good.replace("i-1", "i-2"), "checksum"),
        (json.dumps(newer), "99"),
        ("[]", "state"),
    ):
        state.write_text(bad)
        for command in (("plan",), ("apply", "-auto-approve"), ("state", "list"), ("drift",)):
            ended = desk.cl(*command, code=1)
            assert words in ended.err, ended.err
        assert state.read_text() == bad
    assert len(desk.calls()) == 2


def test_a_state_that_cannot_be_written_is_saved_elsewhere_and_reported(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=[instance("i-1")])
    desk.write(main__hcl=GOOD)
    (desk.directory / "cl.state.json").mkdir()
    ended = desk.cl("plan", code=1)
    assert "cl.state.json" in ended.err
    assert desk.calls() == []


def test_a_plan_that_cannot_be_written_fails(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=[instance("i-1")])
    desk.write(main__hcl=GOOD)
    ended = desk.cl("plan", "-out=nowhere/p.json", code=1)
    assert "nowhere/p.json" in ended.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_without_permission_are_reported(desk: Desk) -> None:
    state = applied(desk)
    state.chmod(0)
    assert "cl.state.json" in desk.cl("plan", code=1).err
    state.chmod(0o600)
    (desk.directory / "main.hcl").chmod(0)
    assert "main.hcl" in desk.cl("plan", code=1).err


WRONG_COMMAND_LINES = [
    ("plann",),
    ("plan", "--nope"),
    ("plan", "-jsn"),
    ("plan", "--parallelism", "0"),
    ("plan", "--parallelism", "x"),
    ("plan", "--lock-timeout", "soon"),
    ("plan", "--destroy", "--refresh-only"),
    ("plan", "-o", "pdf"),
    ("apply", "--detailed-exitcode=maybe"),
    ("rules", "CL998"),
    ("import", "x"),
    ("-chdir=nowhere", "plan"),
    (),
]


@pytest.mark.parametrize("arguments", WRONG_COMMAND_LINES, ids=" ".join)
def test_a_wrong_command_line_is_exit_64(desk: Desk, arguments: tuple[str, ...]) -> None:
    desk.world()
    desk.write(main__hcl=PROVIDER)
    desk.cl(*arguments, code=64)


def test_a_directory_without_a_configuration_says_how_to_start(desk: Desk) -> None:
    ended = desk.cl("plan", code=1)
    assert "cl init --example" in ended.err


def test_binary_and_undecodable_files_are_reported(desk: Desk) -> None:
    desk.world()
    (desk.directory / "main.hcl").write_bytes(b"\xff\xfe\x00bad")
    assert "main.hcl" in desk.cl("plan", code=1).err
    desk.write(main__hcl=PROVIDER)
    (desk.directory / "p.json").write_bytes(b"\xff\x00")
    assert "p.json" in desk.cl("apply", "p.json", code=1).err
    assert "Make a new plan: cl plan --out none.json" in desk.cl("apply", "none.json", code=1).err


def test_a_file_that_is_not_utf_8_is_reported_with_its_line_and_no_words_of_the_codec(desk: Desk) -> None:
    desk.world()
    desk.write(main__hcl=PROVIDER)
    for name, arguments in (
        ("old.hcl", ["fmt", "old.hcl"]),
        ("old.hcl", ["plan"]),
        ("old.clvars", ["plan", "--var-file", "old.clvars"]),
        (".clignore", ["drift"]),
    ):
        path = desk.directory / name
        path.write_bytes("# eins\n# M\xfcnchen\n".encode("latin-1"))
        messages = " ".join(desk.cl(*arguments, code=1).err.split())
        assert "it is not UTF-8 text: byte 10, in line 2, cannot be read" in messages
        assert "codec" not in messages
        assert "Give permission" not in messages
        path.unlink()


def put(kind: str, path: Path) -> None:
    """Put something there that is none of the files of `cl`."""
    match kind:
        case "a directory":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
        case _:
            path.touch()
            os.truncate(path, 2**33)


@pytest.mark.parametrize("kind", ["a directory", "a pipe", "a file of 8 GiB"])
def test_what_is_in_the_place_of_the_log_of_a_world_is_reported_at_once(desk: Desk, kind: str) -> None:
    applied(desk)
    put(kind, desk.directory / "world.json.log")
    for command in (("plan",), ("apply", "-auto-approve")):
        assert "PRV211" in desk.cl(*command, code=1).err


@pytest.mark.parametrize("is_linked", [True, False])
def test_a_pipe_is_not_formatted(desk: Desk, is_linked: bool) -> None:
    os.mkfifo(desk.directory / "pipe.hcl")
    (desk.directory / "main.hcl").symlink_to("pipe.hcl")
    name = "main.hcl" if is_linked else "pipe.hcl"
    assert "not a regular file" in desk.cl("fmt", name, code=1).err


@pytest.mark.parametrize("kind", ["a directory", "a pipe", "a file of 8 GiB"])
@pytest.mark.parametrize("name", ["cl.state.json", "cl.state.json.journal"])
def test_what_is_in_the_place_of_a_file_of_cl_is_reported_and_left_alone(desk: Desk, name: str, kind: str) -> None:
    applied(desk)
    path = desk.directory / name
    path.unlink(missing_ok=True)
    put(kind, path)
    for command in (("plan",), ("apply", "-auto-approve"), ("drift",)):
        ended = desk.cl(*command, code=1)
        assert f"{name}: it " in ended.err
        assert f"mv {name} {name}.other" in ended.err
        assert "chmod" not in ended.err
    assert path.exists()
    path.rename(path.with_name("other"))
    desk.cl("plan", code=0)


@pytest.mark.parametrize("kind", ["a directory", "a pipe", "a file of 8 GiB"])
def test_other_files_that_are_none_are_reported(desk: Desk, kind: str) -> None:
    applied(desk)
    for name, command in ((".clignore", ["drift"]), ("world.json.log", ["plan"]), ("main.hcl", ["plan"])):
        path = desk.directory / name
        path.unlink(missing_ok=True)
        if (name, kind) not in (("world.json.log", "a pipe"), ("main.hcl", "a directory")):
            put(kind, path)
            assert name in desk.cl(*command, code=1).err
            path.rmdir() if path.is_dir() else path.unlink()


def test_a_plan_may_come_through_a_pipe_and_may_not_be_huge(desk: Desk) -> None:
    applied(desk)
    desk.cl("plan", "-out=p.json", code=0)
    assert "No changes" in desk.cl("show", "/dev/stdin", stdin=(desk.directory / "p.json").read_text(), code=0).out
    os.truncate(desk.directory / "p.json", 2**33)
    assert "8,589,934,592 bytes" in desk.cl("apply", "p.json", code=1).err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show"], "STA420"),
        (["apply"], "STA420"),
        (["graph", "--plan"], "STA420"),
        (["state", "push"], "STA101"),
        (["plan", "--var-file"], "CFG410"),
    ],
)
@pytest.mark.parametrize("name", ["pipe", "link", "/dev/zero"])
def test_a_named_pipe_or_a_device_is_refused_and_not_waited_for(
    desk: Desk, arguments: list[str], code: str, name: str
) -> None:
    """What the shell opened for `cl`, as for `cl show <(…)`, is read: its writer is there."""
    applied(desk)
    os.mkfifo(desk.directory / "pipe")
    (desk.directory / "link").symlink_to("pipe")
    ended = desk.cl(*arguments, name, code=1)
    assert code in ended.err
    assert f"{name}: it is not a regular file" in ended.err or f"{name} cannot be read: it is not a reg" in ended.err


def test_a_plan_a_state_and_values_may_come_from_what_the_shell_opened(desk: Desk) -> None:
    applied(desk)
    desk.write(more__hcl='variable "v" {\n}\n')
    desk.cl("plan", "--out", "p.json", "--var", "v=1", code=0)
    (desk.directory / "link").symlink_to("/dev/fd/0")
    plan = (desk.directory / "p.json").read_text()
    state = desk.cl("state", "pull", code=0).out
    for name in ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "link"):
        desk.cl("show", name, stdin=plan, code=0)
        desk.cl("plan", "--var-file", name, stdin="v = 2\n", code=0)
        desk.cl("state", "push", "--dry-run", name, stdin=state, code=0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "--out="],
        ["apply", ""],
        ["show", ""],
        ["drift", "--baseline="],
        ["import", "--all", "--write="],
        ["state", "push", ""],
        ["-chdir=", "plan"],
    ],
)
def test_an_empty_name_of_a_file_is_called_so(desk: Desk, arguments: list[str]) -> None:
    assert "not an empty text" in desk.cl(*arguments, code=64).err


@pytest.mark.parametrize("depth", [250, 900, 975, 3000])
def test_a_state_that_is_nested_too_deeply_is_reported_by_name_and_not_pushed(desk: Desk, depth: int) -> None:
    path = applied(desk)
    before = path.read_text()
    nested = "[" * depth + "]" * depth
    deep = f'{{"version":1,"serial":9,"outputs":{{"a":{{"value":{nested}}}}}}}'
    path.write_text(deep)
    for command in (("plan",), ("state", "list")):
        ended = desk.cl(*command, code=1)
        assert "cl.state.json" in ended.err
        assert "locals" not in ended.err
    path.write_text(before)
    assert "deep" in desk.cl("state", "push", "--force", "-", stdin=deep, code=1).err
    plan = f'{{"format_version":"1.0","a":{nested}}}'
    assert "locals" not in desk.cl("show", "/dev/stdin", stdin=plan, code=1).err
    assert path.read_text() == before


def test_no_message_suggests_to_write_a_plan_over_another_file(desk: Desk) -> None:
    desk.world()
    desk.write(main__hcl=PROVIDER)
    for file in ("main.hcl", "world.json"):
        messages = " ".join(desk.cl("apply", file, code=1).err.split())
        assert "Give the name of a plan file. Make a new plan: cl plan --out plan.json" in messages
    desk.cl("plan", "--out", "mine", code=0)
    text = (desk.directory / "mine").read_text()
    desk.write(mine=text.replace('"serial": 0', '"serial": 1'))
    assert "Make a new plan: cl plan --out mine" in desk.cl("apply", "mine", code=1).err


@pytest.mark.parametrize("sensitive", ["false", "true"])
def test_outputs_of_many_digits_are_kept_as_they_are(desk: Desk, sensitive: str) -> None:
    applied(desk)
    values = {"a": "1e400", "b": "1e1000 + 0.5", "c": "[123456789012345678901234567890]", "d": "1 / 4"}
    outputs = (f"output {name} {{\n  value = {v}\n  sensitive = {sensitive}\n}}\n" for name, v in values.items())
    desk.write(outputs__hcl="".join(outputs))
    desk.cl("apply", "-auto-approve", code=0)
    desk.cl("plan", "-detailed-exitcode", code=0)
    found = {name: output["value"] for name, output in desk.cl("output", "-json", code=0).json.items()}
    assert found == {"a": 10**400, "b": 10**1000, "c": [123456789012345678901234567890], "d": 0.25}


def test_numbers_of_more_digits_than_a_file_can_hold_are_reported(desk: Desk) -> None:
    applied(desk)
    desk.write(more__hcl='variable "v" {\n  type = number\n}\noutput "o" {\n  value = 1e5000\n}\n')
    ended = desk.cl("apply", "-auto-approve", "--var=v=1e5000", code=1)
    assert "5,001 digits" in ended.err
    assert "Value is too large" in ended.err
    assert "Output is too large" in desk.cl("apply", "-auto-approve", "--var=v=1", code=1).err


def test_a_vpc_that_is_not_there_is_one_error_for_all_links_to_it(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-shop")], instances=instances(300))
    each = 'toset([for number in range(1, 301) : format("i-%04d", number)])'
    desk.write(
        main__hcl=f"{PROVIDER}{enable('shop', 'vpc-shp')}"
        f'resource "classiclink_attachment" "web" {{\n  for_each    = {each}\n'
        "  instance_id = each.key\n  vpc_id      = classiclink_vpc.shop.vpc_id\n}\n"
    )
    ended = desk.cl("plan", code=1)
    assert "Plan failed: 301 errors" in ended.out
    for text in (ended.out, ended.err):
        words = " ".join(text.split())
        assert words.count("vpc-shp was not found") == 1
        assert "Did you mean vpc-shop?" in words
    assert "(301 times)" in ended.err
    assert desk.cl("plan", "-o", "github", code=1).out.count("::error") == 2


BACKEND = 'cl {\n  backend "s3" {\n    bucket = "b"\n    key    = "k"\n    region = "r"\n%s\n  }\n}\n'


@pytest.mark.parametrize(
    ("main", "underlined"),
    [
        (PROVIDER.replace('world    = "', 'wrld = "'), "wrld"),
        (PROVIDER.replace("}", '  read_only = "x"\n}'), '"x"'),
        ('provider "alicloud" {\n  endpoints {\n    ecx = "a"\n  }\n}\n', "ecx"),
        (BACKEND % '    endpoints = {\n      s4 = "http://a"\n    }', "s4"),
        (BACKEND % '    endpoints = {\n      "s4" = "http://a"\n    }', '"s4"'),
        (BACKEND % '    endpoints = {\n      sts = "a"\n    }', "sts"),
        (BACKEND % '    assume_role {\n      rolearn = "x"\n    }', "rolearn"),
        (BACKEND % '    assume_role {\n      acces_key = "geheim"\n    }', "assume_role"),
    ],
)
def test_a_wrong_setting_is_underlined_itself(desk: Desk, main: str, underlined: str) -> None:
    """But for one that may be a secret by another name: its block is."""
    desk.world(vpcs=[vpc("vpc-a")])
    desk.write(main__hcl=main)
    messages = desk.cl("plan", code=1).err
    lines = messages.splitlines()
    marks = next(line for line in lines if "^" in line)
    source = lines[lines.index(marks) - 1]
    assert source[marks.index("^") : marks.rindex("^") + 1] == underlined
    assert "geheim" not in messages
