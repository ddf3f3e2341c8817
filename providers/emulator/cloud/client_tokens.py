"""ClientTokens: a call that is sent twice with one token is made once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from msgspec import Struct

from providers.emulator.cloud.errors import ApiError

MOST_KEPT = 10_000
LONGEST = 64


class _Kept(Struct, frozen=True):
    parameters: Mapping[str, str]
    is_done: bool


class ClientTokens:
    """The tokens of the last calls, each of one account and action.

    A repeat of what was done is answered as done. A token whose call was refused is spent: TaskConflict.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], _Kept] = OrderedDict()

    def once(self, account_id: str, action: str, parameters: Mapping[str, str], call: Callable[[], None]) -> None:
        """Make the call, unless its token says that it was made. Raises ApiError."""
        token = parameters.get("ClientToken", "")
        if not token:
            call()
            return
        if len(token) > LONGEST or not token.isascii():
            raise ApiError("InvalidClientToken.ValueNotSupported", "The ClientToken provided is invalid.")
        key = (account_id, action, token)
        kept = self._kept.get(key)
        if kept is not None:
            _check_repeat(kept, parameters)
            return
        try:
            call()
        except ApiError:
            self._keep(key, _Kept(parameters, is_done=False))
            raise
        self._keep(key, _Kept(parameters, is_done=True))

    def _keep(self, key: tuple[str, str, str], kept: _Kept) -> None:
        self._kept[key] = kept
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _check_repeat(kept: _Kept, parameters: Mapping[str, str]) -> None:
    if kept.parameters != parameters:
        message = "The specified parameters are different from those of the last request with this ClientToken."
        raise ApiError("IdempotentParameterMismatch", message)
    if not kept.is_done:
        raise ApiError("TaskConflict", "The operation is too frequent.")
