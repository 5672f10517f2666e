"""Paid sessions of a conference, for tests of registration: what is sold, and a session that is cancelled."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.registration.prices.store import OPTION_PLACES
from shared.auth import sign
from shared.contracts.scheduling import (
    SeatsPublished,
    SessionCancelled,
)
from tests.integration.registration_house import House, captured
from tests.town import COMMITTEE

THREAD_COUNT = 16
UNTIL = datetime(2020, 3, 12, 5, tzinfo=UTC)  # the end of Wednesday in Chicago
A07 = {"key": "a-07", "label": "Academy A-07", "amount_minor": 9500, "session": "ses_07", "place_count": 30}
A09 = {"key": "a-09", "label": "Academy A-09", "amount_minor": 9500, "session": "ses_09", "place_count": 20}
BANQUET = {"key": "banquet", "label": "Banquet", "amount_minor": 9500}
OPTIONS = (A07, A09, BANQUET)


def session_cancelled(**changed: Any) -> SessionCancelled:
    """A release takes A-07 off the programme."""
    said: dict[str, Any] = {
        "session": "ses_07",
        "conference": "74th",
        "release": 2,
        "uid": "ses_07@reconvene.example",
        "sequence": 1,
        "code": "A-07",
        "title": "Records in a crisis",
        "starts": datetime(2020, 5, 18, 14, tzinfo=UTC),
        "ends": datetime(2020, 5, 18, 18, tzinfo=UTC),
        "reason": "The speaker is ill.",
        "alternatives": ("ses_09",),
        "choose_until": UNTIL,
    }
    return SessionCancelled(**said | changed)


def paid(house: House, *options: str, **more: Any) -> str:
    """Somebody registers with these options and pays; the registration's id."""
    id_ = str(house.register(options=list(options), **more)["registration"])
    house.hear(captured(house.registration(id_)))
    return id_


def choose(house: House, id_: str, choice: Any, *, product: str = "a-07", key: str = "key") -> Any:
    """The registrant chooses, by JSON; the response as it is."""
    token = sign(house.parts.settings, purpose="registration", id_=id_)
    client = house.parts.web.test_client()
    return client.post(
        f"/registration/mine/{token}/options/{product}",
        json=choice,
        headers={"Idempotency-Key": key, "Accept": "application/json"},
    )


def page(house: House, id_: str) -> str:
    """The registrant's page."""
    token = sign(house.parts.settings, purpose="registration", id_=id_)
    response = house.client.get(f"/registration/mine/{token}", headers={"Accept": "text/html"})
    assert response.status_code == 200
    return " ".join(response.text.split())


def cancel_session(house: House, **changed: Any) -> None:
    """The session is cancelled, and everyone with a seat in it knows."""
    house.hear(session_cancelled(**changed))
    house.run_jobs()


def taken(house: House) -> dict[str, int]:
    """How many places of each option are taken."""
    found = house.database.mongo[OPTION_PLACES.name].find({"taken_count": {"$ne": 0}})
    return {each["product"]: each["taken_count"] for each in found}


def states(house: House, id_: str) -> dict[str, str]:
    """How the options of a registration are."""
    return {each.product: each.state.value for each in house.registration(id_).options}


FORM = {"key": "d-01", "label": "Dialogue D-01", "amount": "125.00", "session": "ses_d1", "place_count": "30"}


def post_option(registration: House, conference: str = "74th", auth: Any = COMMITTEE, **changed: str) -> Any:
    """The committee sends the form; the response as it is."""
    address = f"/registration/desk/conferences/{conference}/options"
    return registration.client.post(address, data=FORM | changed, auth=auth)


def seats_published(session: str = "ses_07", *, release: int = 1, **changed: Any) -> SeatsPublished:
    """A release says when a session takes place, and how many seats it has."""
    starts = datetime(2020, 5, 18, 14, tzinfo=UTC)
    about: dict[str, Any] = {
        "code": session,
        "title": "Title",
        "starts": starts,
        "ends": starts + timedelta(hours=4),
        "seats": 24,
    }
    return SeatsPublished(session=session, conference="74th", release=release, **(about | changed))
