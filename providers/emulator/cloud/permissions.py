"""The rules that a request names: `Permissions.N.…`, checked as the API's pages say."""

from __future__ import annotations

from planner.network.identity import Authorization, RuleCall, RuleSettings
from planner.network.security_groups import (
    ACCEPT,
    ALL_PORTS,
    FIRST_PRIORITY,
    LAST_PRIORITY,
    POLICIES,
    PROTOCOLS,
    RULES_A_CALL,
    WITH_PORTS,
    SecurityGroup,
    ports,
)
from providers.emulator.cloud.errors import ApiError, invalid
from providers.emulator.cloud.parameters import Parameters

INTRANET = "intranet"
NIC_TYPES = ("internet", INTRANET)

FIELDS = ("IpProtocol", "PortRange", "SourceGroupId", "Policy", "Priority", "NicType", "Description")
"""What can be said of a rule. Rules by addresses, prefix lists and ports of origin are not served."""

_LONGEST_DESCRIPTION = 512


def requested_rules(parameters: Parameters, group: SecurityGroup) -> list[RuleCall]:
    """The rules of this group that a request names, in its order. Raises ApiError."""
    numbers = parameters.numbers_of("Permissions")
    if len(numbers) > RULES_A_CALL:
        raise invalid("Permissions", f"At most {RULES_A_CALL} can be specified.")
    calls = [_rule(parameters, f"Permissions.{number}", group) for number in numbers]
    if len({call.rule for call in calls}) < len(calls):
        message = "There are duplicate permissions in the specified parameter Permissions."
        raise ApiError("InvalidParam.DuplicatePermissions", message)
    return calls


def priority_of(text: str) -> int:
    """A priority, 1 where none is given. Raises ApiError."""
    if not text:
        return FIRST_PRIORITY
    message = "The parameter Priority is invalid."
    if not (text.isascii() and text.isdigit()):
        raise ApiError("InvalidPriority.Malformed", message)
    if len(text) > len(str(LAST_PRIORITY)) or not FIRST_PRIORITY <= int(text) <= LAST_PRIORITY:
        raise ApiError("InvalidPriority.ValueNotSupported", message)
    return int(text)


def policy_of(text: str) -> str:
    """A policy, accept where none is given. Raises ApiError."""
    policy = text.lower() or ACCEPT
    if policy not in POLICIES:
        raise ApiError("InvalidPolicy.Malformed", 'The specified parameter "Policy" is not valid.')
    return policy


def description_of(text: str) -> str:
    """A description. Raises ApiError."""
    if len(text) > _LONGEST_DESCRIPTION:
        message = "The specified security group rule description is not valid."
        raise ApiError("InvalidSecurityGroupDiscription.Malformed", message)
    return text


def _rule(parameters: Parameters, at: str, group: SecurityGroup) -> RuleCall:
    def text(name: str) -> str:
        return parameters.text(f"{at}.{name}")

    protocol = text("IpProtocol").lower()
    if protocol not in PROTOCOLS:
        message = f"The parameter {at}.IpProtocol must be specified with case insensitive TCP, UDP, ICMP, GRE or All."
        raise ApiError("InvalidIpProtocol.ValueNotSupported", message)
    if not (source := text("SourceGroupId")):
        message = (
            "One of the parameters SourceCidrIp, Ipv6SourceCidrIp, SourceGroupId or SourcePrefixListId in "
            f"{at} must be specified."
        )
        raise ApiError("MissingParameter.Source", message)
    _check_nic_type(text("NicType"), group)
    settings = RuleSettings(priority_of(text("Priority")), description_of(text("Description")))
    port_range = _port_range(at, protocol, text("PortRange"))
    rule = Authorization(group.security_group_id, source, protocol, port_range, policy_of(text("Policy")))
    return RuleCall(rule, settings)


def _port_range(at: str, protocol: str, text: str) -> str:
    if not text:
        raise ApiError("InvalidPortRange.Malformed", "The specified parameter PortRange must set.")
    try:
        ports(text)
    except ValueError:
        message = (
            f"The specified parameter {at}.PortRange is not valid. It should be two integers less than 65535 in ?/? "
            "format."
        )
        raise ApiError("InvalidParam.PortRange", message) from None
    if (protocol in WITH_PORTS) == (text == ALL_PORTS):
        message = "The specified IpProtocol does not exist or IpProtocol and PortRange do not match."
        raise ApiError("OperationDenied", message)
    return text


def _check_nic_type(text: str, group: SecurityGroup) -> None:
    """A rule between groups is one of the intranet; a group of the classic network has the internet by default."""
    if text and text not in NIC_TYPES:
        raise ApiError("InvalidNicType.ValueNotSupported", "The specified NicType does not exist.")
    if (text or ("internet" if group.vpc_id is None else INTRANET)) != INTRANET:
        raise ApiError("InvalidSourceGroupId.Mismatch", "NicType is required or NicType expects intranet.")
