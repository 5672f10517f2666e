"""The notifications service on the real database with a real mail server, told by a test what the others say."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from deploy.mailbox.door import Faults, FaultsPlanned, MailDoor, Receiver
from deploy.mailbox.keep import Keep, Mail
from services.notifications.app import create
from services.notifications.delivery.jobs.mailer import Mailer
from services.notifications.delivery.jobs.sender import Sender
from services.notifications.messages.domain.messages import Message
from services.notifications.messages.jobs.wording import Wording
from services.notifications.messages.store.documents import MESSAGES, RUNS, UNPAID
from services.notifications.parts import MANIFEST
from shared.contracts.payments import (
    CreditIssued,
    GrantReleased,
    InvoiceExtended,
    InvoiceIssued,
    InvoiceVoided,
    LeavingWorkedOut,
    PayeeNamed,
    PaymentAwaited,
    PaymentCaptured,
    PaymentFailed,
    PaymentUnderway,
    RefundReversed,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.registration import (
    AddressChangeAsked,
    ContactChanged,
    OptionCancelled,
    OptionMoved,
    OptionRenamed,
    OrderLine,
    PersonRegistered,
    RefundTerms,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationLeft,
    RegistrationRunClosed,
    RegistrationSubmitted,
    SettlementChosen,
)
from shared.contracts.scheduling import (
    AgendaChanged,
    AgendaItem,
    ConferenceAnnounced,
    ConferenceCancelled,
    PersonalLinkAsked,
    ProposalDecided,
    ProposalReceived,
    SeatOffered,
    SpeakerConfirmed,
    SpeakerIntroduced,
    SpeakerWithdrew,
    Speaking,
    SpeakingCancelled,
    SpeakingRunClosed,
)
from shared.ids import digest_of
from shared.places import PLACES
from shared.process import Parts
from tests import house as house_of_any
from tests.namespaces import Namespace
from tests.town import settings_for

CHOOSE_UNTIL = datetime(2020, 5, 1, 5, tzinfo=UTC)  # midnight in St. Louis
CANCELLED_AT = datetime(2020, 4, 9, 14, tzinfo=UTC)
envelope = house_of_any.envelope


class Town(house_of_any.House):
    """The service's parts, the mail server, and the voices of the services that it listens to."""

    def __init__(self, parts: Parts, keep: Keep, faults: FaultsPlanned) -> None:
        super().__init__(parts)
        self.keep = keep
        self.faults = faults
        self.stop = threading.Event()
        self.first_mail = 0
        self.sender = self.another_sender()

    def forget(self) -> None:
        """Begin anew: nobody is known, nothing was planned, and the mailbox shows what comes from now on."""
        for name in ("events", *(collection.name for collection in MANIFEST.collections)):
            self.database.mongo[name].delete_many({})
        self.first_mail = max((mail.id for mail in self.mails()), default=self.first_mail)
        self.faults.plan(Faults())
        self.sender = self.another_sender()

    def another_sender(self, mailer: type[Mailer] = Mailer) -> Sender:
        """A sender as another process of the service would have it."""
        settings = self.parts.settings
        return Sender(self.parts.database, mailer=partial(mailer, settings), wording=Wording(settings))

    def client(self) -> FlaskClient:
        """A browser without cookies."""
        return self.parts.web.test_client()

    def run_jobs(self) -> None:
        """Count, wake what may go on, then write and send until nothing is due."""
        for executor in reversed(self.parts.executors):
            self.do_jobs(executor.kind)
        while self.sender.step(self.stop):
            pass

    def let_time_pass(self) -> None:
        """Let every lease end and every pause be over."""
        self.end_pauses(MESSAGES, RUNS, UNPAID)

    def messages(self, **where: Any) -> list[Message]:
        """Messages as they are saved, in the order they were planned."""
        return [MESSAGES.state(each) for each in self.database.mongo[MESSAGES.name].find(where).sort("serial", 1)]

    def only(self, **where: Any) -> Message:
        """The one message that matches."""
        (message,) = self.messages(**where)
        return message

    def mails(self) -> list[Mail]:
        """What the mail server has accepted."""
        return list(self.keep.mails_after(self.first_mail))

    def plan_faults(self, **faults: int) -> None:
        """What goes wrong at the mail server from now on."""
        self.faults.plan(Faults(**faults))


@contextmanager
def town(namespace: Namespace, folder: Path, **environment: str) -> Iterator[Town]:
    """A town of its own, nothing running but the mail server: the test calls handlers, jobs and the web side itself."""
    keep, faults = Keep(folder), FaultsPlanned()
    writer = keep.writer()
    door = MailDoor(host="127.0.0.1", port=0, receiver=Receiver(writer=writer, faults=faults))
    door.start()
    own: dict[str, Any] = {
        "SMTP_URL": f"smtp://127.0.0.1:{door.port}",
        "MAIL_FROM": "Reconvene <conference@reconvene.example>",
    }
    parts = create(settings_for("notifications", namespace, **(own | environment)))
    parts.database.prepare([PLACES, *MANIFEST.collections])
    parts.database.clock.move(CANCELLED_AT)
    try:
        yield Town(parts, keep, faults)
    finally:
        parts.database.close()
        door.stop()
        writer.close()


