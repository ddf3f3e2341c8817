"""Resource blocks: from one block to its desired objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from planner.address import Address, Key
from planner.config.conditions import judge
from planner.config.constants import converted
from planner.config.declarations import Condition, ObjectBlock
from planner.config.desired import CheckResult, DesiredObject
from planner.config.each_texts import EachTexts
from planner.config.expand import Expansion
from planner.config.facts import computed
from planner.config.identities import argument_problem, plain
from planner.config.module_instance import ModuleInstance, Roots
from planner.config.problems import Collecting
from planner.config.refactor import trigger_address
from planner.config.repeated_objects import RepeatedObject
from planner.config.rule_arguments import ports_problem
from planner.config.surroundings import Surroundings
from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.types import BOOL, DYNAMIC, Type
from planner.hcl.cty.values import SENSITIVE, Value, is_wholly_known, null
from planner.hcl.syntax.nodes import Attribute, Expression
from planner.network.identity import SECURITY_RULE, identity_of
from planner.steps import Place
from planner.values import replace


class Evaluated(Struct, frozen=True):
    """A resource block evaluated: the value of each instance, and what the plan needs of it.

    `unknown` are the instances that no object comes of, because of what could not be read. The values are left out
    where nothing refers to the block. It `is_whole` where nothing is wrong with any instance.
    """

    values: Mapping[Key, Value]
    objects: tuple[DesiredObject, ...]
    checks: tuple[CheckResult, ...]
    unknown: tuple[Address, ...] = ()
    is_whole: bool = True


class ResourceEvaluator:
    """Evaluates one resource block in one instance of its module, and then those that are like it.

    What does not vary between the block's instances, or between blocks that are alike, is evaluated once.
    """

    def __init__(
        self, block: ObjectBlock, instance: ModuleInstance, surroundings: Surroundings, provider: str,
        depends_on: tuple[Address, ...],
    ) -> None:  # fmt: skip
        self._block = block
        self._instance = instance
        self._surroundings = surroundings
        self._provider = provider
        self._depends_on = depends_on
        self._place = block.place()
        self._world = surroundings.world_of(provider)
        self._needs_all_known = surroundings.needs_all_known
        self._prevents: Callable[[Roots], bool] = _never
        self._checks: list[CheckResult] = []
        self._varying: dict[str, tuple[Attribute, EachTexts | None]] = {}
        self._known: dict[tuple[str, tuple[str, ...]], Value] = {}
        self._constant: dict[str, Value] = {}
        self._names = sorted(block.schema.attributes)
        self.is_model = False
        """Whether `evaluate_alike` can be asked: the block was evaluated, and all that can differ are arguments."""

    def evaluate(self, expansion: Expansion, *, with_values: bool) -> Evaluated:
        before = len(self._surroundings.problems)
        self._split()
        if not self._block.sound:
            self._check_arguments(expansion)
            return Evaluated({}, (), (), is_whole=False)
        self._prevents = self._prevent_destroy()
        values: dict[Key, Value] = {}
        is_whole = True
        objects: list[DesiredObject] = []
        unknown: list[Address] = []
        for key, roots in expansion.instances.items():
            address = Address(self._block.type, self._block.name, key, self._instance.path)
            found = self._one(address, roots)
            if found is None:
                is_whole = False
                continue
            if with_values:
                values[key] = self._value(found)
            if not self._surroundings.planning:
                continue
            if not self._needs_all_known and not self._is_known(found):
                unknown.append(address)
            else:
                objects.append(self._object(address, self._place, found, roots))
        nothing_wrong = is_whole and not unknown and len(self._surroundings.problems) == before
        self.is_model = nothing_wrong and self._is_alone
        return Evaluated(values, tuple(objects), tuple(self._checks), tuple(unknown), is_whole)

    @property
    def _is_alone(self) -> bool:
        """Whether the block is one object that depends on nothing but its arguments."""
        lifecycle = self._block.lifecycle
        looks_further = lifecycle.ignore_changes or lifecycle.preconditions or lifecycle.postconditions
        return self._block.repetition.argument is None and not looks_further

    def evaluate_alike(self, block: RepeatedObject, *, with_values: bool) -> Evaluated | None:
        """The same for a block that is like this one; None if something about it may be wrong."""
        place = block.place()
        attributes = dict(self._constant)
        for name, value in block.plain_arguments():
            if value.type != block.schema.arguments[name].type or self._problem(name, value, place) is not None:
                return None
            attributes[name] = value
        if block.type == SECURITY_RULE and ports_problem(attributes, place) is not None:
            return None
        found = self._whole(attributes)
        address = Address(block.type, block.name, None, self._instance.path)
        objects = (self._object(address, place, found, {}),) if self._surroundings.planning else ()
        return Evaluated({None: self._value(found)} if with_values else {}, objects, ())

    def _is_known(self, attributes: Mapping[str, Value]) -> bool:
        """Whether all arguments are known, so that it is known which object this is."""
        return all(is_wholly_known(attributes[name]) for name in self._block.schema.arguments)

    def _split(self) -> None:
        """Evaluate the arguments that are the same for all instances."""
        collecting = self._surroundings.problems.collecting(self._instance.text(self._block.key))
        for name, attribute in self._block.arguments.items():
            if self._instance.varies(attribute.expression):
                self._varying[name] = attribute, EachTexts.of(attribute.expression)
            else:
                value = self._argument(name, attribute, {}, collecting)
                if value is not None:
                    self._constant[name] = value
        for name, argument in self._block.schema.arguments.items():
            if name not in self._block.arguments:
                self._constant[name] = self._default(name, argument.type or DYNAMIC)

    def _check_arguments(self, expansion: Expansion) -> None:
        for key, roots in expansion.instances.items():
            address = Address(self._block.type, self._block.name, key, self._instance.path)
            collecting = self._surroundings.problems.collecting(address)
            for name, (attribute, _) in self._varying.items():
                self._argument(name, attribute, roots, collecting)

    def _default(self, name: str, expected: Type) -> Value:
        default = self._block.schema.defaults.get(name)
        return null(expected) if default is None else from_python(default, expected)

    def _argument(self, name: str, attribute: Attribute, roots: Roots, collecting: Collecting) -> Value | None:
        """The value of an argument, or None if it is wrong, which is reported."""
        expected = self._block.schema.arguments[name].type or DYNAMIC
        with collecting:
            value = self._instance.argument(attribute, expected, roots)
            if value.raw is None and not value.marks:
                value = self._default(name, expected)
            problem = self._problem(name, value, self._place)
            if problem is not None:
                raise ConfigError(problem)
            return value
        return None

    def _problem(self, name: str, value: Value, place: Place) -> Diagnostic | None:
        """What is wrong with the value of an argument, or None."""
        return argument_problem(self._block.schema, name, value, place, planning=self._needs_all_known)

    def _one(self, address: Address, roots: Roots) -> dict[str, Value] | None:
        """The attributes of one instance, or None if something about it is wrong, which is reported."""
        lifecycle = self._block.lifecycle
        attributes = dict(self._constant)
        collecting = self._surroundings.problems.collecting(address)
        for name, (attribute, texts) in self._varying.items():
            of_each = texts.in_(roots) if texts else None
            value = None if of_each is None else self._known.get((name, of_each))
            if value is None:
                value = self._argument(name, attribute, roots, collecting)
                if value is None:
                    continue
                if of_each is not None:
                    self._known[name, of_each] = value
            attributes[name] = value
        if len(attributes) < len(self._block.schema.arguments):
            return None
        self._keep_ignored(address, attributes)
        if self._block.type == SECURITY_RULE and (problem := ports_problem(attributes, self._place)) is not None:
            self._surroundings.problems.add(replace(problem, address=str(address)))
            return None
        if not self._holds("precondition", lifecycle.preconditions, address, roots):
            return None
        whole = self._whole(attributes)
        if lifecycle.postconditions:
            own = {**roots, "self": self._value(whole)}
            if not self._holds("postcondition", lifecycle.postconditions, address, own):
                return None
        return whole

    def _whole(self, arguments: Mapping[str, Value]) -> dict[str, Value]:
        """The attributes of an object with these arguments: these, and what the cloud adds."""
        return {**arguments, **computed(self._block.type, arguments, self._world)}

    def _value(self, attributes: Mapping[str, Value]) -> Value:
        """The object that has these attributes, as expressions see it."""
        return Value(self._block.schema.value_type, {name: attributes[name] for name in self._names})

    def _keep_ignored(self, address: Address, attributes: dict[str, Value]) -> None:
        """Take the arguments that `ignore_changes` names from the prior state."""
        ignored = self._block.lifecycle.ignore_changes
        prior = self._surroundings.prior.objects.get(address) if ignored and self._surroundings.prior else None
        for name in ignored if prior else ():
            if prior and prior.attributes.get(name) is not None:
                attributes[name] = from_python(prior.attributes[name], self._block.schema.arguments[name].type)

    def _holds(self, kind: str, conditions: tuple[Condition, ...], address: Address, roots: Roots) -> bool:
        """Whether nothing is wrong with the conditions of one kind; failures are reported."""
        if not conditions:
            return True
        verdict = judge(conditions, self._instance, address, self._surroundings, roots)
        self._surroundings.problems.extend(verdict.failures)
        self._checks.append(CheckResult(str(address), kind, verdict.status, verdict.messages))
        return not verdict.stops

    def _prevent_destroy(self) -> Callable[[Roots], bool]:
        expression = self._block.lifecycle.prevent_destroy
        if expression is None:
            return _never
        if self._instance.varies(expression):
            return lambda roots: self._protected(expression, roots)
        same = self._protected(expression, {})
        return lambda roots: same

    def _protected(self, expression: Expression, roots: Roots) -> bool:
        with self._surroundings.problems.collecting(self._instance.text(self._block.key)):
            value = converted(self._instance.value(expression, roots), BOOL, expression, "prevent_destroy")
            if SENSITIVE in value.marks or not value.is_known:
                why = "sensitive" if value.marks else "not known yet"
                detail = f'"prevent_destroy" must be known when a plan is made and is shown in it; this value is {why}.'
                raise ConfigError(Diagnostic("CFG315", "Invalid prevent_destroy", detail, span=expression.span))
            return value.raw is True
        return True

    def _object(self, address: Address, place: Place, found: Mapping[str, Value], roots: Roots) -> DesiredObject:
        attributes = {name: plain(found[name]) for name in self._names}
        return DesiredObject(
            address,
            identity_of(self._block.type, attributes),
            attributes,
            self._provider,
            place,
            depends_on=self._depends_on,
            prevent_destroy=self._prevents(roots),
            ignore_changes=self._block.lifecycle.ignore_changes,
            replace_triggered_by=tuple(self._triggers(address, roots))
            if self._block.lifecycle.replace_triggered_by
            else (),
        )

    def _triggers(self, address: Address, roots: Roots) -> Iterator[Address]:
        for expression in self._block.lifecycle.replace_triggered_by:
            with self._surroundings.problems.collecting(address):
                yield trigger_address(expression, self._instance, roots)


def _never(roots: Roots) -> bool:
    return False
