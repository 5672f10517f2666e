"""Who acts, and who may do what: one shape for everybody who acts, one table of what each role may do.

Leaves to `shared.auth` how a request shows who sent it. A view names an action and never a role.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

KEY = "key:"  # before the roles of whoever acts with a key of the installation
_AND = " and "


class Role(StrEnum):
    """What somebody is trusted with, for all of an association or for one conference of it."""

    ADMINISTRATOR = "administrator"
    COMMITTEE = "committee"
    REGISTRAR = "registrar"
    PROGRAMME = "programme"
    FINANCE = "finance"
    BOARD = "board"
    MONITOR = "monitor"
    AUDITOR = "auditor"


_CALLED: Mapping[Role, str] = {
    Role.ADMINISTRATOR: "an administrator",
    Role.COMMITTEE: "the committee",
    Role.REGISTRAR: "a registrar",
    Role.PROGRAMME: "the programme committee",
    Role.FINANCE: "the finance office",
    Role.BOARD: "the board",
    Role.MONITOR: "a monitor",
    Role.AUDITOR: "an auditor",
}  # within a sentence, or after "by"


class Action(StrEnum):
    """What a view lets somebody do; the value completes "may ..."."""

    SEE_DESKS = "see what waits for them, and search all desks"
    SEE_CONFERENCES = "see how conferences are set up"
    EDIT_CONFERENCES = "set up and open conferences"
    BEGIN_CONFERENCES = "begin a conference"
    SEE_SERIES = "see which years of a series have a host"
    EDIT_SERIES = "keep series, their hosts and the bids of cities"
    AWARD_YEARS = "award a year to a city, as the board has resolved"
    CANCEL_CONFERENCES = "cancel a conference"
    PREPARE_DECISIONS = "write, propose and begin a decision about a conference"
    APPROVE_DECISIONS = "approve or return a decision that somebody else proposed"
    UNDO_DECISIONS = "withdraw or undo a decision"
    FORESEE_CANCELLATIONS = "see what a cancellation would mean"
    SEE_PROGRESS = "see how far a cancellation has come"
    SEE_PROGRAMME = "see a draft programme"
    SEE_RELEASES = "see what was published of a programme"
    EDIT_PROGRAMME = "change a draft programme"
    PUBLISH_PROGRAMME = "publish a programme"
    SEE_PROPOSALS = "see proposals"
    DECIDE_PROPOSALS = "review and decide proposals"
    SEE_ATTENDANCE = "see who was in which session"
    DECIDE_ATTENDANCE = "decide about attendance and points"
    SEE_REGISTRATIONS = "see who has registered"
    REGISTER_OTHERS = "register somebody who did not fill in the form"
    END_REGISTRATIONS = "end somebody's registration"
    CORRECT_PEOPLE = "correct names and addresses"
    ERASE_PEOPLE = "erase people for good"
    EDIT_PRICES = "set prices and places"
    INVITE_REGISTRANTS = "invite people to a price"
    STEER_RUNS = "pause or stop what is carried out for many registrants"
    SEE_REFUND_RUNS = "see how far refunds have come"
    SEE_MONEY = "see orders, refunds and the books"
    MOVE_MONEY = "record payments and refunds"
    SEE_MESSAGES = "see messages and letters"
    SEND_MESSAGES = "send messages and letters"
    SEE_PARKED = "see what could not be handled"
    MEND_PARKED = "try again what could not be handled"
    MANAGE_ACCOUNTS = "invite people to the desks, and say what they may do"
    DESCRIBE_ASSOCIATION = "say what stands on mails and letters, and where money goes"
    KEEP_OWN_ACCOUNT = "see and secure an account of one's own"
    MOVE_CLOCK = "move the demo's clock"


_A, _C, _R, _P = Role.ADMINISTRATOR, Role.COMMITTEE, Role.REGISTRAR, Role.PROGRAMME
_F, _B, _AUDITOR = Role.FINANCE, Role.BOARD, Role.AUDITOR

ALLOWED: Mapping[Action, frozenset[Role]] = {
    Action.SEE_DESKS: frozenset(Role),
    Action.SEE_CONFERENCES: frozenset({_A, _C, _R, _P, _B, _AUDITOR}),
    Action.EDIT_CONFERENCES: frozenset({_C}),
    Action.BEGIN_CONFERENCES: frozenset({_C}),
    Action.SEE_SERIES: frozenset({_A, _C, _B, _AUDITOR}),
    Action.EDIT_SERIES: frozenset({_C, _B}),
    Action.AWARD_YEARS: frozenset({_B}),
    Action.CANCEL_CONFERENCES: frozenset({_C}),
    Action.PREPARE_DECISIONS: frozenset({_C}),
    Action.APPROVE_DECISIONS: frozenset({_F, _B}),
    Action.UNDO_DECISIONS: frozenset({_C, _F, _B}),
    Action.FORESEE_CANCELLATIONS: frozenset({_C, _F, _B, _AUDITOR}),
    Action.SEE_PROGRESS: frozenset({_C, _F, _B, _AUDITOR}),
    Action.SEE_PROGRAMME: frozenset({_A, _C, _R, _P, _B, _AUDITOR}),
    Action.SEE_RELEASES: frozenset({_A, _C, _R, _P, _F, _B, _AUDITOR}),
    Action.EDIT_PROGRAMME: frozenset({_C, _P}),
    Action.PUBLISH_PROGRAMME: frozenset({_C, _P}),
    Action.SEE_PROPOSALS: frozenset({_C, _P, _AUDITOR}),
    Action.DECIDE_PROPOSALS: frozenset({_C, _P}),
    Action.SEE_ATTENDANCE: frozenset({_C, _P, _R, _AUDITOR}),
    Action.DECIDE_ATTENDANCE: frozenset({_C, _P}),
    Action.SEE_REGISTRATIONS: frozenset({_A, _C, _R, _F, _B, _AUDITOR}),
    Action.REGISTER_OTHERS: frozenset({_C, _R}),
    Action.END_REGISTRATIONS: frozenset({_C, _R}),
    Action.CORRECT_PEOPLE: frozenset({_C, _R, _F}),
    Action.ERASE_PEOPLE: frozenset({_A, _C}),
    Action.EDIT_PRICES: frozenset({_C}),
    Action.INVITE_REGISTRANTS: frozenset({_C, _R}),
    Action.STEER_RUNS: frozenset({_C}),
    Action.SEE_REFUND_RUNS: frozenset({_C, _F, _B, _AUDITOR}),
    Action.SEE_MONEY: frozenset({_F, _AUDITOR}),
    Action.MOVE_MONEY: frozenset({_F}),
    Action.SEE_MESSAGES: frozenset({_A, _C, _R, _F, _AUDITOR}),
    Action.SEND_MESSAGES: frozenset({_C, _R, _F}),
    Action.SEE_PARKED: frozenset({_A, _C, _F, _AUDITOR}),
    Action.MEND_PARKED: frozenset({_A, _C, _F}),
    Action.MANAGE_ACCOUNTS: frozenset({_A}),
    Action.DESCRIBE_ASSOCIATION: frozenset({_A, _F}),
    Action.KEEP_OWN_ACCOUNT: frozenset(Role),
    Action.MOVE_CLOCK: frozenset({_A, _C, _F}),
}

FOR_PEOPLE = frozenset({Action.MANAGE_ACCOUNTS, Action.KEEP_OWN_ACCOUNT})  # a script neither invites nor makes tokens

OF_ASSOCIATION = frozenset(
    {
        Action.BEGIN_CONFERENCES,
        Action.SEE_SERIES,
        Action.EDIT_SERIES,
        Action.AWARD_YEARS,
        Action.ERASE_PEOPLE,
        Action.MANAGE_ACCOUNTS,
        Action.DESCRIBE_ASSOCIATION,
        Action.MOVE_CLOCK,
    }
)  # about no single conference: a role for one conference never allows them


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """A role that somebody holds: for one conference, or for all of the association where that is empty."""

    role: Role
    conference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class On:
    """What an action is about; empty where it is about no single conference, or belongs to no association yet."""

    association: str = ""
    conference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who acts: a member of staff, a script with a key, a registrant with a link, the system; the public has no roles.

    A script that has a key of the installation is no person and belongs to no association: it acts for all of them.
    """

    person: str = ""
    name: str = ""
    association: str = ""
    roles: frozenset[Held] = field(default_factory=frozenset)
    is_script: bool = False  # with a token of that person

    @property
    def is_staff(self) -> bool:
        """Whether this is somebody at a desk."""
        return bool(self.roles)

    @property
    def role_names(self) -> tuple[str, ...]:
        """What they are trusted with, for whatever conference, in the order of the alphabet."""
        return tuple(sorted({held.role.value for held in self.roles}))

    @property
    def signed_in_as(self) -> str:
        """As a page says it of somebody: `Helen Okafor (committee)`, or `finance`."""
        roles = ", ".join(self.role_names) or "no role"
        return f"{self.name} ({roles})" if self.name else roles

    @property
    def scope(self) -> str:
        """Whose a request's key is: two who act never get each other's answers."""
        whose = self.person or ",".join(self.role_names)
        return ":".join(each for each in (self.association, whose) if each) or "public"

    @property
    def actor(self) -> str:
        """The id that what they change is stamped with: an account's, or a key's; empty for who is at no desk."""
        return self.person or (f"{KEY}{_AND.join(self.role_names)}" if self.roles else "")

    @property
    def words(self) -> str:
        """How others at the desk are told who it was: `Helen Okafor`, or `the committee`."""
        return self.name or (
            words_of_key(f"{KEY}{_AND.join(self.role_names)}") if self.roles else "somebody with a link"
        )

    def may(self, action: Action, on: On | None = None) -> bool:
        """Whether one of their roles allows it there."""
        about = on or On()
        if self.association and about.association and self.association != about.association:
            return False
        within = self.conferences(action)
        return within is None or about.conference in within

    def conferences(self, action: Action) -> frozenset[str] | None:
        """Those about which their roles allow it, whosever they are; None for all of their association."""
        if self.is_script and action in FOR_PEOPLE:
            return frozenset()
        held = {each.conference for each in self.roles if each.role in ALLOWED[action]}
        if "" in held:
            return None
        return frozenset() if action in OF_ASSOCIATION else frozenset(held)


def installation(*roles: Role) -> Principal:
    """A script that acts with a key of the installation."""
    return Principal(roles=frozenset(Held(role) for role in roles))


def who_may(action: Action) -> str:
    """Those who may, as a person is told them: `the committee, the finance office or an auditor`."""
    *first, last = (_CALLED[role] for role in Role if role in ALLOWED[action])
    return f"{', '.join(first)} or {last}" if first else last


def words_of_key(actor: str) -> str:
    """Who acts with a key of the installation, by the actor that it is stamped as: `the finance office`."""
    return _AND.join(_CALLED[Role(each)] for each in actor.removeprefix(KEY).split(_AND))
