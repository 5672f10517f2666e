"""Writes and sends what is due: claims some messages, writes them all, then sends one mail at a time.

Writing is done for a whole batch, with one query per collection; sending keeps one connection. A mail that has left and
isn't recorded is the one thing that may happen twice, so recording is tried until it succeeds, and a mail is begun only
when its lease outlives the slowest server.
"""

import threading
from collections.abc import Sequence
from functools import partial

from jinja2 import TemplateError, UndefinedError
from prometheus_client import Counter
from pymongo.errors import PyMongoError

from services.notifications.background import Background
from services.notifications.domain import Message, State
from services.notifications.jobs import AWAY_SECONDS, Ended, Prepared, record_prepared, record_sent
from services.notifications.known import Conference, Contact, Words
from services.notifications.mailer import MAIL_SECONDS_MAX, End, Mail, Mailer, MailServerAway, Sent
from services.notifications.programme.calendar_files import Calendars
from services.notifications.store import MESSAGES
from services.notifications.wording import Wording
from shared.clock import boot_seconds
from shared.crash import point
from shared.jobs import LEASE_SECONDS, Claim, JobKind, LeaseLost, claim_due
from shared.mongo import Database
from shared.problem import Busy
from shared.telemetry import log

CLAIM_COUNT = 100
LEASE_LEFT_SECONDS_MIN = MAIL_SECONDS_MAX + 2.0
IDLE_SECONDS = 0.5

MAILS = Counter("reconvene_mails_total", "Mails by how sending them ended", ["end"])
UNWRITABLE = Counter(
    "reconvene_messages_unwritable_total", "Tries to write a message that ended without one, once a minute", ["purpose"]
)

assert LEASE_LEFT_SECONDS_MIN < LEASE_SECONDS, "no mail would ever be begun"


class Unwritable(Exception):
    """A message can't be written; what it says names no person, and is shown to the desk."""


