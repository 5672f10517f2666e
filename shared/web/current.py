"""What a view works with: the service's settings and database, the business time, and who acts; each is asked for here.

A service's own members (a gateway, rules) are asked for by their type: `shared.parts.current(Gateway)`.
"""

from dataclasses import dataclass, field
from datetime import datetime

from shared.auth import current_role
from shared.mongo import Database
from shared.parts import current
from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who acts: a person of an association in some roles, or the public, which has none.

    A desk is one account of the whole installation, so `person` and `association` are empty; `roles` has its name.
    """

    person: str = ""
    association: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)

    @property
    def scope(self) -> str:
        """Whose a request's key is: two who act never get each other's answers."""
        return (
            ":".join(each for each in (self.association, self.person, ",".join(sorted(self.roles))) if each) or "public"
        )

    @property
    def words(self) -> str:
        """How others at the desk are told who it was: `the committee`."""
        return f"the {' and '.join(sorted(self.roles))}" if self.roles else "somebody with a link"


def database() -> Database:
    """This service's database."""
    return current(Database)


def settings() -> Settings:
    """This service's settings."""
    return current(Settings)


def business_now() -> datetime:
    """The business time, which a demonstration may move: an instant in UTC."""
    return database().clock.now()


def principal() -> Principal:
    """Who sent this request; raises `SignInRequired` when the account sent with it is not right."""
    role = current_role()
    return Principal(roles=frozenset({role} if role else ()))