def announced() -> ConferenceAnnounced:
    """The 74th congress will take place."""
    return ConferenceAnnounced(
        conference="conf_74",
        title="74th Annual Conference",
        city="St. Louis",
        zone="America/Chicago",
        currency="USD",
        starts=date(2020, 5, 17),
        ends=date(2020, 5, 20),
    )


def speaking(person: str, *titles: str) -> SpeakingCancelled:
    """What somebody was to give at the cancelled congress."""
    return SpeakingCancelled(
        speaking=f"run_74:{person}",
        conference="conf_74",
        run="run_74",
        person=person,
        titles=titles,
        title_count=len(titles),
    )


def cast_closed(*told: SpeakingCancelled) -> SpeakingRunClosed:
    """All who were to speak have been told of: these."""
    ids = [each.speaking for each in told]
    return SpeakingRunClosed(run="run_74", conference="conf_74", count=len(ids), digest=digest_of(ids))


def cancelled(*speakers: Speaking, speakers_follow: bool = False) -> ConferenceCancelled:
    """The 74th congress will not take place; these were to speak, or are told of one by one."""
    return ConferenceCancelled(
        conference="conf_74",
        run="run_74",
        reason="Travel is not safe this spring.",
        decision="Cancel the 74th; full refund; no fee; choices until 30 April.",
        cancelled_on=date(2020, 4, 9),
        choose_by=date(2020, 4, 30),
        choose_until=CHOOSE_UNTIL,
        speakers=speakers,
        speakers_follow=speakers_follow,
    )


def person(number: int = 1, **changed: Any) -> PersonRegistered:
    """A clerk with an e-mail address, unless it is changed."""
    given: dict[str, Any] = {
        "person": f"per_{number}",
        "name": f"Dana Whitfield {number}",
        "email": f"dana{number}@millbrook.example",
        "postal_address": ("1 Main Street", "Millbrook, MO 63000"),
    }
    return PersonRegistered(**(given | changed))


def contact_changed(number: int = 1, **corrected: Any) -> ContactChanged:
    """The same clerk after these facts were corrected."""
    known = person(number)
    given = {name: getattr(known, name) for name in ("person", "name", "email", "postal_address")}
    return ContactChanged(**({"changed": tuple(corrected)} | given | corrected))


def address_change_asked(number: int = 1, *, email: str = "dana@newtown.example") -> AddressChangeAsked:
    """The first clerk asks to be written to elsewhere."""
    return AddressChangeAsked(
        change=f"adr_{number}", person="per_1", registration="reg_1", conference="conf_74", email=email
    )


def introduced(number: int = 1, **changed: Any) -> SpeakerIntroduced:
    """A speaker as scheduling knows them."""
    given: dict[str, Any] = {
        "person": f"per_{number}",
        "name": f"Dr Ngozi Adeyemi {number}",
        "email": f"ngozi{number}@speakers.example",
    }
    return SpeakerIntroduced(**(given | changed))


def _about(number: int) -> dict[str, Any]:
    return {
        "registration": f"reg_{number}",
        "conference": "conf_74",
        "person": f"per_{number}",
        "order": f"ord_{number}",
        "currency": "USD",
    }


def submitted(number: int = 1, **changed: Any) -> RegistrationSubmitted:
    """Somebody asked to attend, and will pay by card."""
    lines = (OrderLine(kind="fee", amount_minor=57500),)
    given: dict[str, Any] = {"tender": "card", "lines": lines, "terms": RefundTerms()}
    return RegistrationSubmitted(**(_about(number) | given | changed))


def issued(number: int = 1, **changed: Any) -> InvoiceIssued:
    """What somebody who registered owes has a number now."""
    given: dict[str, Any] = {"number": "INV-2020-000412", "total_minor": 57500, "tender": "card"}
    return InvoiceIssued(**(_about(number) | given | changed))


def confirmed(number: int = 1, **changed: Any) -> RegistrationConfirmed:
    """A delegate, paid by card."""
    given = {"tender": "card", "total_minor": 57500, "guest_count": 0, "is_paid": True}
    return RegistrationConfirmed(**(_about(number) | given | changed))


def captured(number: int = 1, **changed: Any) -> PaymentCaptured:
    """A payment by card, in full."""
    given = {"payment": f"pay_{number}", "tender": "card", "amount_minor": 57500, "balance_minor": 0}
    return PaymentCaptured(**(_about(number) | given | changed))


