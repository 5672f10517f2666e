"""Registration and payments together, where the committee ends single registrations."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from services.registration.registering.domain.registrations import Life
from shared.contracts.payments import LeavingWorkedOut
from tests.integration import payments_house, registration_house
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.integration.registration_house import FEES, KEPT_MINOR, OPENED_AT
from tests.integration.two_houses import OPTION_MINOR, TwoHouses
from tests.namespaces import Namespace
from tests.town import COMMITTEE

LEAVE_MINOR = 5000
ACADEMY = {
    "key": "a-07",
    "label": "Academy A-07",
    "amount_minor": OPTION_MINOR,
    "session": "ses_07",
    "place_count": 1,
}
TOWN = {"name": "City of Riverton", "email": "payable@riverton.example"}


class Two(TwoHouses):
    """Both services, clerks who register, alone or for their town, and who leave."""

    def register(self, tender: str = "transfer", **changed: Any) -> dict[str, Any]:
        """Somebody registers; what they were answered."""
        answer = self.registration.register(tender=tender, **changed)
        self.talk()
        return answer

    def order(self, count: int, *, tender: str = "transfer") -> dict[str, Any]:
        """A town sends so many people in; what it was answered."""
        people = [
            {"person": {"name": f"Clerk {n}", "email": f"clerk{n}@riverton.example"}, "category": "delegate"}
            for n in range(count)
        ]
        asked = {"conference": "74th", "tender": tender, "payer": TOWN, "people": people}
        response = self.registration.client.post(
            "/registration/orders", json=asked, headers={"Idempotency-Key": "town", "Accept": "application/json"}
        )
        assert response.status_code == 201, response.text
        self.talk()
        return cast(dict[str, Any], response.json)

    def pay(self, placed: Mapping[str, Any], tender: str = "transfer", **changed: Any) -> None:
        """All that is owed comes, or so much of it."""
        response = self.payments.record(placed["order"], tender, **changed)
        assert response.status_code == 201, response.text
        self.talk()

    def leave(
        self,
        registration: str,
        *,
        reason: str = "Ill",
        key: str = "",
        conference: str = "74th",
        auth: tuple[str, str] = COMMITTEE,
    ) -> Any:
        """The committee ends a registration; the response as it is."""
        response = self.registration.client.post(
            f"/registration/conferences/{conference}/registrations/{registration}/leave",
            json={"reason": reason},
            headers={"Idempotency-Key": key or f"leave-{registration}"},
            auth=auth,
        )
        self.talk()
        return response

    def cancel(self) -> None:
        """The organiser cancels, and the run goes as far as it can."""
        self.registration.cancel()
        for _ in range(6):
            self.registration.look_again()
        self.talk()
        self.registration.look_again()
        self.payments.look_at_runs()

    def life(self, registration: str) -> Life:
        """Where a registration is."""
        return self.registration.registration(registration).life

    def worked_out_of(self, placed: Mapping[str, Any]) -> tuple[int, int]:
        """What was kept of the only one who has left this order, and what goes back."""
        (said,) = (each for each in self.payments.said(LeavingWorkedOut) if each.order == placed["order"])
        return said.kept_minor, said.owed_back_minor

    def worked_out(self) -> tuple[int, ...]:
        """What the only leaving means: kept, back, written off, released, and what is still owed."""
        (said,) = self.payments.said(LeavingWorkedOut)
        return (
            said.kept_minor,
            said.owed_back_minor,
            said.written_off_minor,
            said.released_minor,
            said.balance_minor,
        )


@contextmanager
def both(namespace: Namespace, provider: RunningProvider) -> Iterator[Two]:
    """Both services, and a conference whose terms keep a fee of who leaves."""
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with registration_house.house(namespace) as registration, payments_house.house(namespace, provider) as payments:
        registration.database.clock.move(OPENED_AT)
        payments.database.clock.move(OPENED_AT)
        registration.open_conference()
        fees = FEES | {
            "terms": {"organiser_cancels_fee_minor": KEPT_MINOR, "leave_fee_minor": LEAVE_MINOR},
            "options": [ACADEMY],
        }
        edited = registration.client.put(
            "/registration/conferences/74th/fees", json=fees, headers={"If-Match": "*"}, auth=COMMITTEE
        )
        assert '"leave_fee_minor":5000' in edited.text.replace(" ", "")
        yield Two(registration, payments)
