"""A saved plan that was altered and given a new checksum: reported with the path, never a crash."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from planner.app.project import Project
from planner.app.readings import read_worlds
from planner.apply.preflight import preflight
from planner.cli.main import run
from planner.cli.session import Session
from planner.cli.surroundings import surroundings_of
from planner.documents.plan import PlanDocument
from planner.documents.plan_head import plan_checksum
from planner.documents.plan_loading import mismatches
from planner.network.worlds import Worlds
from planner.plan.options import PlanContext
from planner.proof import verify
from planner.recovery.fold import fold
from planner.render.findings import plan_problems_text
from planner.render.formats import PLAN, Renderer
from planner.render.plan_graph import to_dot, to_mermaid
from planner.render.setting import Setting
from planner.render.terminal import PLAIN
from planner.state.model import State
from support.desk import Desk, Ended
from support.rich_estate import AFTER, BEFORE, MODULE, OUTSIDE, SLOTS, WORLD, WRONG

Way = tuple[str | int, ...]
GONE = object()
VALUES: tuple[object, ...] = (None, 7, "x", [], {}, GONE)
"""What each part of a plan is replaced by."""
READING = (
    "show",
    "show -json",
    "show -verify",
    "show -every-step -o html",
    "graph -plan",
    "reach i-1 rm-1 -plan",
    "apply",
)
EACH = 151
"""One of so many alterations is tried with whole commands."""
DIAGNOSTIC = re.compile(r"^Error: .*\b(CL|CFG|STA|PRV)\d{3}\b", re.MULTILINE)
PLANS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "a change of everything": (AFTER, (), ()),
    "an errored one": (WRONG, (), ("errored", "rules", "diagnostics")),
    "a drain": (AFTER, ("-drain=vpc-d", "-include-unmanaged"), ("drain", "resource_changes", "steps")),
    "a refresh": (AFTER, ("-refresh-only",), ("mode", "resource_drift")),
}
"""A configuration, the flags of a plan of it, and which keys of the plan are altered: without any, all of them."""


def cl(*arguments: str) -> Ended:
    """Run `cl` in this process, in the present directory."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(Session({}), list(arguments))
    assert "this is a bug in cl" not in err.getvalue(), err.getvalue()
    return Ended(code, out.getvalue(), err.getvalue())


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The rich estate, before the change is applied."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("planner.app.planning.PlanContext", partial(PlanContext, quota=SLOTS))
    desk = Desk(tmp_path)
    desk.world(**WORLD)
    desk.write(main__hcl=BEFORE)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "main.hcl").write_text(MODULE)
    assert cl("apply", "-auto-approve").code == 0
    world = desk.read_world()
    kept = [one for one in world["links"] if one["instance_id"] != "i-5"]
    desk.world(**{**world, "links": [*kept, *OUTSIDE]})
    desk.write(main__hcl=AFTER)
    return desk


def saved(estate: Desk, what: str) -> dict[str, Any]:
    """The document of a plan of this estate."""
    configuration, flags, _ = PLANS[what]
    estate.write(main__hcl=configuration)
    document: dict[str, Any] = cl("plan", "-json", *flags).json
    return document


def forged(document: dict[str, Any]) -> Path:
    """The document in a file, with a checksum that holds."""
    Path("p.json").write_text(json.dumps(document | {"checksum": plan_checksum(document)}))
    return Path("p.json")


def ways(value: Any, way: Way = (), kinds: Way = (), seen: set[Way] | None = None) -> Iterator[Way]:
    """The way to each part of a document; of parts that are alike only to the first one."""
    seen = set() if seen is None else seen
    listed = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in list(listed):
        kind = (*kinds[-4:], kind_of(key, part, kinds))
        if kind not in seen:
            seen.add(kind)
            yield (*way, key)
            yield from ways(part, (*way, key), kind, seen)


def kind_of(key: str | int, part: Any, kinds: Way) -> str:
    if isinstance(key, str) and kinds[-1:] not in (
        ("vpcs",),
        ("instances",),
        ("rules_passed",),
        ("rule_names",),
        ("resources",),
    ):
        return key
    said = part if isinstance(part, dict) else {}
    messages = [said.get(name) for name in ("action", "type", "status", "severity")]
    return f"{messages} {said.get('change', {}).get('actions')}"


def altered(document: dict[str, Any], keys: Sequence[str] = ()) -> Iterator[str]:
    """The document with one part after the other replaced: in place, and put right again."""
    keys = keys or [key for key in document if key not in ("format_version", "checksum")]
    for way in list(ways({key: document[key] for key in keys})):
        holder: Any = document
        for key in way[:-1]:
            holder = holder[key]
        kept = holder[way[-1]]
        for value in VALUES:
            if value is GONE:
                del holder[way[-1]]
            else:
                holder[way[-1]] = value
            if value is GONE or value != kept or type(value) is not type(kept):
                yield f"{way} replaced by {'nothing' if value is GONE else json.dumps(value)}"
            if value is GONE and isinstance(holder, list):
                holder.insert(int(way[-1]), kept)
            else:
                holder[way[-1]] = kept


