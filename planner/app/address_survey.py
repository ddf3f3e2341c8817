"""What of the address plan can talk to the classic network, by provider."""

from __future__ import annotations

from collections.abc import Iterator

from planner.app.project import Project
from planner.app.readings import read_worlds
from planner.network.addresses import FreeBlocks, SurveyDocument, VpcVerdictEntry, free_blocks, survey
from planner.network.seers import chosen, find_one
from planner.network.world import World
from planner.network.worlds import Worlds


def survey_of(project: Project, free: int | None, vpc_id: str | None, provider: str | None) -> SurveyDocument:
    """The verdicts of all VPCs or of one, and free blocks of the size `free`.

    Raises ClError; ValueError where no vSwitch can be of that size, KeyError where the VPC is not seen.
    """
    with project.providers() as providers:
        worlds = read_worlds(providers)
    seen = worlds
    if provider is not None:
        seen = _only(worlds, chosen(worlds, provider))
    elif vpc_id is not None and worlds.are_several:
        seen = _only(worlds, find_one(worlds, vpc_id).provider)
    blocks = None if free is None else _free(seen, free, vpc_id).to_json()
    return {"vpcs": list(_verdicts(seen, vpc_id, named=worlds.are_several)), "free": blocks}


def _only(worlds: Worlds, provider: str) -> Worlds:
    return Worlds({provider: worlds.of(provider)})


def _free(worlds: Worlds, prefix_length: int, vpc_id: str | None) -> FreeBlocks:
    """Blocks that are free in one VPC or, without one, in every provider's world."""
    if vpc_id is not None:
        (world,) = worlds.by_provider.values()
        return free_blocks(world, prefix_length, vpc_id)
    in_use = {f"{key}/{id_}": one for key, world in worlds.by_provider.items() for id_, one in world.vswitches.items()}
    return free_blocks(World(vswitches=in_use), prefix_length)


def _verdicts(worlds: Worlds, vpc_id: str | None, *, named: bool) -> Iterator[VpcVerdictEntry]:
    for provider, world in worlds.by_provider.items():
        for verdict in survey(world, vpc_id):
            entry = verdict.to_json()
            yield {**entry, "provider": provider} if named else entry
