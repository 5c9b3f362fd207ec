"""JSON-RPC over HTTP, with the node's many ways of saying no turned into our errors."""

import itertools
from typing import Any, Protocol

import requests

from contracts.codec import revert_reason
from contracts.errors import ChainError, ChainUnavailable, Reverted, StaleNonce, Underpriced


class Node(Protocol):
    """Whatever answers JSON-RPC methods with results, or raises a `ChainError`."""

    def __call__(self, method: str, *params: Any) -> Any: ...


class Rpc:
    """One HTTP connection to a node; use one for each thread."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self.url = url
        self._timeout_seconds = timeout_seconds
        self._session = requests.Session()
        self._ids = itertools.count(1)

    def __call__(self, method: str, *params: Any) -> Any:
        """The result of one call.

        Raises:
            ChainUnavailable: no answer, or none that is JSON-RPC
            Reverted, StaleNonce, Underpriced, ChainError: what the node refused
        """
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        try:
            response = self._session.post(self.url, json=request, timeout=self._timeout_seconds)
            response.raise_for_status()
            answer = response.json()
        except requests.RequestException as error:
            raise ChainUnavailable(f"no answer from the chain at {self.url}: {error}") from error
        if not isinstance(answer, dict):
            raise ChainUnavailable(f"{self.url} is no chain: it answered {answer!r}")
        if "error" in answer:
            raise _refusal(method, answer["error"])
        return answer.get("result")


def _refusal(method: str, error: dict[str, Any]) -> ChainError:
    message, data = str(error.get("message", "")), error.get("data")
    lowered = message.lower()
    if "revert" in lowered:
        if isinstance(data, str) and len(data) > 2:
            return Reverted(revert_reason(bytes.fromhex(data.removeprefix("0x"))))
        return Reverted(message)
    if "nonce too low" in lowered:
        return StaleNonce(message)
    if "underpriced" in lowered:
        return Underpriced(message)
    return ChainError(f"{method}: {message}")
