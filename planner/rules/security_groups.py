"""Rules about security groups: whether rules can be added and removed, and let traffic in."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from planner.diagnostics import did_you_mean
from planner.network.addressing import CLASSIC_SUPERNET, network
from planner.network.filtering import shadowing_drop
from planner.network.identity import Action, Authorization, Enablement
from planner.network.kinds import Kind
from planner.network.presence import vpc_of_rule
from planner.network.rule_changes import is_rule
from planner.network.security_groups import (
    ACCEPT,
    ENTERPRISE,
    RULES_PER_GROUP,
    SOURCES_PER_GROUP,
    SecurityGroup,
    SecurityRule,
)
from planner.remedy import Remedy, cl
from planner.rules.base import (
    ERROR,
    WARNING,
    Finding,
    Outlook,
    Premise,
    Rule,
    other_provider,
    seen_elsewhere,
)
from planner.rules.by_hand import check_group_id, enable, revoke_found
from planner.steps import Step
from planner.values import replace

AUTHORIZING = frozenset({Action.AUTHORIZE_SECURITY_RULE})
CHANGING_RULES = frozenset({Action.AUTHORIZE_SECURITY_RULE, Action.REVOKE_SECURITY_RULE})
OF_A_RULE = ("security_group_id", "source_security_group_id")
GROUPS_FOUND = frozenset({Premise.GROUPS_FOUND})
GROUPS_ACROSS = frozenset({Premise.GROUPS_FOUND, Premise.GROUPS_ACROSS})
_MOST_COMPARED = 1_000


def _rule(step: Step) -> Authorization:
    assert isinstance(step.target, Authorization)  # noqa: S101 - the rules here act on no other steps
    return step.target


def _group(step: Step, outlook: Outlook) -> SecurityGroup:
    """The group that the rule belongs to, for rules with the premise GROUPS_FOUND."""
    found = outlook.now.security_group(_rule(step).security_group_id)
    assert found is not None  # noqa: S101 - it is a premise
    return found


def _source(step: Step, outlook: Outlook) -> SecurityGroup:
    """The group that the rule names, for rules with the premise GROUPS_FOUND."""
    found = outlook.now.security_group(_rule(step).source_security_group_id)
    assert found is not None  # noqa: S101 - it is a premise
    return found


class SecurityGroupNotFound(Rule):
    """One of the two security groups of a rule does not exist, or this account cannot see it.

    ## Why it matters
    The cloud refuses the rule with `InvalidSecurityGroupId.NotFound` or `InvalidSourceGroupId.NotFound`.

    ## What to do
    Check the id, and the account and region of the provider. `data "classiclink_security_groups"` lists the groups
    that it sees.

    ## Bad
    ```json
    {"steps": ["authorize sg-db sg-lost"]}
    ```
    ## Good
    ```json
    {"steps": ["authorize sg-db sg-web"]}
    ```
    """

    id, name, level = "CL501", "security-group-not-found", ERROR
    source = "AuthorizeSecurityGroup, InvalidSecurityGroupId.NotFound"
    acts_on, about, reads = AUTHORIZING, OF_A_RULE, frozenset({Kind.SECURITY_GROUPS})

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        known = outlook.now.world.security_groups
        if known is None:
            message = f"Security groups are not known, so rule {self.id} cannot be checked."
            remedy = Remedy.of('Let the provider read them. The world file of a mock has them in "security_groups".')
            yield replace(self.fail(step, message, remedy=remedy, at=OF_A_RULE[0]), status="unknown")
            return
        rule = _rule(step)
        for argument in OF_A_RULE:
            group_id = getattr(rule, argument)
            if group_id not in known:
                was_there = outlook.was_there(group_id)
                is_compared = not was_there and len(known) <= _MOST_COMPARED
                hint = did_you_mean(group_id, known) if is_compared else ""
                seers = outlook.worlds.who_sees_group(group_id)
                fix = check_group_id(outlook.now.world, group_id)
                if was_there:
                    fix = Remedy.of(f"If it was deleted, remove all references to {group_id} from the configuration.")
                yield self.fail(
                    step,
                    f"The security group {group_id} was not "
                    f"found{', though it is in the state' if was_there else ''}.{seen_elsewhere(seers)}{hint}",
                    at=argument,
                    remedy=other_provider(seers, step.address) or fix,
                )


class SecurityGroupsNotAcross(Rule):
    """A rule does not connect a security group of the classic network and one of a VPC, in one account and region.

    ## Why it matters
    Links carry traffic between the classic network and a VPC. The cloud refuses a rule between groups of two VPCs or
    of two accounts with `InvalidSourceGroupId.Mismatch`. A rule between two groups of the same network does not need
    ClassicLink, so `cl` does not manage it.

    ## What to do
    Use one group of the classic network and one of the VPC.

    ## Bad
    ```json
    {"steps": ["authorize sg-db sg-cache"]}
    ```
    ## Good
    ```json
    {"steps": ["authorize sg-web sg-db"]}
    ```
    """

    id, name, level = "CL502", "security-groups-not-across", ERROR
    source = "AuthorizeSecurityGroup, InvalidSourceGroupId.Mismatch"
    acts_on, about, premises = AUTHORIZING, OF_A_RULE, GROUPS_FOUND

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        group, source = _group(step, outlook), _source(step, outlook)
        if (group.vpc_id is None) == (source.vpc_id is None):
            where = "are both of the classic network"
            if group.vpc_id is not None:
                is_same = group.vpc_id == source.vpc_id
                where = f"both belong to {group.vpc_id}" if is_same else f"belong to {group.vpc_id} and {source.vpc_id}"
            yield self._not_across(step, where)
        elif group.account_id != source.account_id:
            yield self._not_across(step, f"belong to the accounts {group.account_id} and {source.account_id}")
        elif group.region_id != source.region_id:
            yield self._not_across(step, f"are in {group.region_id} and {source.region_id}")

    def _not_across(self, step: Step, where: str) -> Finding:
        rule = _rule(step)
        remedy = Remedy.of("Name one group of the classic network and one of the VPC, of the same account and region.")
        message = f"{rule.security_group_id} and {rule.source_security_group_id} {where}."
        return self.fail(step, message, remedy=remedy, at=OF_A_RULE[1])


class RuleNeedsClassiclink(Rule):
    """ClassicLink is not enabled on the VPC when a rule between its group and a classic one is added or removed.

    ## Why it matters
    While ClassicLink is disabled, the cloud refuses both with `InvalidSecurityGroup.InvalidNetworkType`.

    ## What to do
    Declare the enablement (`classiclink_vpc`). If ClassicLink was disabled before the rule was removed, enable it
    again to remove the rule, or run `cl state rm` to forget the rule.

    ## Bad
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "classic_link_enabled": false}], "steps": ["authorize sg-db sg-web"]}
    ```
    ## Good
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "classic_link_enabled": false}], "steps": ["enable vpc-a", "authorize sg-db sg-web"]}
    ```
    """

    id, name, level = "CL503", "rule-needs-classiclink", ERROR
    source = "AuthorizeSecurityGroup, InvalidSecurityGroup.InvalidNetworkType"
    acts_on, about, premises = CHANGING_RULES, ("vpc_id", *OF_A_RULE), GROUPS_ACROSS
    reads = frozenset({Kind.VPCS})

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        vpc_id = vpc_of_rule(_rule(step), outlook.now.world)
        assert vpc_id is not None  # noqa: S101 - it is a premise
        if outlook.now.enabled(vpc_id):
            return
        revoking = step.action is Action.REVOKE_SECURITY_RULE
        forget = Remedy.of("\nOr forget the rule, which stays in the cloud:\n  ", cl("state", "rm", str(step.address)))
        yield self.fail(
            step,
            f"ClassicLink is not enabled on {vpc_id} when the rule is {'removed' if revoking else 'added'}.",
            at="security_group_id",
            remedy=Remedy.of(
                "Declare it:\n",
                outlook.declaration(Enablement(vpc_id)),
                enable(_group(step, outlook).region_id, vpc_id).after("\nOr enable it by hand", outlook.now.world),
                forget if revoking and step.address else "",
            ),
        )


class SecurityRuleLimit(Rule):
    """A security group would have more than 200 rules, or name more than 20 other groups.

    ## Why it matters
    The cloud refuses the rule with `AuthorizationLimitExceed`.

    ## What to do
    Combine rules: use a range of ports instead of single ports, or one group for several classic instances.

    ## Bad
    ```json
    {"rules_of": {"sg-db": 200}, "steps": ["authorize sg-db sg-web"]}
    ```
    ## Good
    ```json
    {"rules_of": {"sg-db": 199}, "steps": ["authorize sg-db sg-web"]}
    ```
    """

    id, name, level = "CL504", "security-rule-limit", ERROR
    source = "AuthorizeSecurityGroup, AuthorizationLimitExceed"
    acts_on, about, premises = AUTHORIZING, ("security_group_id",), GROUPS_FOUND
    reads = frozenset({Kind.SECURITY_GROUPS})

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        group, rule = _group(step, outlook), _rule(step)
        if any(is_rule(found, rule) for found in group.rules):
            return
        rules = len(group.rules) + 1
        sources = {found.source_security_group_id for found in group.rules} - {None} | {rule.source_security_group_id}
        if rules > RULES_PER_GROUP:
            yield self._too_many(step, f"{rules:,} rules; it has room for {RULES_PER_GROUP}")
        if len(sources) > SOURCES_PER_GROUP:
            yield self._too_many(step, f"rules that name {len(sources)} groups; {SOURCES_PER_GROUP} are allowed")

    def _too_many(self, step: Step, how_many: str) -> Finding:
        return self.fail(
            step,
            f"{_rule(step).security_group_id} would have {how_many}.",
            at="security_group_id",
            remedy=Remedy.of("Join rules, such as several ports in one range, or remove what is no longer needed."),
        )


class SecurityGroupNotEditable(Rule):
    """A security group is an enterprise group, or a service of the cloud manages it.

    ## Why it matters
    Rules of an enterprise group cannot name other groups. A managed group can be changed only by its service; for
    others the cloud refuses the change with `InvalidOperation.ResourceManagedByCloudProduct`.

    ## What to do
    Use a basic group. An instance can be in several groups, so you can add it to another one.

    ## Bad
    ```json
    {"security_groups": [{"security_group_id": "sg-db", "type": "enterprise"}], "steps": ["authorize sg-db sg-web"]}
    ```
    ## Good
    ```json
    {"security_groups": [{"security_group_id": "sg-db", "type": "normal"}], "steps": ["authorize sg-db sg-web"]}
    ```
    """

    id, name, level = "CL505", "security-group-not-editable", ERROR
    source = "AuthorizeSecurityGroup, InvalidOperation.ResourceManagedByCloudProduct"
    acts_on, about, premises = CHANGING_RULES, OF_A_RULE, GROUPS_FOUND
    reads = frozenset({Kind.SECURITY_GROUPS})

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        group, source = _group(step, outlook), _source(step, outlook)
        remedy = Remedy.of("Use a basic group that is your own; an instance can be in several groups.")
        for argument, found in zip(OF_A_RULE, (group, source), strict=True):
            if found.type == ENTERPRISE:
                message = f"{found.security_group_id} is an enterprise group, whose rules name no other groups."
                if found is source:
                    message = f"{found.security_group_id} is an enterprise group, which no rule can name."
                yield self.fail(step, message, remedy=remedy, at=argument)
        if group.service_managed:
            message = (
                f"{group.security_group_id} is managed by a service of the cloud, and only that service can edit it."
            )
            yield self.fail(step, message, remedy=remedy, at=OF_A_RULE[0])


class SecurityRuleShadowed(Rule):
    """A drop rule of the same group drops all the traffic that the new rule would let in.

    ## Why it matters
    Of two rules, the one with the smaller priority number decides. With equal numbers, the drop decides. So the new
    rule lets nothing in.

    ## What to do
    Give the rule a smaller priority number than the drop rule, or remove the drop rule.

    ## Bad
    ```json
    {"rules": [{"security_group_id": "sg-db", "source_security_group_id": "sg-web", "ip_protocol": "all",
                "port_range": "-1/-1", "policy": "drop"}],
     "steps": ["authorize sg-db sg-web"]}
    ```
    ## Good
    ```json
    {"rules": [{"security_group_id": "sg-db", "source_security_group_id": "sg-web", "ip_protocol": "all",
                "port_range": "-1/-1", "policy": "drop", "priority": 2}],
     "steps": ["authorize sg-db sg-web"]}
    ```
    """

    id, name, level = "CL506", "security-rule-shadowed", WARNING
    source = "AuthorizeSecurityGroup, Priority"
    acts_on, about, premises = AUTHORIZING, OF_A_RULE, GROUPS_ACROSS
    reads = frozenset({Kind.SECURITY_GROUPS})

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        rule, settings = _rule(step), step.settings
        group = outlook.end.security_group(rule.security_group_id)
        if rule.policy != ACCEPT or group is None:
            return
        new = SecurityRule(
            rule.source_security_group_id,
            None,
            rule.ip_protocol,
            rule.port_range,
            priority=settings.priority if settings else 1,
        )
        drop = shadowing_drop(group, new, _home(_source(step, outlook), outlook))
        if drop is None:
            return
        yield self.fail(
            step,
            f"{group.security_group_id} drops {words_of(drop)}, so the rule {rule.id} lets nothing in.",
            at="priority",
            remedy=without_drop(group, drop, step, outlook),
        )


def words_of(rule: SecurityRule) -> str:
    """`tcp 80/80 from sg-web (priority 1)`."""
    source = rule.source_security_group_id or rule.source_cidr_block
    return f"{rule.ip_protocol} {rule.port_range} from {source} (priority {rule.priority})"


def without_drop(group: SecurityGroup, drop: SecurityRule, step: Step, outlook: Outlook) -> Remedy:
    """What to do about a drop rule that overrules a rule of the same group."""
    ways = [Remedy.of(f"Give the rule a priority below {drop.priority}.")] if drop.priority > 1 else []
    declared = None
    if drop.source_security_group_id is not None:
        own = Authorization(
            group.security_group_id, drop.source_security_group_id, drop.ip_protocol, drop.port_range, drop.policy
        )
        declared = outlook.managed().get((step.provider, own))
    ways.append(
        Remedy.of(f"Remove the drop rule, which is {declared}, from the configuration.")
        if declared
        else revoke_found(group.region_id, group.security_group_id, drop).after(
            "Remove the drop rule", outlook.now.world
        )
    )
    return Remedy.join("\n", ways)


def _home(source: SecurityGroup, outlook: Outlook) -> list[IPv4Network]:
    """The blocks that contain the addresses of a group's members."""
    if source.vpc_id is None:
        return [CLASSIC_SUPERNET]
    vpc = outlook.now.vpc(source.vpc_id)
    blocks = (vpc.cidr_block, *vpc.secondary_cidr_blocks) if vpc is not None else ()
    return [network(block) for block in blocks]
