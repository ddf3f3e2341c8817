"""The manual pages of plan safety: limits for a plan as a whole, even if every step of it is legal.

These facts are only here: `planner.plan.safety` makes diagnostics from them, and `cl rules` shows them.
"""

from __future__ import annotations

from msgspec import Struct

from planner.diagnostics import Diagnostic, Related, Severity, Span
from planner.remedy import Remedy
from planner.rules.page import RulePage

TOO_MANY_LINKS_LOST = RulePage(
    id="CL901",
    name="too-many-links-lost",
    level="error",
    source="limits of the configuration",
    title="The plan detaches more links for good than allowed.",
    text=(
        "## Why it matters\n"
        "A list that is empty by mistake, a wrong workspace or a wrong variable would detach everything. So one plan\n"
        "may detach at most `limits.max_detach_percent` (30) percent of the links in the state for good, if there are\n"
        "at least `limits.min_links` (10) of them. Moves do not count.\n\n"
        "## What to do\n"
        "Read the list of objects to destroy. Then correct the configuration, or accept exactly this number.\n\n"
        "## Bad\n"
        "A state of 1,000 links and a configuration that declares 588 of them: 412 would be lost (41 %).\n\n"
        "## Good\n"
        "The same plan, accepted with the exact number: `cl apply --accept-detach 412`."
    ),
    waivable=True,
    when=("plan",),
)


class PlanCode(Struct, frozen=True):
    """A code of plan safety: `summary` is the summary of each of its diagnostics, `page` its manual page."""

    summary: str
    page: RulePage

    def diagnostic(
        self,
        detail: str,
        remedy: Remedy,
        *,
        severity: Severity | None = None,
        address: str | None = None,
        span: Span | None = None,
        related: tuple[Related, ...] = (),
    ) -> Diagnostic:
        """A diagnostic with this code. Its level comes from the page, unless `severity` is given."""
        level = severity or Severity(self.page.level)
        return Diagnostic(self.page.id, self.summary, detail, remedy, level, address, span, related)


def _code(id_: str, name: str, summary: str, level: str, source: str, title: str, *parts: str) -> PlanCode:
    """A code with its page; `parts` are why it matters, what to do, a bad and a good example."""
    headings = ("Why it matters", "What to do", "Bad", "Good")
    text = "\n\n".join(f"## {heading}\n{part}" for heading, part in zip(headings, parts, strict=True))
    return PlanCode(summary, RulePage(id_, name, level, source, title, text, waivable=False, when=("plan",)))