def offered(number: int = 1, **changed: Any) -> SettlementOffered:
    """What the cancellation means for a delegate who paid 575.00 by card and keeps 500.00."""
    given = {
        "run": "run_74",
        "tender": "card",
        "paid_minor": 57500,
        "fee_minor": 7500,
        "refundable_minor": 50000,
        "voided_minor": 0,
        "released_minor": 0,
        "choices": ("refund", "credit", "donate"),
        "default_choice": "refund",
        "choose_until": CHOOSE_UNTIL,
    }
    return SettlementOffered(**(_about(number) | given | changed))


def voided(number: int = 1) -> InvoiceVoided:
    """What it means for a town that had not paid yet."""
    return InvoiceVoided(**_about(number), run="run_74", number="INV-2020-000412", voided_minor=65000)


def awaited(number: int = 1) -> PaymentAwaited:
    """What it means for somebody whose bank has been asked to pay, and has not answered."""
    return PaymentAwaited(**_about(number), run="run_74", number="INV-2020-000412", awaited_minor=57500)


def underway(number: int = 1) -> PaymentUnderway:
    """Somebody has agreed to pay, and their bank answers days later."""
    return PaymentUnderway(**_about(number), payment="ord_1.1", amount_minor=57500)


def failed_later(number: int = 1, **changed: Any) -> PaymentFailed:
    """The bank did not pay what somebody had agreed to days before."""
    given = {"payment": "ord_1.1", "reason": "insufficient_funds", "is_delayed": True, "amount_minor": 57500}
    return PaymentFailed(**(_about(number) | given | {"balance_minor": 57500} | changed))


def item(code: str = "C-31", **changed: Any) -> AgendaItem:
    """A session that moved from Monday to Tuesday."""
    given: dict[str, Any] = {
        "session": f"ses_{code}",
        "uid": f"ses_{code}@reconvene.example",
        "sequence": 1,
        "code": code,
        "title": f"Title of {code}",
        "roles": ("starred",),
        "changes": ("time",),
        "room": "240",
        "room_before": "240",
        "starts": datetime(2020, 5, 19, 13, tzinfo=UTC),
        "ends": datetime(2020, 5, 19, 14, 15, tzinfo=UTC),
        "starts_before": datetime(2020, 5, 18, 13, tzinfo=UTC),
        "ends_before": datetime(2020, 5, 18, 14, 15, tzinfo=UTC),
        "revised_at": datetime(2020, 4, 8, 12, tzinfo=UTC),
    }
    return AgendaItem(**(given | changed))


def agenda_changed(number: int = 1, *items: AgendaItem, release: int = 2, **changed: Any) -> AgendaChanged:
    """What a release means for one person."""
    given: dict[str, Any] = {
        "agenda": f"conf_74:per_{number}",
        "conference": "conf_74",
        "person": f"per_{number}",
        "programme": "programme:conf_74",
        "release": release,
        "release_name": "After the storm",
        "items": items or (item(),),
    }
    return AgendaChanged(**(given | changed))


def _about_session(number: int) -> dict[str, Any]:
    return {"session": "ses_9", "conference": "conf_74", "person": f"per_{number}", "title": "Minutes that stand up"}


def seat_offered(number: int = 1, *, turn: int = 1) -> SeatOffered:
    """A seat is free for the first of the waitlist."""
    return SeatOffered(
        **_about_session(number),
        roster="roster:ses_9",
        code="C-09",
        room="240",
        starts=datetime(2020, 5, 19, 13, tzinfo=UTC),
        ends=datetime(2020, 5, 19, 14, 15, tzinfo=UTC),
        until=datetime(2020, 5, 10, 17, tzinfo=UTC),
        turn=turn,
    )


def proposed(number: int = 1) -> ProposalReceived:
    """Somebody proposed a session."""
    return ProposalReceived(**_about_session(number), decided_by=date(2020, 4, 20))


def decided(number: int = 1, *, is_accepted: bool = True) -> ProposalDecided:
    """The committee has decided about it."""
    return ProposalDecided(**_about_session(number), is_accepted=is_accepted, confirm_until=None)


def speaker_confirmed(number: int = 1) -> SpeakerConfirmed:
    """The speaker will come."""
    return SpeakerConfirmed(**_about_session(number))


def link_asked(number: int = 1) -> PersonalLinkAsked:
    """Somebody's link to their agenda has expired, and they ask for another."""
    return PersonalLinkAsked(asked=f"ask_{number}", person=f"per_{number}", conference="conf_74", kind="agenda")


def withdrew(number: int = 1) -> SpeakerWithdrew:
    """The speaker will not come."""
    return SpeakerWithdrew(**_about_session(number))


