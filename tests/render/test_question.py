"""The question before an apply says how much it does, and to what."""

from __future__ import annotations

from typing import Any

import pytest

from planner.render.question import question_of
from support import documents

SHOP = {"account_id": "1001", "region_id": "cn-hangzhou"}


def plan(*steps: dict[str, Any], mode: str = "normal", adopt: int = 0, **summary: int) -> Any:
    document = documents.plan(mode=mode, steps=[{**documents.failed_plan()["steps"][0], **step} for step in steps])
    return {**document, "summary": {**dict.fromkeys(document["summary"], 0), "import": adopt, **summary}}


@pytest.mark.parametrize(
    ("document", "question"),
    [
        (plan(SHOP, SHOP, add=1, move=1), "Apply 2 steps to account 1001 in cn-hangzhou (1 to add, 1 to move)?"),
        (
            plan(SHOP, {"account_id": "1002", "region_id": "cn-beijing"}, add=2),
            "Apply 2 steps to account 1001 in cn-hangzhou and account 1002 in cn-beijing (2 to add)?",
        ),
        (plan({"account_id": None, "region_id": None}, add=1), "Apply 1 step (1 to add)?"),
        (
            plan(SHOP, mode="destroy", destroy=12),
            "Destroy 12 objects of account 1001 in cn-hangzhou? There is no undo.",
        ),
        (
            plan(SHOP, {**SHOP, "region_id": "cn-beijing"}, {"account_id": "1002", "region_id": "cn-beijing"}, add=3),
            "Apply 3 steps to account 1001 in cn-hangzhou and cn-beijing, and account 1002 in cn-beijing (3 to add)?",
        ),
        (
            plan(*({**SHOP, "account_id": account} for account in ("1001", "1002", "1003")), mode="destroy", destroy=3),
            "Destroy 3 objects of account 1001 in cn-hangzhou, account 1002 in cn-hangzhou "
            "and account 1003 in cn-hangzhou? There is no undo.",
        ),
        (
            plan(SHOP, add=1, adopt=998),
            "Apply 1 step to account 1001 in cn-hangzhou (1 to add, 998 to adopt)?",
        ),
        (plan(readdress=2, forget=1), "Update the state (2 to re-address, 1 to forget)?"),
        (plan(), "Update the state?"),
    ],
)
def test_the_question_repeats_what_is_done_to_whom(document: Any, question: str) -> None:
    assert question_of(document) == question
