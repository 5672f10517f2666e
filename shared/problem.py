"""Refusals as facts, and the RFC 9457 problem document that tells a person about them."""

from typing import Any, ClassVar


class Refusal(Exception):
    """A request that can't be granted: what happened, what did not happen, what to do next.

    A domain refusal subclasses it, is named as a fact (`RegistrationClosed`), and carries the values that prove it.
    """

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This can't be done"

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts

    def problem(self) -> dict[str, Any]:
        """The problem document: `type` names the refusal, `facts` are extension members."""
        return {
            "type": f"urn:reconvene:problem:{type(self).__name__}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.facts,
        }


class NotFound(Refusal):
    """There is nothing under this address."""

    status = 404
    title = "Not found"


class LinkExpired(Refusal):
    """A personal link whose purpose is over."""

    status = 410
    title = "This link has expired"


class Invalid(Refusal):
    """Something in the request makes no sense; nothing was changed."""

    status = 422
    title = "Please check what you entered"


class SignInRequired(Refusal):
    """A desk's action without a desk's account."""

    status = 401
    title = "Please sign in"


class TooManyGuesses(Refusal):
    """So many wrong passwords were sent that the next ones are not even looked at."""

    status = 429
    title = "Too many tries"


class Forbidden(Refusal):
    """Signed in, but this belongs to another role."""

    status = 403
    title = "This belongs to another desk"


class Busy(Refusal):
    """The database could not finish in time; nothing was changed, so asking again is safe."""

    status = 503
    title = "Please try again in a moment"
