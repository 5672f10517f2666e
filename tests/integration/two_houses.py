"""Registration and payments on the real database, and whoever carries the word between them."""

from dataclasses import dataclass, field
from typing import Any

from tests.integration import payments_house, registration_house
from tests.integration.archive import any_said_in

OPTION_MINOR = 9500
OPTIONS = (
    {"key": "a-07", "label": "Academy A-07", "amount_minor": OPTION_MINOR, "session": "ses_07", "place_count": 28},
    {"key": "a-09", "label": "Academy A-09", "amount_minor": OPTION_MINOR, "session": "ses_09", "place_count": 20},
)


@dataclass
class TwoHouses:
    """Both services, and whoever carries the word between them."""

    registration: registration_house.House
    payments: payments_house.House
    told: set[str] = field(default_factory=set)

    def talk(self) -> None:
        """Each hears what the other has said, until nobody says anything new; every event is delivered twice."""
        while self._carry(self.registration, self.payments) + self._carry(self.payments, self.registration):
            pass

    def _carry(self, speaker: Any, listener: Any) -> int:
        rows = speaker.database.mongo["events"].find({"id": {"$nin": list(self.told)}})
        said = sorted(rows, key=lambda row: (row["key"], row["sequence"]))
        for row in said:
            self.told.add(row["id"])  # both tell of an order under its number
            event = any_said_in(speaker.database, row)
            listener.hear(event)
            listener.hear(event)
        return len(said)
