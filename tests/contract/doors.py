"""The four services' web sides on the real database, each with something believable behind it, and how to knock.

Nothing runs but the web sides: what the services know was said to them by tests.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from shared.associations import FIRST
from shared.auth import sign
from shared.clock import host_now
from shared.contracts.consequences import Example
from shared.contracts.envelope import Envelope
from shared.contracts.payments import MoneyPreviewed
from shared.contracts.scheduling import PreviewAsked
from shared.places import PLACES, Blocked, Place
from shared.process import Parts
from shared.settings import Settings
from tests.integration import (
    agendas_house,
    attendance_house,
    call_house,
    notifications_house,
    payments_house,
    programme_house,
    registration_house,
    releases_house,
    scheduling_town,
)
from tests.integration.decisions_town import Deciding
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE

ROLES = ("nobody", "committee", "finance")


@dataclass(frozen=True)
class Door:
    """One service's web side: the ids that exist behind it, by their names in routes, and the signed links to it."""

    settings: Settings
    app: Flask
    known: Mapping[str, Sequence[str]]
    tokens: Mapping[str, str]  # by the route they open
    words: Sequence[str] = ()  # by which searches find something of it
    sums: Sequence[str] = ()  # of money that is behind it, as pages, files and programs write them

    @property
    def service(self) -> str:
        """Whose web side it is."""
        return self.settings.service


def as_role(role: str) -> dict[str, str]:
    """The headers by which a desk signs in with its request; nobody sends none."""
    accounts = {"committee": COMMITTEE, "finance": FINANCE}
    if role not in accounts:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(":".join(accounts[role]).encode()).decode()}


@contextmanager
def scheduling_door(namespace: Namespace) -> Iterator[Door]:
    """A draft, an open conference and a cancelled one."""
    with scheduling_town.scheduling(namespace) as town:
        cancelled = town.opened()
        conferences = [town.drafted(), town.opened(), cancelled]
        runs = [town.cancelled(cancelled)]
        assert town.post("/series", {"key": "series-of-clerks", "title": "Annual Conference"}).status_code == 201
        assert town.post("/series/series-of-clerks/conferences", {"conference": cancelled}).status_code == 200
        decision = Deciding(town).approved(conferences[1])
        draft = programme_house.Programme(town, conferences[1])
        draft.framed(times=[])
        search = draft.done("POST", "/searches", {"task": "why_not", "budget_seconds": 10})["id"]
        speaker = draft.speaker()["id"]
        sessions = [draft.session(code)["id"] for code in ("C-31", "C-32")]
        called = call_house.begun(town)
        called.opened()
        withdrawals = [called.withdrawn()]
        congress = attendance_house.House(town)
        congress.open()
        settings = town.service.parts.settings
        presenter = f"{attendance_house.CONFERENCE}:p_whitlock"
        tokens = {
            "/monitor/{}": _link(settings, "monitor", attendance_house.CONFERENCE),
            "/speaking/{}": _link(settings, "speaking", presenter),
        }
        house = agendas_house.House(town, conferences[1])
        sessions.append(house.session("C-33"))
        published = releases_house.house(town)
        published.session("C-31")
        published.release()
        conferences.append(called.conference)
        sessions += [withdrawals[0].partition(":")[0], called.proposed()["session"]]
        called.knows("p_whitlock", name="Dr Sam Whitlock")
        agenda = _link(town.service.parts.settings, "agenda", house.delegate("per_1"))
        proof = congress.badge(conferences[1], "per_1")
        previews = [town.post(f"/conferences/{conferences[1]}/previews", {}).get_json()["preview"]]
        tokens |= dict.fromkeys(("/agendas/{}", "/agenda/{}"), agenda)
        known = {
            "conference": [published.conference, *conferences],
            "run": runs,
            "series": ["series-of-clerks"],
            "decision": [decision],
            "search": [search],
            "place": [_parked(town.service.parts, conferences[1])],
            "session": sessions,
            "code": [proof],
            "other": sessions,
            "withdrawal": withdrawals,
            "preview": previews,
            "person": [speaker],
            "number": ["1"],
            "token": list(tokens.values()),
        }
        yield _door(town.service.parts, known, tokens, words=("Whitlock", "Annual"))


@contextmanager
def registration_door(namespace: Namespace) -> Iterator[Door]:
    """A registration for a conference that takes place, and one that has a choice after a cancellation."""
    with registration_house.house(namespace) as house:
        house.open_conference("74th")
        house.open_conference("75th")
        registrations = [house.register(conference=each)["registration"] for each in ("74th", "75th")]
        several = house.place_order(conference="74th")
        house.cancel("74th")
        house.run_jobs()
        house.hear(registration_house.offered(house.registration(registrations[0])))
        tokens = {
            "/mine/{}": _link(house.parts.settings, "registration", registrations[0]),
            "/orders/{}": _link(house.parts.settings, "several", several["order"]),
        }
        known = {
            "conference": ["74th", "75th"],
            "registration": registrations,
            "run": ["run_1"],
            "person": [house.registration(registrations[0]).person],
            "place": [_parked(house.parts, "74th")],
            "association": [FIRST],
        }
        yield _door(house.parts, known, tokens, words=("Ada", "example"))


