"""Who may register at which price: what is paid for is open to everybody, what costs nothing is given.

Owns invitations. One is a signed link for one person at one price, made by the committee, and kept nowhere until
somebody registers with it; leaves to `fees` what is on the public form.
"""

from dataclasses import dataclass

from services.registration.prices.domain.fees import Category
from shared.ids import new_id
from shared.problem import NotFound, Refusal
from shared.sentences import marked


class CategoryIsGiven(Refusal):
    """The price is on no public form: the committee gives it, or invites to it."""

    title = marked("This price is given by the committee")


class InvitationUsed(Refusal):
    """An invitation is for one person, and somebody has registered with it."""

    title = marked("This invitation was used")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One person may register at this price."""

    id: str
    conference: str
    category: str

    def __str__(self) -> str:
        """As it stands inside of the signed link."""
        return f"{self.id}:{self.category}:{self.conference}"


def invite(category: Category, *, conference: str) -> Invitation:
    """A new invitation for one person."""
    return Invitation(id=new_id("inv"), conference=conference, category=category.key)


def read_invitation(text: str) -> Invitation:
    """The invitation inside of a link that we have signed."""
    id_, _, rest = text.partition(":")
    category, _, conference = rest.partition(":")
    if not conference:
        raise NotFound(marked("This is no invitation. Nothing was changed."))
    return Invitation(id=id_, conference=conference, category=category)


def must_be_admitted(
    category: Category, *, conference: str, invitation: Invitation | None, is_by_committee: bool
) -> None:
    """Whoever asks may have this price; raises `CategoryIsGiven`."""
    is_invited = invitation is not None and (invitation.conference, invitation.category) == (conference, category.key)
    if not (category.is_offered or is_by_committee or is_invited):
        raise CategoryIsGiven.saying(
            "“%(label)s” is given by the host committee and can't be chosen here. You were not registered, and nothing "
            "was charged. If it was promised to you, please ask the committee for your invitation link.",
            category=category.key,
            label=category.label,
        )