MUST_NOT_BE_DESTROYED = _code(
    "CL902",
    "prevent-destroy",
    "Object must not be destroyed",
    "error",
    "lifecycle of the resource",
    "The plan destroys an object whose `lifecycle` block has `prevent_destroy = true`.",
    "The configuration says that this link or enablement must stay. A move counts too, because it detaches first. The\n"
    "state remembers the setting, so removing the block does not remove the protection.",
    "Set `prevent_destroy = false`, apply, then plan again; or leave the object out with `--exclude ADDR`.",
    "A block with `lifecycle { prevent_destroy = true }` whose `vpc_id` is changed.",
    "The same plan with `--exclude` of that address, or after `prevent_destroy = false` was applied.",
)
EXISTS_ALREADY = _code(
    "CL903",
    "adoption-off",
    "Object exists already",
    "error",
    "limits of the configuration",
    "A declared object exists in the cloud but not in the state, and `limits.adopt` is false.",
    "The existing object may belong to others. By default `cl` adopts it, which changes nothing in the cloud. With\n"
    "`adopt = false` every adoption must be explicit.",
    "Adopt the object with `cl import ADDR ID`, or all such objects with `cl import --all`; or set `adopt = true`.",
    "`adopt = false` in the `limits` of `cl`, and a declared link that a person attached in the console.",
    "The same configuration after `cl import classiclink_attachment.web i-1/vpc-a`.",
)
DECLARED_TWICE = _code(
    "CL904",
    "object-declared-twice",
    "Object declared twice",
    "error",
    "identity of objects",
    "Two blocks declare the same enablement or the same guest route.",
    "An object has one address. If it had two, removing one of them would delete what the other still declares.\n"
    "CL202 reports a link that is declared twice.",
    "Remove one of the two declarations.",
    'Two `classiclink_vpc` resources with `vpc_id = "vpc-a"`.',
    "One of them; other blocks refer to it.",
)
IMPORT_NOT_FOLLOWED = _code(
    "CL905",
    "import-not-followed",
    "Import cannot be followed",
    "error",
    "import blocks",
    "An `import` block names something that the cloud does not have, or that differs from what its address declares.",
    "Without this error, the plan would create a new object, although you want to import an existing one.",
    "Correct the id: `VPC_ID`, `INSTANCE_ID/VPC_ID` or `INSTANCE_ID/CIDR`. To create the object, remove the block.",
    'An `import` block with `id = "i-1/vpc-b"`, while i-1 is linked to vpc-a.',
    'The same block with `id = "i-1/vpc-a"`.',
)
MATCHES_NOTHING = _code(
    "CL906",
    "selection-matches-nothing",
    "Selection matches nothing",
    "error",
    "options of the command line",
    "`--target`, `--exclude`, `--replace` or `--drain` names something that does not exist.",
    "A mistyped `--exclude` would exclude nothing, and a mistyped `--drain` would look like an empty VPC. For\n"
    "`--drain` of a VPC that has neither links nor ClassicLink, this is only a warning.",
    "`cl state list` shows the addresses. Quote them, because a shell removes brackets and quotes. To drain unmanaged\n"
    "links too, add `--include-unmanaged`.",
    "`cl plan --target classiclink_attachment.wbe`.",
    "`cl plan --target classiclink_attachment.web`.",
)
PLAN_OF_A_PART = _code(
    "CL907",
    "plan-of-a-part",
    "Plan of a part",
    "warning",
    "options of the command line",
    "A selection leaves out changes of the full plan, or a drain leaves out unmanaged links of its VPC.",
    "After the apply, the cloud still differs from the configuration, or the VPC is not empty.",
    "Apply it, then plan again without `--target` and `--exclude` to see whether anything is left. For a drain, add\n"
    "`--include-unmanaged`.",
    "`cl plan --target classiclink_vpc.shop`, while links are still to be created.",
    "`cl plan`.",
)
DEPENDENCY_NOT_KEPT = _code(
    "CL908",
    "dependency-not-kept",
    "Dependency cannot be kept",
    "warning",
    "order of the steps",
    "A reference or `depends_on` asks for the opposite of what ClassicLink needs.",
    "ClassicLink must be enabled on a VPC before an instance is attached to it, and an instance must be detached\n"
    "before it is attached elsewhere. The plan keeps this order and ignores the reference or the entry.",
    "Remove the reference or the entry, or split the change into two plans with `--target`.",
    "An enablement with `depends_on` of a link to its own VPC.",
    "The link refers to the enablement, not the reverse.",
)
TOO_MANY_DOWN = _code(
    "CL909",
    "too-many-down",
    "Moves need more links down at once than allowed",
    "error",
    "limits of the configuration",
    "The moves of this plan leave more instances without a link at once than `limits.max_unavailable` allows.",
    "If the VPCs are full, or if `depends_on` makes moves wait for one another, some instances must wait without a\n"
    "link. No order of the steps can then keep the limit.",
    "Raise `max_unavailable`, free a slot in one of the VPCs first, or remove `depends_on` entries between the moves.",
    "`max_unavailable = 1`, and `depends_on` entries that leave two instances without a link at the same time.",
    "`max_unavailable = 2`.",
)
NO_SLOT_LEFT = _code(
    "CL910",
    "no-slot-left",
    "VPC has no slot left",
    "error",
    "overview, Limits",
    "An attach finds no slot in its VPC: none is free, and no detach of the plan frees one for it.",
    "A VPC can have 1,000 links, and the cloud refuses the next one.",
    "First detach instances from the VPC in a separate plan, or link the instance to another VPC.",
    "An attach to a full VPC, whose only detach waits for that attach.",
    "The detach alone, applied first.",
)
GUEST_ROUTE_LOST = _code(
    "CL911",
    "guest-route-lost",
    "Guest route goes, its link stays",
    "warning",
    "overview, Limits",
    "A guest route is deleted or replaced, but its instance is or will be linked to a VPC in 192.168.0.0/16.",
    "Without the route, the instance sends traffic for the VPC elsewhere, and the link exists but carries nothing.\n"
    "While a route is replaced, it is missing for a short time.",
    "Keep the route while the link exists, or detach the instance too. Replace a route when an outage does no harm.",
    "The `classiclink_guest_route` block of i-1 is removed, its `classiclink_attachment` is not.",
    "Both are removed.",
)
DRAINED_STILL_DECLARED = _code(
    "CL912",
    "drained-still-declared",
    "Drained VPC is still declared",
    "warning",
    "options of the command line",
    "`--drain` deletes objects that the configuration still declares.",
    "The next plan without `--drain` creates these objects again.",
    "Remove the objects from the configuration when the drain is done.",
    "`cl apply --drain vpc-a`, and blocks that name vpc-a.",
    "The same command, with the blocks removed in the same change.",
)
MOVED_NOT_FOLLOWED = _code(
    "CL913",
    "moved-not-followed",
    "Moved block cannot be followed",
    "warning",
    "moved blocks",
    "A `moved` block moves to an address that is taken, changes nothing, or changes a different object than intended.",
    "The object keeps its old address.",
    "Correct the addresses of the block, move the object that is in the way with `cl state mv`, or remove the block.",
    "`moved` to `classiclink_attachment.web`, where the state has another object.",
    "`moved` to an address that the configuration declares and the state does not have.",
)
ONE_CLOUD = _code(
    "CL914",
    "one-cloud-two-providers",
    "Two providers change the same in one cloud",
    "error",
    "several providers",
    "Two provider blocks use the same cloud, and both change or declare the same VPC, instance or object.",
    "Two provider blocks use the same cloud if they have the same world file, or the same account and region. `cl`\n"
    "checks slots, order and rules for each provider separately. Two providers together could plan the 1,001st link,\n"
    "or attach to a VPC before it is enabled.",
    "Declare everything about that VPC or instance with one provider. Two providers of the same cloud may manage\n"
    "different VPCs.",
    'Two links to vpc-a: one with `mock`, one with `mock.admin`, and both providers have `world = "world.json"`.',
    "Both links with `mock`.",
)
LEFT_BEHIND = _code(
    "CL915",
    "left-behind",
    "Object is left behind in another cloud",
    "warning",
    "several providers",
    "The provider of an object changes, and the cloud of the new provider has an object with the same ids.",
    "The state now refers to the object of the new provider, and no cloud is changed. The object of the old provider\n"
    "stays, and nothing manages it.",
    "To keep managing the old object, declare it with the old provider at another address. To delete it, apply this\n"
    "declaration, then remove it and apply again. Or undo the change of the provider.",
    "A link of `mock` whose block gets `provider = mock.lab`, while the account of `mock.lab` has the same link.",
    "Two links: the existing one of `mock`, and another one with `provider = mock.lab`.",
)
DESCRIPTION_STAYS = _code(
    "CL916",
    "description-stays",
    "Description of a rule stays",
    "warning",
    "ModifySecurityGroupRule",
    "A security rule has a description in the cloud, and the configuration declares none.",
    "The API can change a description, but not remove it. So the rule keeps its description, and this does not\n"
    "count as a difference between configuration and cloud.",
    "Declare the description that the rule has, or `ignore_changes = [description]`. To remove it, replace the rule\n"
    "with `--replace=ADDRESS`. The rule is then revoked and authorized again, and its traffic is blocked in between.",
    "An adopted rule that got its description in the console, and whose block has no `description`.",
    '`description = "the text that the rule has"`.',
)

PLAN_SAFETY = (
    MUST_NOT_BE_DESTROYED,
    EXISTS_ALREADY,
    DECLARED_TWICE,
    IMPORT_NOT_FOLLOWED,
    MATCHES_NOTHING,
    PLAN_OF_A_PART,
    DEPENDENCY_NOT_KEPT,
    TOO_MANY_DOWN,
    NO_SLOT_LEFT,
    GUEST_ROUTE_LOST,
    DRAINED_STILL_DECLARED,
    MOVED_NOT_FOLLOWED,
    ONE_CLOUD,
    LEFT_BEHIND,
    DESCRIPTION_STAYS,
)
"""The codes of plan safety in the order of ids, without CL901: that one is a finding, and can be waived."""
