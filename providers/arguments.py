"""The arguments of a provider's block, read one by one; what is wrong with them is collected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from planner.diagnostics import Diagnostic, ProviderError, did_you_mean, mistyped
from planner.durations import seconds_of, written
from planner.remedy import Remedy
from planner.schema.phrases import shown

_NUMBER = r"-?[0-9]{1,15}(\.[0-9]{1,15})?"


class Arguments:
    """The arguments of one block, or of a block in it. A null argument is one left out.

    Strings, numbers and booleans that stand for one another are converted, as in the arguments of resources.

    `secret` arguments are never quoted. Problems have no place: the caller knows the block.
    """

    def __init__(
        self,
        provider: str,
        given: Mapping[str, object],
        names: Sequence[str],
        *,
        secret: Iterable[str] = (),
        within: str = "",
    ) -> None:
        self._provider, self._names, self._secret, self._within = provider, names, frozenset(secret), within
        self._values = {name: value for name, value in given.items() if value is not None}
        unknown = [name for name in self._values if name not in names]
        self._meant = mistyped(unknown, (name for name in names if name not in self._values))
        self.problems = [self._unknown(name) for name in unknown]

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str | None:
        """The text, which must not be empty, or None where it is left out."""
        value = self._values.get(name)
        if value is None:
            return None
        if found := _text(value):
            return found
        self.wrong(name, self._expected("a string that is not empty", name, value))
        return None

    def number(self, name: str, fits: Callable[[float], bool], what: str) -> float | None:
        """The number, or None where it is left out."""
        value = self._values.get(name)
        if value is None:
            return None
        found = _float(value)
        if found is not None and fits(found):
            return found
        self.wrong(name, self._expected(what, name, value))
        return None

    def flag(self, name: str) -> bool:
        """Whether it is set to true."""
        value = self._values.get(name, False)
        if not isinstance(value, bool) and value not in ("true", "false"):
            self.wrong(name, self._expected("true or false", name, value))
        return value is True or value == "true"

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        """One of these texts, or None where it is left out."""
        value = self._values.get(name)
        if value is None or value in choices:
            return value if isinstance(value, str) else None
        self.wrong(name, self._expected(" or ".join(f'"{choice}"' for choice in choices), name, value))
        return None

    def seconds(self, name: str, least: float, most: float) -> float | None:
        """A duration such as "30s", "1m30s" or "500ms", in seconds; None where it is left out."""
        value = self._values.get(name)
        if value is None:
            return None
        found = seconds_of(value) if isinstance(value, str) else None
        if found is not None and least <= found <= most:
            return found
        what = f'a duration from {written(least)} to {written(most)}, such as "30s" or "1m30s"'
        self.wrong(name, self._expected(what, name, value))
        return None

    def block(self, name: str, names: Sequence[str], secret: Iterable[str] = ()) -> Arguments | None:
        """The arguments of a nested block, or None where there is none. Its problems are added by `absorb`."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(name, self._expected("a block", name, value))
            return None
        return Arguments(self._provider, value, names, secret=secret, within=self._path(name))

    def absorb(self, nested: Arguments) -> None:
        """Take over the problems of a nested block."""
        self.problems += nested.problems

    def required(self, name: str, remedy: str, why: str = "") -> None:
        """Note a problem where the argument is left out."""
        if name not in self._values and name not in self._meant.values():
            detail = why or f'{self._path(name)}: the provider "{self._provider}" needs it.'
            self.problems.append(
                Diagnostic(
                    "PRV103", "Provider setting is missing", detail, Remedy.of(remedy), setting=self._within or None
                )
            )

    def wrong(self, name: str, why: str) -> None:
        """Note that an argument has a wrong value."""
        self.problems.append(
            Diagnostic(
                "PRV102",
                "Provider setting has a wrong value",
                f"{self._path(name)}: {why}.",
                Remedy.of("Correct the setting."),
                setting=self._path(name),
            )
        )

    def raise_if_wrong(self) -> None:
        """Raises ProviderError with every problem."""
        if self.problems:
            raise ProviderError(self.problems)

    def _expected(self, what: str, name: str, value: object) -> str:
        if name in self._secret:
            return f"expected {what}"
        return f"expected {what}, found {shown(value)}"

    def _path(self, name: str) -> str:
        return f"{self._within}.{name}" if self._within else name

    def _unknown(self, name: str) -> Diagnostic:
        names = ", ".join(self._names)
        where = f" in the block {self._within}" if self._within else ""
        hint = did_you_mean(name, [self._meant[name]] if name in self._meant else self._names)
        return Diagnostic(
            "PRV101",
            "Unknown provider setting",
            f'{self._path(name)}: the provider "{self._provider}" has {names}{where}.{hint}',
            Remedy.of("Correct or remove the setting."),
            setting=self._path(name),
            is_about_name=True,
        )


def _text(value: object) -> str | None:
    """The value as text; None where it is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        found = format(Decimal(str(value)), "f")
        return found.rstrip("0").rstrip(".") if "." in found else found
    return value if isinstance(value, str) else None


def _float(value: object) -> float | None:
    """The number as a float; None where it is none, or where no float holds it."""
    if isinstance(value, str) and re.fullmatch(_NUMBER, value):
        value = Decimal(value)
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