def looked_at(document: Any, reports: Iterable[Renderer[PlanDocument]], prior: State, worlds: Worlds) -> None:
    """The plan is read by these reports, and by all else that reads one."""
    sources = Session({}).source
    for render in reports:
        render(document, Setting(PLAIN, sources))
    plan_problems_text(document, sources, PLAIN)
    to_dot(document)
    to_mermaid(document)
    verify(document)
    if not document["errored"] and not preflight(document, worlds, datetime.now(UTC).date()):
        fold(prior, document, {step["id"] for step in document["steps"]}, {})


@pytest.mark.parametrize("what", PLANS)
def test_every_altered_plan_is_refused_or_can_be_read_by_all(estate: Desk, what: str) -> None:
    document = saved(estate, what)
    project = Project(surroundings_of(Session({})))
    with project.providers() as providers:
        worlds = read_worlds(providers)
    reports = cycle(PLAN.values())
    refused = read = 0
    for alteration in altered(document, PLANS[what][2]):
        if mismatches(document):
            refused += 1
            continue
        read += 1
        try:
            looked_at(document, islice(reports, 1), project.prior(worlds), worlds)
        except Exception as problem:
            raise AssertionError(alteration) from problem
    assert mismatches(document) == []
    assert refused > 2 * read > 0


@pytest.mark.parametrize("command", READING)
def test_every_command_that_reads_an_altered_plan_ends_in_words(estate: Desk, command: str) -> None:
    document = saved(estate, "a change of everything")
    kept = {path: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    for number, alteration in enumerate(altered(document)):
        if number % EACH == 0:
            ended = cl(*command.split(), str(forged(document)))
            assert ended.code == 0 or (ended.code == 1 and DIAGNOSTIC.search(ended.err)), (alteration, ended)
            for path, content in kept.items():
                path.write_bytes(content)


MISSHAPEN = [
    (("steps", 3, "needs"), None, "steps[3].needs: expected a list of step ids, found null."),
    (("steps", 3, "needs"), [99], "steps[3].needs[0]: expected the id of a step of this plan, found 99."),
    (("steps", 0, "id"), 7, "steps[0].id: expected 1, its place in the list, found 7."),
    (("steps", 3, "slot"), 7, "steps[3].slot: expected an object or null, found 7."),
    (("steps", 3, "slot", "from"), "x", 'steps[3].slot.from: expected one of "free" or "step", found "x".'),
    (("proof", "instances", "i-1"), 7, "proof.instances.i-1: expected a string or null, found 7."),
    (("steps",), {"a": 1}, "steps: expected a list"),
    (("rules",), {"a": []}, "rules: expected a list"),
    (("resource_drift",), {"x": 1}, "resource_drift: expected a list"),
    (("output_changes",), ["x"], "output_changes: expected an object"),
    (("summary", "move"), GONE, "summary.move: expected a whole number of at least 0, found nothing."),
    (
        ("resource_changes", 0, "change", "after"),
        None,
        "resource_changes[0].change.after: expected an object, found null.",
    ),
]


@pytest.mark.parametrize(
    ("way", "value", "messages"), MISSHAPEN, ids=lambda part: part if isinstance(part, str) else ""
)
def test_what_is_wrong_is_reported_with_its_path_by_every_command(
    estate: Desk, way: Way, value: Any, messages: str
) -> None:
    document = saved(estate, "a change of everything")
    holder: Any = document
    for key in way[:-1]:
        holder = holder[key]
    if value is GONE:
        del holder[way[-1]]
    else:
        holder[way[-1]] = value
    path = forged(document)
    for command in READING:
        ended = cl(*command.split(), str(path))
        assert (ended.code, ended.out) == (1, ""), command
        assert "STA402" in ended.err
        assert f"p.json: {messages}" in " ".join(ended.err.split())
        assert "cl plan --out" in ended.err


def test_nothing_is_said_to_be_proven_of_an_errored_plan(estate: Desk) -> None:
    document = saved(estate, "a change of everything")
    assert "holds" in cl("show", "-verify", str(forged(document))).out
    for errored in (document | {"errored": True, "applicable": False}, saved(estate, "an errored one")):
        ended = cl("show", "-verify", str(forged(errored)))
        assert (ended.code, ended.out) == (1, "")
        assert "STA405" in ended.err
        assert "cl show FILE reports" in ended.err


def test_what_does_not_hold_of_a_proof_is_reported_as_diagnostics(estate: Desk) -> None:
    document = saved(estate, "a change of everything")
    for step in document["steps"]:
        step["needs"] = []
    ended = cl("show", "-verify", str(forged(document)))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("STA430") > 1
    assert "cl plan --out" in ended.err


def test_a_place_in_a_file_that_no_file_can_be_is_shown_without_its_source(estate: Desk) -> None:
    document = saved(estate, "an errored one")
    for problem in (*document["rules"], *document["diagnostics"]):
        problem["range"] = document["rules"][0]["range"] | {"filename": "a\0b"}
    ended = cl("show", str(forged(document)))
    assert ended.code == 0
    assert "a\\u0000b" in ended.err
