"""The configuration of a random project: its objects as blocks, and what refers to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from random_draft import LINK, ROUTE, RULE, VPC, Draft, Thing, blocks, world_file


def write_configuration(draft: Draft, declared: list[Thing], remembered: list[Thing]) -> None:
    """The configuration: the root module and a directory for each call."""
    texts: dict[str, list[str]] = {"": [_settings(draft)], **{name: [] for name in draft.modules}}
    for provider in draft.providers:
        alias = provider.partition(".")[2]
        named = f'  alias = "{alias}"\n' if alias else ""
        texts[""].append(f'provider "mock" {{\n{named}  world = "{world_file(provider)}"\n}}\n')
    for name, provider in draft.modules.items():
        handed = f"  providers = {{ mock = {provider} }}\n" if provider != "mock" else ""
        texts[""].append(f'module "{name}" {{\n  source = "./{name}"\n{handed}}}\n')
    enabled: dict[str, dict[str, Thing]] = {thing.module: {} for thing in declared}
    for thing in declared:
        if thing.type == VPC:
            enabled[thing.module][thing.arguments["vpc_id"]] = thing
    for (module, provider, type_, name), things in blocks(declared):
        own = f"  provider = {provider}\n" if provider != "mock" and not module else ""
        texts[module].append(_block(draft, module, type_, name, things, own, enabled[module]))
    texts[""] += [*_refactorings(draft, declared, remembered), *_others(draft, declared)]
    draft.random.shuffle(texts[""])
    for module, written in texts.items():
        draft.files[f"{module}/main.hcl" if module else "main.hcl"] = "\n".join(written)


def _settings(draft: Draft) -> str:
    limits = []
    if draft.chance(0.7):
        limits.append(f"    max_detach_percent = {draft.one_of(100, 100, 100, 30)}\n")
    if draft.chance(0.2):
        limits.append(f"    max_unavailable = {draft.random.randint(1, 3)}\n")
    if draft.chance(0.1):
        limits.append("    adopt = false\n")
    if draft.odd(0.1):
        rule = draft.one_of("CL403", "CL402", "CL104", "CL507")
        limits.append(f'    waive "{rule}" {{\n      reason = "agreed"\n      until  = "2099-01-01"\n    }}\n')
    return f"cl {{\n  limits {{\n{''.join(limits)}  }}\n}}\n"


def _block(
    draft: Draft, module: str, type_: str, name: str, things: list[Thing], own: str, enabled: Mapping[str, Thing]
) -> str:
    """The block of these objects, in one of the ways in which it can be written."""
    lines, written = [], things[0].arguments
    if isinstance(things[0].key, int):
        lines.append("  count = 1\n")
    elif things[0].key is not None:
        over, written = _for_each(draft, module, type_, name, things)
        lines.append(f"  for_each = {over}\n")
    for argument, value in written.items():
        text = value if isinstance(value, str) and value.startswith("each.") else json.dumps(value, ensure_ascii=False)
        if argument == "vpc_id" and type_ == LINK and draft.chance(0.4):
            text = _reference(value, enabled, text)
        lines.append(f"  {argument} = {text}\n")
    lines += [own, _lifecycle(draft, type_)]
    return f'resource "{type_}" "{name}" {{\n{"".join(lines)}}}\n'


def _for_each(draft: Draft, module: str, type_: str, name: str, things: list[Thing]) -> tuple[str, Mapping[str, Any]]:
    """What the block is for each of, and its arguments."""
    keys = [thing.arguments["vpc_id" if type_ == VPC else "instance_id"] for thing in things]
    if type_ in (VPC, ROUTE):
        argument = "vpc_id" if type_ == VPC else "instance_id"
        return f"toset({json.dumps(keys)})", {argument: "each.key"}
    if name == "fine":
        entries = {str(thing.key): thing.arguments for thing in things}
        return json.dumps(entries), {one: f"each.value.{one}" for one in ("instance_id", "vpc_id", "vswitch_ids")}
    pairs = {str(thing.key): str(thing.arguments["vpc_id"]) for thing in things}
    arguments = {"instance_id": "each.key", "vpc_id": "each.value"}
    if name == "csv":
        rows = "".join(f"{key},{value}\n" for key, value in pairs.items())
        file = f"{module}/links.csv" if module else "links.csv"
        draft.files[file] = f"instance_id,vpc_id\n{rows}"
        table = 'csvdecode(file("${path.module}/links.csv"))'
        return f"{{ for row in {table} : row.instance_id => row.vpc_id }}", arguments
    if name == "web":
        whole = json.dumps(pairs)
        return draft.one_of(
            f"{{ for key, value in {whole} : key => lower(value) }}", f"merge({whole}, {{}})"
        ), arguments
    return json.dumps(pairs), arguments


def _reference(value: str, enabled: Mapping[str, Thing], text: str) -> str:
    """The VPC by the block that enables it, where there is one in the module."""
    if value == "each.value":
        every = [one for one in enabled.values() if one.name == "all" and isinstance(one.key, str)]
        return f'try({VPC}.all[each.value].vpc_id, "${{each.value}}")' if every else text
    one = enabled.get(value)
    return f"{VPC}.{one.name}{'' if one.key is None else f'[{json.dumps(one.key)}]'}.vpc_id" if one else text


def _lifecycle(draft: Draft, type_: str) -> str:
    lines = []
    if draft.odd(0.03):
        lines.append("    prevent_destroy = true\n")
    if draft.chance(0.03):
        lines.append(f"    ignore_changes = [{'vpc_id' if type_ == LINK else 'all' if type_ == RULE else ''}]\n")
    if draft.chance(0.05):
        check = f"length(path.module) > {int(draft.odd(0.1))}"
        lines.append(f'    precondition {{\n      condition = {check}\n      error_message = "No path."\n    }}\n')
    return f"  lifecycle {{\n{''.join(lines)}  }}\n" if lines else ""


def _refactorings(draft: Draft, declared: list[Thing], remembered: list[Thing]) -> Iterator[str]:
    """Blocks `moved`, `removed` and `import`."""
    now = {thing.address for thing in declared}
    for thing in remembered:
        if thing.address in now:
            continue
        after = replace(thing, name=thing.name.removesuffix("_before"))
        if after.address in now and draft.chance(0.5):
            yield f"moved {{\n  from = {thing.address}\n  to   = {after.address}\n}}\n"
    if any(thing.name == "left" and thing.type == LINK for thing in remembered) and draft.chance(0.3):
        kept = draft.one_of("true", "false")
        yield f"removed {{\n  from = {LINK}.left\n  lifecycle {{\n    destroy = {kept}\n  }}\n}}\n"
    new = [thing for thing in declared if thing.type == LINK and thing.key is None and not thing.module]
    if new and draft.chance(0.1):
        thing = draft.random.choice(new)
        imported = f"{thing.arguments['instance_id']}/{thing.arguments['vpc_id']}"
        yield f'import {{\n  to = {thing.address}\n  id = "{imported}"\n}}\n'


def _others(draft: Draft, declared: list[Thing]) -> Iterator[str]:
    """Variables, outputs, checks and data sources."""
    if draft.chance(0.3):
        yield 'variable "floor" {\n  type    = number\n  default = 3\n}\n'
        yield 'output "kept" {\n  value = [1, var.floor]\n}\n'
        yield (
            'check "floor" {\n  assert {\n    condition     = var.floor > 5\n'
            '    error_message = "The floor is low: ${var.floor}."\n  }\n}\n'
        )
    if draft.chance(0.2):
        yield 'data "classiclink_instances" "shop" {\n  tags = { app = "shop" }\n}\n'
        yield 'output "shop" {\n  value = data.classiclink_instances.shop.ids\n}\n'
    keyed = [thing for thing in declared if isinstance(thing.key, str) and not thing.module and thing.type == LINK]
    if keyed and draft.chance(0.3):
        yield f'output "ips" {{\n  value = {{ for key, one in {LINK}.{keyed[0].name} : key => one.private_ip }}\n}}\n'
    if draft.chance(0.05):
        yield 'output "hidden" {\n  value     = "s"\n  sensitive = true\n}\n'
