"""Refusals as facts, and the RFC 9457 problem document that tells a person about them."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, Self

from shared.sentences import ENGLISH, Hour, Listed, Phrase, Span, Sum, marked, say, written


class Refusal(Exception):
    """A request that can't be granted: what happened, what did not happen, what to do next.

    A domain refusal subclasses it, is named as a fact (`RegistrationClosed`), and carries the values that prove it.
    Its `sentence` is a template in which `%(name)s` stands for a fact, so that the door can say it in the reader's
    language; a `detail` given instead is said as it is. One refusal has a template of its own by `saying`.
    """

    status: ClassVar[int] = 409
    title: ClassVar[str] = marked("This can't be done")
    sentence: str = ""

    def __init__(self, detail: str = "", **facts: Any) -> None:
        self.facts = facts
        self._is_template = not detail
        self.sentence = detail or self.sentence
        self.detail = self.said()
        super().__init__(self.detail)

    @classmethod
    def saying(cls, sentence: str, /, **facts: Any) -> Self:
        """This refusal in a sentence of its own: a template like that of the class."""
        made = cls.__new__(cls)
        made.sentence = sentence
        Refusal.__init__(made, **facts)
        return made

    def said(self, *, locale: str = ENGLISH, translated: Callable[[str], str] = str) -> str:
        """What happened, what did not, and what next, in the language that `translated` knows."""
        if not self._is_template:
            return translated(self.sentence)
        return say(self.sentence, self.facts, locale=locale, translated=translated)

    def problem(self) -> dict[str, Any]:
        """The problem document: `type` names the refusal, `facts` are extension members."""
        return {
            "type": f"urn:reconvene:problem:{type(self).__name__}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **{name: _plain(fact) for name, fact in self.facts.items()},
        }


def _plain(fact: Any) -> Any:
    match fact:
        case Sum():
            return {"amount_minor": fact.amount_minor, "currency": fact.currency}
        case Span():
            return [fact.starts.isoformat(), fact.ends.isoformat()]
        case Hour():
            return fact.instant.isoformat()
        case Listed():
            return [_plain(each) for each in fact.facts]
        case Phrase():
            return written(fact)
        case date():
            return fact.isoformat()
        case _:
            return fact


class NotFound(Refusal):
    """There is nothing under this address."""

    status = 404
    title = marked("Not found")


class LinkExpired(Refusal):
    """A personal link whose purpose is over."""

    status = 410
    title = marked("This link has expired")


class Invalid(Refusal):
    """Something in the request makes no sense; nothing was changed."""

    status = 422
    title = marked("Please check what you entered")


class SignInRequired(Refusal):
    """A desk's action without a desk's account."""

    status = 401
    title = marked("Please sign in")


class TooManyGuesses(Refusal):
    """So many wrong passwords were sent that the next ones are not even looked at."""

    status = 429
    title = marked("Too many tries")


class Forbidden(Refusal):
    """Signed in, but this belongs to another role."""

    status = 403
    title = marked("This belongs to another desk")


class Busy(Refusal):
    """The database could not finish in time; nothing was changed, so asking again is safe."""

    status = 503
    title = marked("Please try again in a moment")
