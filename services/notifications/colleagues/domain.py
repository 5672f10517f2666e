"""What is mailed to the people at the desks about their accounts, and how far it has come.

A mail is of one occasion and goes to one address. Its words, with the link in them, are made when it leaves and are
kept nowhere: a link to choose a password is a right that no other desk and no backup may show.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.change import Change

COPIES_MAX = 5  # of a mail of which nobody knows whether a server has it: all lead to the same link


class Occasion(StrEnum):
    """Why somebody is written to."""

    INVITED = "invited"
    FORGOTTEN = "forgotten"
    ADDRESS_PROOF = "address_proof"  # to the address that is to count
    ADDRESS_ASKED = "address_asked"  # to the one that counts until then
    FACTOR_REMOVED = "factor_removed"  # an administrator has taken a lost second factor away
    SERVE_AGAIN = "serve_again"  # on a committee whose edition was cancelled


class State(StrEnum):
    """How far it has come."""

    PLANNED = "planned"
    ACCEPTED = "accepted"  # a mail server has it
    REFUSED = "refused"  # a mail server refused it for good
    IN_DOUBT = "in_doubt"  # nobody can know, after all copies
    LATE = "late"  # its link was over before it could be sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A year that was awarded to a city, and the edition of before that was cancelled there."""

    year: int
    city: str
    title: str
    cancelled_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColleagueMail:
    """One mail to somebody at a desk."""

    id: str
    occasion: Occasion
    account: str
    association: str
    name: str
    address: str
    inside: str  # what its link has inside, which is no right without the key that signs links
    until: datetime  # when the link is over
    planned_at: datetime
    by_name: str = ""  # who invites, or took it away
    other_address: str = ""  # the new one, for the one of before
    edition: Edition | None = None  # for which they are asked to serve
    state: State = State.PLANNED
    copy_count: int = 0
    reason: str = ""  # a mail server's codes, never its sentence


def accepted(mail: ColleagueMail) -> Change[ColleagueMail]:
    """A mail server has it."""
    return Change(replace(mail, state=State.ACCEPTED, reason=""))


def refused(mail: ColleagueMail, *, reason: str) -> Change[ColleagueMail]:
    """A mail server refused it for good."""
    return Change(replace(mail, state=State.REFUSED, reason=reason))


def late(mail: ColleagueMail) -> Change[ColleagueMail]:
    """Its link is over: it isn't sent any more."""
    return Change(replace(mail, state=State.LATE))


def in_doubt(mail: ColleagueMail, *, reason: str) -> Change[ColleagueMail]:
    """The server's answer was lost: it goes again, as the same mail, some times."""
    copies = mail.copy_count + 1
    state = State.IN_DOUBT if copies >= COPIES_MAX else State.PLANNED
    return Change(replace(mail, state=state, copy_count=copies, reason=reason))


def put_off(mail: ColleagueMail, *, reason: str) -> Change[ColleagueMail]:
    """It was not taken now."""
    return Change(replace(mail, reason=reason))
