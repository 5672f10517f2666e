"""Owns a small programme in the town: its draft, a release of it, and one in which a paid session is cancelled."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.e2e.scene import PRICE_MINOR, Scene

ACADEMY_MINOR = 9_500
ROOMS = [
    {"id": "hall", "name": "Washington Hall", "seats": 600, "features": ["stream"]},
    {"id": "lewis", "name": "Lewis Room", "seats": 60},
    {"id": "clark", "name": "Clark Room", "seats": 30, "is_step_free": False},
]
SESSIONS: dict[str, dict[str, Any]] = {
    "P-01": {"title": "Welcome", "kind": "plenary", "minutes": 60},
    "A-07": {"title": "Records in a crisis", "kind": "academy", "minutes": 120, "product": "a-07", "seats_max": 20},
    "A-09": {
        "title": "Public meetings by the book",
        "kind": "academy",
        "minutes": 120,
        "product": "a-09",
        "seats_max": 20,
    },
    "C-31": {"title": "When the archive is under water", "kind": "concurrent", "minutes": 75, "track": "records"},
    "C-32": {"title": "Budgets that people read", "kind": "concurrent", "minutes": 75},
}
PLACES = {  # room, days after the first, hour at the venue
    "P-01": ("hall", 0, 9),
    "A-07": ("lewis", 0, 13),
    "A-09": ("clark", 1, 13),
    "C-31": ("hall", 0, 13),
}


@dataclass(frozen=True)
class Congress:
    """What pages of a programme are about."""

    conference: str
    sessions: dict[str, str]  # by code
    person: str  # a speaker


def lay_out(scene: Scene, conference: str) -> Congress:
    """The draft, its options in the fees, and its first release."""
    caller, base = scene.caller, f"{scene.town.scheduling}/scheduling/conferences/{conference}"
    account = scene.town.committee

    def post(path: str, body: object) -> dict[str, Any]:
        made: dict[str, Any] = caller.post(f"{base}{path}", body, key=secrets.token_hex(8), account=account)
        return made

    first = scene.today + timedelta(days=40)
    times = [{"id": f"d1-{hour}", **_stretch(first, hour)} for hour in (9, 13, 16)]
    frame = {"rooms": ROOMS, "tracks": [{"id": "records", "title": "Records"}], "times": times}
    caller.put(f"{base}/draft", frame, account=account, seen="0")
    person = str(post("/speakers", {"name": "Dr Ellen Whitlock", "email": "whitlock@institute.example"})["id"])
    sessions = {}
    for code, fields in SESSIONS.items():
        made = post("/sessions", {"code": code, "abstract": "What a town does when it rains.", **fields})
        sessions[code] = str(made["id"])
        cast = {"cast": [{"person": person, "is_confirmed": True}]} if code in ("A-07", "C-32") else {"cast": []}
        made = caller.put(f"{base}/sessions/{made['id']}/cast", cast, account=account, seen=str(made["version"]))
        if code in PLACES:
            room, days, hour = PLACES[code]
            place = {"room": room, "starts": _stretch(first + timedelta(days=days), hour)["starts"]}
            caller.put(f"{base}/sessions/{made['id']}/slot", place, account=account, seen=str(made["version"]))
    sell(scene, conference, sessions)
    release(scene, conference, name="First programme")
    return Congress(conference=conference, sessions=sessions, person=person)


def release(scene: Scene, conference: str, *, name: str) -> None:
    """Release the draft, and return when everybody has been told."""
    caller, base = scene.caller, f"{scene.town.scheduling}/scheduling/conferences/{conference}/releases"
    account = scene.town.committee
    preview = caller.get(f"{base}/preview", account=account)
    made = caller.post(base, {"name": name}, key=secrets.token_hex(8), account=account, seen=preview["seen"])
    scene.wait_until(
        lambda: bool(caller.get(f"{base}/{made['number']}", account=account)["news"]["is_over"]),
        missing=f"the news of {name}",
    )


def cancel_academy(scene: Scene, congress: Congress, *, mine: str) -> None:
    """Cancel A-07, move another session, release, and go on with the draft; return when who paid may choose."""
    caller, account = scene.caller, scene.town.committee
    base = f"{scene.town.scheduling}/scheduling/conferences/{congress.conference}"
    for code, path, body in (
        ("A-07", "cancel", {"reason": "The speaker is ill."}),
        ("C-31", "slot", {"room": "clark", "starts": _stretch(scene.today + timedelta(days=40), 16)["starts"]}),
    ):
        address = f"{base}/sessions/{congress.sessions[code]}"
        version = str(caller.get(address, account=account)["version"])
        if path == "cancel":
            caller.post(f"{address}/{path}", body, key=secrets.token_hex(8), account=account, seen=version)
        else:
            caller.put(f"{address}/{path}", body, account=account, seen=version)
    release(scene, congress.conference, name="Second programme")
    address = f"{base}/sessions/{congress.sessions['C-32']}"
    during_the_welcome = {"room": "clark", "starts": _stretch(scene.today + timedelta(days=40), 9)["starts"]}
    version = str(caller.get(address, account=account)["version"])
    caller.put(f"{address}/slot", during_the_welcome, account=account, seen=version)
    scene.wait_until(
        lambda: any(each["state"] == "cancelled_by_organiser" for each in caller.get(mine)["options"]),
        missing="the choice of somebody whose session is cancelled",
    )


def sell(scene: Scene, conference: str, sessions: dict[str, str], *, place_count: int = 20, seen: str = "1") -> None:
    """Both Academies, so many places of the first; `seen` is the fee table that this changes."""
    counts = {"A-07": place_count, "A-09": 20}
    options = [
        {
            "key": code.lower(),
            "label": f"{code} {SESSIONS[code]['title']}",
            "amount_minor": ACADEMY_MINOR,
            "session": sessions[code],
            "place_count": count,
        }
        for code, count in counts.items()
    ]
    categories = [{"key": "member", "label": "Member", "amount_minor": PRICE_MINOR}]
    url = f"{scene.town.registration}/registration/conferences/{conference}/fees"
    # The fee table that the conference was opened with is the first one.
    scene.caller.put(url, {"categories": categories, "options": options}, account=scene.town.committee, seen=seen)


def _stretch(day: Any, hour: int) -> dict[str, str]:
    return {"starts": f"{day}T{hour:02}:00:00-05:00", "ends": f"{day}T{hour + 1:02}:15:00-05:00"}
