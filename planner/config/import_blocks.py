"""`import` blocks: which existing object is managed at which address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from planner.address import Address
from planner.config.blocks import duplicate
from planner.config.declarations import ImportBlock
from planner.config.desired import Import
from planner.config.expand import by_keys
from planner.config.module import ModulePath
from planner.config.module_instance import NO_ROOTS, ModuleInstance, Roots
from planner.config.providers import ProviderTable
from planner.config.refactor import address_of
from planner.config.surroundings import Surroundings
from planner.diagnostics import ConfigError, Diagnostic, Related, Span
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.types import STRING
from planner.hcl.cty.values import SENSITIVE
from planner.hcl.syntax.nodes import Expression
from planner.remedy import Remedy


def _twice(found: Import, first: Import) -> Diagnostic:
    remedy = "Remove one of the two import blocks."
    if found.id != first.id:
        remedy = f'Remove the block with the wrong id ("{first.id}" or "{found.id}"), or correct its address.'
    return duplicate(f"import to {found.to}", found.span, first.span, remedy=remedy)


class ImportReader(Struct, frozen=True):
    """Evaluates the `import` blocks of the root module. `instances` are those of all modules, by path."""

    instances: Mapping[ModulePath, Sequence[ModuleInstance]]
    surroundings: Surroundings
    providers: ProviderTable

    @property
    def root(self) -> ModuleInstance:
        return self.instances[()][0]

    def read(self) -> Iterator[Import]:
        problems = self.surroundings.problems
        first: dict[Address, Import] = {}
        for block in self.root.analysis.module.of(ImportBlock):
            with problems.collecting():
                for found in self._of_block(block):
                    other = first.setdefault(found.to, found)
                    if other is not found:
                        problems.add(_twice(found, other))
                    yield found

    def _of_block(self, block: ImportBlock) -> Iterator[Import]:
        if block.for_each is None:
            yield self._one(block, NO_ROOTS)
            return
        value = self.root.value(block.for_each.expression)
        expansion = by_keys(block.for_each, value, planning=self.surroundings.needs_all_known)
        for roots in () if expansion.unknown else expansion.instances.values():
            with self.surroundings.problems.collecting():
                yield self._one(block, roots)

    def _one(self, block: ImportBlock, roots: Roots) -> Import:
        address = address_of(block.to, self.root, roots)
        self._check_declared(address, block.to.span)
        if block.provider is not None:
            self._check_provider(address, block.provider.expression)
        value = self.root.value(block.id, roots)
        try:
            text = convert(value, STRING)
        except ConversionError as problem:
            raise ConfigError(_bad_id(f"The id must be a string: {problem}.", block.id.span)) from None
        if SENSITIVE in text.marks:
            raise ConfigError(_bad_id("The id is sensitive, but it is shown in plans.", block.id.span))
        if not isinstance(text.raw, str) or not text.raw:
            what = "unknown" if not text.is_known else "null" if text.is_null else "empty"
            raise ConfigError(_bad_id(f"The id is {what}.", block.id.span))
        return Import(address, text.raw, block.span)

    def _check_declared(self, address: Address, span: Span) -> None:
        module = self.root.analysis.module
        for name, _ in address.module:
            if name not in module.children:
                return
            module = module.children[name]
        if address.resource_name in module.objects or address.resource_name in module.broken:
            return
        detail = f"There is no resource {address.resource} in the configuration to import to."
        remedy = f'Declare it: resource "{address.type}" "{address.name}" {{ … }}'
        raise ConfigError(Diagnostic("CFG339", "Import target not declared", detail, Remedy.of(remedy), span=span))

    def _check_provider(self, address: Address, expression: Expression) -> None:
        """An object is imported from the provider of its resource: an `import` block can only say the same."""
        named = self.providers.named(expression, self.root)
        for instance in self.instances.get(tuple(name for name, _ in address.module), ()):
            target = instance.analysis.module.objects.get(address.resource_name)
            if target is None:
                return
            provider = self.providers.choose(target, instance, self.surroundings)
            if provider != named:
                detail = (
                    f"{address.resource} belongs to {provider}, but the import block says {named}. "
                    "An object is imported by the provider of its resource."
                )
                where = f'"providers" of module.{address.module[-1][0]}' if address.module else "the resource"
                remedy = f"Name {named} in {where}, or delete the argument from the import block."
                related = (Related(f"it belongs to {provider}", target.span),)
                raise ConfigError(
                    Diagnostic(
                        "CFG340",
                        "Import from another provider",
                        detail,
                        Remedy.of(remedy),
                        span=expression.span,
                        related=related,
                    )
                )


def _bad_id(detail: str, span: Span) -> Diagnostic:
    remedy = "Write VPC_ID, INSTANCE_ID/VPC_ID, INSTANCE_ID/CIDR or GROUP:SOURCE:tcp:80/80:accept, by resource type."
    return Diagnostic("CFG341", "Invalid import id", detail, Remedy.of(remedy), span=span)