@contextmanager
def payments_door(namespace: Namespace, provider: RunningProvider) -> Iterator[Door]:
    """An order that is owed, one whose cheque is to be written, one whose card refund is to be sent."""
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with payments_house.house(namespace, provider) as house:
        owed, cheque, card, kept = house.submit(), house.paid("cheque"), house.paid("card"), house.paid("transfer")
        house.cancel(cheque, card, kept, fee_minor=payments_house.KEPT_MINOR)
        house.fix(cheque)
        house.fix(card)
        house.fix(kept, "credit")
        refunds = [house.refund_of(each).id for each in (cheque, card)]
        tokens = {
            "/pay/{}": _link(house.parts.settings, "order", owed),
            "/paid/{}": _link(house.parts.settings, "order", owed),
            "/payee/{}": _link(house.parts.settings, "payee", refunds[0]),
            "/credit/{}": _link(house.parts.settings, "credit", house.order(kept).person),
        }
        known = {
            "order": [owed, cheque, card],
            "refund": refunds,
            "credit": [house.credit_of(kept).id],
            "run": [payments_house.RUN],
            "stray": [house.stray()],
            "outside": [house.outside(card)],
            "payment": [each.id for each in house.payments_of(cheque)],
            "conference": [payments_house.CONFERENCE],
            "place": [_parked(house.parts, payments_house.CONFERENCE)],
        }
        sums = [
            each
            for minor in (payments_house.FEE_MINOR, payments_house.FEE_MINOR - payments_house.KEPT_MINOR)
            for each in (str(minor), f"{minor / 100:.2f}")
        ]
        yield _door(house.parts, known, tokens, words=(owed, house.order(cheque).number), sums=sums)


@contextmanager
def notifications_door(namespace: Namespace, folder: Path) -> Iterator[Door]:
    """A mail that was sent, a letter to be printed, and a message that waits."""
    with notifications_house.town(namespace, folder) as town:
        nowhere = notifications_house.person(2, email=None)
        town.hear(notifications_house.announced(), notifications_house.person(), nowhere)
        town.hear(notifications_house.confirmed(1), notifications_house.confirmed(2), notifications_house.confirmed(3))
        town.hear(*_previewed(notifications_house.announced().conference))
        town.run_jobs()
        messages = [each.id for each in town.messages()]
        known = {
            "message": messages,
            "letter": [*reversed(messages)],
            "number": ["1"],
            "preview": ["prv_1"],
            "place": [_parked(town.parts, notifications_house.announced().conference)],
            "recipient": [each.recipient for each in town.messages()],
        }
        yield _door(town.parts, known, {}, words=("newtown", "Person"))


def _door(
    parts: Parts,
    known: Mapping[str, Sequence[str]],
    tokens: Mapping[str, str],
    *,
    words: Sequence[str],
    sums: Sequence[str] = (),
) -> Door:
    return Door(parts.settings, parts.web, known, tokens, words, sums)


def _previewed(conference: str) -> tuple[PreviewAsked, MoneyPreviewed]:
    """Somebody wants to know what cancelling would do, and what the first clerk would be told of their money."""
    of: Any = {"preview": "prv_1", "conference": conference, "decision": "cancel", "revision": 1}
    told = Example(
        outcome="voided",
        order="ord_1",
        registration="reg_1",
        person="per_1",
        number="INV-2020-0004-1200-0000",
        tender="cheque",
        voided_minor=57500,
    )
    money = MoneyPreviewed(
        **of, count=1, population="p", currency="USD", lines=(), anomalies=(), digest="d", examples=(told,)
    )
    return PreviewAsked(**of, kind="cancel"), money


def _parked(parts: Parts, conference: str) -> str:
    """An event about a conference that could not be handled: the place of its story."""
    event = Envelope(
        id="evt_parked",
        type="ch.example.Parked",
        source="/elsewhere",
        key="parked_story",
        sequence=1,
        time=host_now(),
        data=json.dumps({"conference": conference, "said": "something"}).encode(),
        correlation="a test",
    )
    blocked = Blocked(reason="It could not be read.", at=host_now())
    place = Place(id="reconvene.test/parked_story", waiting=(event,), blocked=blocked)
    parts.database.transact(lambda unit: unit.add(PLACES, place))
    return place.id


def _link(settings: Settings, purpose: str, id_: str) -> str:
    return sign(settings, purpose=purpose, id_=id_)
