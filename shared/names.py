"""What those who act are called, by their ids: events carry only ids, and a page says names.

Kept of whoever has opened a page here while signed in, as it was said then. What they may do is nowhere kept.
"""

from dataclasses import dataclass, field

from shared.collection import Collection
from shared.mongo import Database
from shared.principals import KEY, Principal, words_of_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An account and the name it had when its person was last here."""

    id: str
    name: str


NAMES = Collection("names", Known)
COLLECTIONS = (NAMES,)
SOMEBODY = "somebody at another desk"


@dataclass(frozen=True, slots=True)
class Names:
    """The names in one service's database; written once for each process that a person comes to."""

    database: Database
    _noted: dict[str, str] = field(default_factory=dict)

    def note(self, who: Principal) -> None:
        """Remember what somebody is called, if that is news."""
        if not who.person or self._noted.get(who.person) == who.name:
            return
        self.database.mongo[NAMES.name].update_one({"_id": who.person}, {"$set": {"name": who.name}}, upsert=True)
        self._noted[who.person] = who.name

    def words(self, actor: str) -> str:
        """How others at the desk are told who it was: a name, `the committee`, or that it was somebody elsewhere."""
        if actor.startswith(KEY):
            return words_of_key(actor)
        found = self.database.mongo[NAMES.name].find_one({"_id": actor}) if actor else None
        return str(found["name"]) if found else SOMEBODY