class Sender:
    """Writes and sends what is due: critical messages first, one mail at a time."""

    def __init__(self, database: Database, *, mailer: Mailer, wording: Wording) -> None:
        self.database = database
        self._mailer = mailer
        self._wording = wording
        self._calendars = Calendars(wording.settings)
        kind = partial(JobKind, collection=MESSAGES, act=_act_alone, claim_count=CLAIM_COUNT)
        self._kinds = (kind("critical", where={"is_critical": True}), kind("others", where={"is_critical": False}))

    def run(self, stop: threading.Event) -> None:
        """Send until `stop`; a database or a mail server that is away is waited for."""
        while not stop.is_set():
            try:
                if not self.step(stop):
                    self._mailer.close()
                    stop.wait(IDLE_SECONDS)
            except MailServerAway as away:
                log.warning("mail server away", error=str(away))
                stop.wait(AWAY_SECONDS)
            except (Busy, LeaseLost, PyMongoError) as error:
                log.warning("mails can't be claimed or recorded", error=type(error).__name__)
                stop.wait(IDLE_SECONDS)
        self._mailer.close()

    def step(self, stop: threading.Event) -> bool:
        """Claim some messages, write them, send them; False when nothing was due."""
        claims: list[Claim[Message]] = []
        for kind in self._kinds:
            claims = claims or claim_due(self.database, kind)
        if not claims:
            return False
        prepared = self._prepare(claims)
        held = self.database.run(record_prepared, prepared=prepared, secret=self._wording.settings.secret_key)
        self._send_all([each for each in prepared if each.is_mail and each.claim.id in held], stop=stop)
        return True

    def _prepare(self, claims: Sequence[Claim[Message]]) -> list[Prepared]:
        known = Background.of(self.database, [claim.state for claim in claims])
        return [self._prepare_one(claim, known) for claim in claims]

    def _prepare_one(self, claim: Claim[Message], known: Background) -> Prepared:
        message = claim.state
        contact, conference = known.contacts.get(message.recipient), known.conferences.get(message.conference)
        if message.state is State.SENDING and not message.is_critical:
            return Prepared(claim=claim, is_doubtful=True)
        if (rendering := known.rendering(message)) and not known.is_answered(message):
            return Prepared(claim=claim, channel="mail", words=rendering.words, contact=contact)
        if waits_for := known.missing(message):
            return Prepared(claim=claim, waits_for=waits_for)
        assert contact is not None
        assert conference is not None
        if why_covered := known.why_covered(message):
            return Prepared(claim=claim, why_covered=why_covered)
        channel = message.channel or ("mail" if contact.email else "letter")
        try:
            words = self._write(message, channel, contact, conference, known)
        except Unwritable as why:
            UNWRITABLE.labels(message.purpose).inc()
            log.error("message can't be written", message=message.id, purpose=message.purpose, reason=str(why))
            return Prepared(claim=claim, channel=channel, why_unwritable=str(why))
        return Prepared(claim=claim, channel=channel, words=words, contact=contact)

    def _write(
        self, message: Message, channel: str, contact: Contact, conference: Conference, known: Background
    ) -> Words:
        if channel == "letter" and not contact.postal_address:
            raise Unwritable("It has to go by letter, and we have no postal address of this person.")
        names, told = known.names(message), known.told_of(message)
        try:
            if channel == "letter":
                written_on = self.database.clock.now()
                return self._wording.letter(
                    message, contact=contact, conference=conference, written_on=written_on, names=names, told=told
                )
            files = self._calendars.files(
                message, contact=contact, conference=conference, told=told, was_confirmed=known.was_confirmed(message)
            )
            return self._wording.mail(
                message, contact=contact, conference=conference, names=names, told=told, files=files
            )
        except (TemplateError, LookupError, TypeError, ValueError) as error:
            # An undefined name is the template's own; any other error may quote what a person typed.
            detail = f": {error}" if isinstance(error, UndefinedError) else ""
            raise Unwritable(
                f"Its words can't be made ({type(error).__name__}{detail}); whoever keeps them has to mend them."
            ) from error

    def _send_all(self, mails: Sequence[Prepared], *, stop: threading.Event) -> None:
        """Send one after the other; what there is no time or no server for is given back."""
        ended: Ended | None = None
        for index, mail in enumerate(mails):
            away = self._why_away(ended)
            if away or stop.is_set() or _seconds_left(mail.claim) < LEASE_LEFT_SECONDS_MIN:
                self._record(ended, None, stop=stop, released=[each.claim for each in mails[index:]])
                if away:
                    raise MailServerAway(away)
                return
            is_ours = self._record(ended, mail, stop=stop)
            ended = self._send(mail) if is_ours else None
        if ended:
            self._record(ended, None, stop=stop)

    def _why_away(self, ended: Ended | None) -> str:
        """Why the next mail can't be sent now; empty when it can."""
        if ended and ended.sent.end in (End.NOT_SENT, End.IN_DOUBT):
            return ended.sent.reason
        try:
            self._mailer.open()
        except MailServerAway as away:
            return str(away)
        return ""

    def _send(self, prepared: Prepared) -> Ended:
        message, contact, words = prepared.claim.state, prepared.contact, prepared.words
        assert contact is not None
        assert words is not None
        mail = Mail(
            message=message.id,
            purpose=message.purpose,
            subject_id=message.subject,
            to_name=contact.name,
            to_address=contact.email or "",
            words=words,
        )
        point("mail.sending")
        try:
            prepared.claim.check()
            if _seconds_left(prepared.claim) < MAIL_SECONDS_MAX:
                raise LeaseLost(message.id)
            sent = self._mailer.send(mail)
        except LeaseLost:
            sent = Sent(End.NOT_SENT, "lease lost")
        point("mail.accepted")
        MAILS.labels(sent.end).inc()
        if sent.end is not End.ACCEPTED:
            log.warning(
                "mail not accepted", message=message.id, purpose=message.purpose, end=sent.end, reason=sent.reason
            )
        return Ended(claim=prepared.claim, sent=sent)

    def _record(
        self,
        ended: Ended | None,
        following: Prepared | None,
        *,
        stop: threading.Event,
        released: Sequence[Claim[Message]] = (),
    ) -> bool:
        """Record until it is recorded: a mail that a database's absence makes us forget would be sent again."""
        while True:
            try:
                is_ours = self.database.run(record_sent, ended=ended, following=following, released=released)
            except Busy:
                if stop.is_set():
                    raise
                log.warning("mail not recorded yet", message=ended.claim.id if ended else None)
                continue
            if ended:
                point("mail.recorded")
            return is_ours


def _seconds_left(claim: Claim[Message]) -> float:
    return claim.lease_ends - boot_seconds()


def _act_alone(claim: Claim[Message]) -> None:
    raise AssertionError(f"{claim.id}: mails are claimed by `Sender`, so that one commit serves two of them")