def option_moved(number: int = 1) -> OptionMoved:
    """A paid place in one session is now one in another."""
    return OptionMoved(
        **_about(number),
        option="a-07",
        from_session="ses_7",
        to_session="ses_9",
        amount_minor=9500,
        to_option="a-09",
        from_label="A-07 Records in a crisis",
        to_label="A-09 Elections under pressure",
    )


def option_renamed(number: int = 1, *, label: str = "Banquet on Thursday") -> OptionRenamed:
    """The committee calls the banquet by another name."""
    given = {name: value for name, value in _about(number).items() if name != "currency"}
    return OptionRenamed(
        **given, product="banquet", from_label="Banquet", label=label, note="The ballroom is not ready on Wednesday."
    )


def option_ended(number: int = 1, *, product: str = "a-07") -> OptionCancelled:
    """A paid place has ended."""
    return OptionCancelled(**_about(number), product=product, session="ses_7", amount_minor=9500, by="registrant")


def registration_left(number: int = 1, *, payer: str = "") -> RegistrationLeft:
    """The committee has ended a registration."""
    given = {name: value for name, value in _about(number).items() if name != "currency"}
    return RegistrationLeft(
        **given, terms=RefundTerms(), tender="card", total_minor=57500, guest_count=0, is_delegate=True, payer=payer
    )


def leaving_worked_out(
    number: int = 1, *, person: str = "", registrations: tuple[str, ...] = (), **changed: Any
) -> LeavingWorkedOut:
    """Payments has worked out what that means."""
    given = _about(number) | ({"person": person} if person else {})
    sums = {"kept_minor": 5000, "owed_back_minor": 52500, "written_off_minor": 0, "released_minor": 0}
    about = {
        **given,
        "number": "INV-2020-000412",
        "tender": "card",
        "price_minor": 57500,
        **sums,
        "total_minor": 5000,
        "balance_minor": 0,
        "attendee": f"per_{number}",
        "registrations": registrations,
    }
    return LeavingWorkedOut(**about | changed)


def extended(number: int = 1, **changed: Any) -> InvoiceExtended:
    """A banquet was added to what a delegate owes, who had paid 575.00."""
    given = {
        "number": "INV-2020-000412",
        "tender": "card",
        "line": f"reg_{number}:banquet",
        "product": "banquet",
        "session": "",
        "label": "Banquet",
        "added_minor": 9500,
        "total_minor": 67000,
        "balance_minor": 9500,
        "attendee": f"per_{number}",
    }
    return InvoiceExtended(**(_about(number) | given | changed))


def credited(number: int = 1, **changed: Any) -> CreditIssued:
    """They keep the money as a credit."""
    given = {"run": "run_74", "credit": f"cre_{number}", "amount_minor": 50000}
    return CreditIssued(**(_about(number) | given | changed))


def registration_cancelled(number: int = 1, *, payer: str = "") -> RegistrationCancelled:
    """A registration has ended with the conference."""
    given = {name: value for name, value in _about(number).items() if name != "currency"}
    return RegistrationCancelled(
        **given,
        run="run_74",
        terms=RefundTerms(),
        choose_until=CHOOSE_UNTIL,
        default_choice="refund",
        payer=payer,
    )


def run_closed(*numbers: int) -> RegistrationRunClosed:
    """All registrations have ended: these."""
    ids = [f"reg_{number}" for number in numbers]
    return RegistrationRunClosed(run="run_74", conference="conf_74", count=len(ids), digest=digest_of(ids))


def released(number: int = 1) -> GrantReleased:
    """What it means for the holder of a grant."""
    return GrantReleased(**_about(number), run="run_74", released_minor=57500, voided_minor=0)


def chosen(number: int = 1, *, choice: str = "credit", revision: int = 1) -> SettlementChosen:
    """What the registrant wants done with the money."""
    return SettlementChosen(**_about(number), run="run_74", choice=choice, amount_minor=50000, revision=revision)


def refunded(number: int = 1, *, attempt: int = 1, **changed: Any) -> RefundSettled:
    """A refund has gone back to the card."""
    given = {"run": "run_74", "refund": f"ref_{number}", "rail": "card", "amount_minor": 50000, "reference": "re_8812"}
    return RefundSettled(**(_about(number) | given | changed), attempt=attempt)


def reversed_(number: int = 1, *, attempt: int = 1, **changed: Any) -> RefundReversed:
    """A refund that had settled came back."""
    given = {"run": "run_74", "refund": f"ref_{number}", "rail": "card", "amount_minor": 50000, "reason": "card closed"}
    return RefundReversed(**(_about(number) | given | changed), attempt=attempt)


def payee_named(number: int = 1, *, payee_version: int = 1) -> PayeeNamed:
    """Somebody has said where the refund cheque goes."""
    given = {"run": "run_74", "refund": f"ref_{number}", "amount_minor": 50000, "currency": "USD"}
    return PayeeNamed(**(_about(number) | given), payee_version=payee_version)
