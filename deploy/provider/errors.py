"""Owns how the provider says no: Stripe's error object, status and code, in words of our own."""

from typing import Any

MISSING_PARAMETER = "parameter_missing"
UNKNOWN_PARAMETER = "parameter_unknown"
INVALID_INTEGER = "parameter_invalid_integer"
INVALID_EMPTY = "parameter_invalid_empty"


class Refusal(Exception):
    """A request the provider will not carry out, and why."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        kind: str = "invalid_request_error",
        headers: dict[str, str] | None = None,
        keeps_effects: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.keeps_effects = keeps_effects  # a declined card leaves its failed charge behind
        self.error = {"type": kind, "message": message}
        self.error |= {"code": code} if code else {}
        self.error |= {"param": param} if param else {}
        self.error |= more

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.error}


def no_such(kind: str, object_id: str, *, param: str = "id", status: int = 404) -> Refusal:
    """The id names nothing: 404 in an address, 400 in a parameter."""
    return Refusal(f"No such {kind}: '{object_id}'", code="resource_missing", param=param, status=status)
