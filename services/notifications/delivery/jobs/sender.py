"""Writes and sends what is due: claims some messages, writes them all, then sends their mails, several at a time.

Writing is done for a whole batch, with one query per collection; sending keeps its connections. A mail that has left
and isn't recorded is the one thing that may happen twice, so recording is tried until it succeeds, a mail is begun only
while its lease holds, and the lease is renewed for as long as the server takes.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypedDict

from jinja2 import TemplateError, UndefinedError
from prometheus_client import Counter
from pymongo.errors import PyMongoError

from services.notifications.contacts.domain import Contact
from services.notifications.delivery.domain.mail import Mail
from services.notifications.delivery.domain.sending import is_worth_a_copy
from services.notifications.delivery.jobs.lanes import Lanes
from services.notifications.delivery.jobs.mailer import End, Mailer, MailServerAway, Sent
from services.notifications.delivery.jobs.recording import AWAY_SECONDS, Ended, Prepared, record_prepared, record_sent
from services.notifications.delivery.jobs.turns import claim_in_turn
from services.notifications.messages.domain.known import Conference
from services.notifications.messages.domain.messages import Message, State
from services.notifications.messages.domain.words import Words
from services.notifications.messages.jobs.calendar_files import Calendars
from services.notifications.messages.jobs.wording import Wording, written_language
from services.notifications.messages.store.background import Background
from services.notifications.messages.store.documents import MESSAGES
from shared.associations import Association
from shared.bell import Bell
from shared.clock import boot_seconds
from shared.contracts.flow import acts
from shared.crash import point
from shared.jobs import LEASE_SECONDS, Claim, JobKind, LeaseLost, seconds_until_due
from shared.mongo import Database
from shared.problem import Busy
from shared.progress import note
from shared.telemetry import log

CLAIM_COUNT = 100
LEASE_LEFT_SECONDS_MIN = 3.0  # with less, a mail is given back instead of begun
RENEW_SECONDS = LEASE_SECONDS / 2  # a lease with less left begins anew while its mail is on its way
IDLE_SECONDS = 0.5
FAREWELL_SECONDS = 8.0  # how long a process that is told to stop waits for answers

MAILS = Counter("reconvene_mails_total", "Mails by how sending them ended", ["end"])
UNWRITABLE = Counter(
    "reconvene_messages_unwritable_total", "Tries to write a message that ended without one, once a minute", ["purpose"]
)


class Unwritable(Exception):
    """A message can't be written; what it says names no person, and is shown to the desk."""


class OfIt(TypedDict):
    """What every message is written from."""

    contact: Contact
    conference: Conference
    association: Association


class Sender:
    """Writes and sends what is due: critical messages first, each person's in the order in which they were planned."""

    def __init__(self, database: Database, *, mailer: Callable[[], Mailer], wording: Wording) -> None:
        self.database = database
        self._wording = wording
        self._calendars = Calendars(wording.settings)
        mailer()  # settings that make no sense are said at start
        self._lanes = Lanes(mailer, self._send)
        self._queue: deque[Prepared] = deque()  # mails that are written and ours, and not on their way
        kind = partial(JobKind, collection=MESSAGES, act=_act_alone, claim_count=CLAIM_COUNT)
        self._kinds = (kind("critical", where={"is_critical": True}), kind("others", where={"is_critical": False}))
        self._bell = Bell()
        database.on_jobs.append(self._bell)

    @acts(of=MESSAGES)
    def run(self, stop: threading.Event) -> None:
        """Writes and sends messages until `stop`; a database or a mail server that is away is waited for."""
        while not stop.is_set():
            try:
                is_idle = not self.step(stop)
                note()
                if is_idle:
                    self._lanes.close()
                    self._bell.wait(self._rest_seconds(), stop)
            except MailServerAway as away:
                note()  # that it is away is recorded with each mail, and this service's own pages are well
                log.warning("mail server away", error=str(away))
                stop.wait(AWAY_SECONDS)
            except (Busy, LeaseLost, PyMongoError) as error:
                log.warning("mails can't be claimed or recorded", error=type(error).__name__)
                stop.wait(IDLE_SECONDS)
        self._bid_farewell(stop)

    def _rest_seconds(self) -> float:
        """How long nothing is due; a claim may have found nothing because of what is due in other hands."""
        due_in = min(seconds_until_due(self.database, each) for each in self._kinds)
        return min(max(due_in, IDLE_SECONDS), self.database.rest_seconds_max)

    def step(self, stop: threading.Event) -> bool:
        """Claim, write and send until nothing is due and nothing on its way; False when there was nothing at all.

        A mail that takes long holds up its own recipient and nobody else.
        """
        has_done = False
        while not stop.is_set():
            has_taken = self._take()
            if not has_taken and not self._queue and not self._lanes.flights:
                return has_done
            has_done = True
            self._hand_over(stop)
        self._bid_farewell(stop)
        return has_done

    def _take(self) -> bool:
        """Claim and write some messages, if mails could begin and too few are written; False when nothing was due."""
        if len(self._queue) >= self._lanes.width or not self._lanes.has_room:
            return False
        ours = {*self._lanes.messages, *(each.claim.id for each in self._queue)}
        turn = claim_in_turn(self.database, self._kinds, ours=ours)
        self._lanes.renew(turn.claims)  # the lease of a mail on its way had run out, and nobody else took it
        claims = [claim for claim in turn.claims if claim.id not in self._lanes.messages]
        claimed = {claim.id for claim in claims}
        self._queue = deque(each for each in self._queue if each.claim.id not in claimed)
        if not claims:
            return False
        prepared = self._prepare([claim for claim in claims if claim.id not in turn.held_back])
        held_back = [Prepared(claim=claim, is_held_back=True) for claim in claims if claim.id in turn.held_back]
        secret = self._wording.settings.secret_key
        held = self.database.run(record_prepared, prepared=[*prepared, *held_back], secret=secret)
        self._queue.extend(each for each in prepared if each.is_mail and each.claim.id in held)
        return True

    def _prepare(self, claims: Sequence[Claim[Message]]) -> list[Prepared]:
        known = Background.of(self.database, [claim.state for claim in claims])
        return [self._prepare_one(claim, known) for claim in claims]

    def _prepare_one(self, claim: Claim[Message], known: Background) -> Prepared:
        message = claim.state
        contact, conference = known.contacts.get(message.recipient), known.conferences.get(message.conference)
        association = known.association(message)
        if message.state is State.SENDING and not is_worth_a_copy(message):
            return Prepared(claim=claim, is_doubtful=True)
        if (rendering := known.rendering(message)) and not known.is_answered(message):
            return Prepared(
                claim=claim, channel="mail", words=rendering.words, contact=contact, association=association
            )
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
        return Prepared(claim=claim, channel=channel, words=words, contact=contact, association=association)

    def _write(
        self, message: Message, channel: str, contact: Contact, conference: Conference, known: Background
    ) -> Words:
        if channel == "letter" and not contact.postal_address:
            raise Unwritable("It has to go by letter, and we have no postal address of this person.")
        names, told = known.names(message), known.told_of(message)
        of_it = OfIt(contact=contact, conference=conference, association=known.association(message))
        try:
            if channel == "letter":
                written_on = self.database.clock.now()
                return self._wording.letter(message, **of_it, written_on=written_on, names=names, told=told)
            files = self._calendars.files(
                message,
                contact=contact,
                conference=conference,
                told=told,
                was_confirmed=known.was_confirmed(message),
                language=written_language(message.purpose, contact.language),
                association=known.association(message),
            )
            return self._wording.mail(message, **of_it, names=names, told=told, files=files)
        except (TemplateError, LookupError, TypeError, ValueError) as error:
            # An undefined name is the template's own; any other error may quote what a person typed.
            detail = f": {error}" if isinstance(error, UndefinedError) else ""
            raise Unwritable(
                f"Its words can't be made ({type(error).__name__}{detail}); whoever keeps them has to mend them."
            ) from error

    def _hand_over(self, stop: threading.Event) -> None:
        """One round: record what has ended, begin what may begin, and wait for the next end."""
        ended, trouble = self._lanes.landed()
        released = self._release(is_all=bool(trouble) or stop.is_set())
        following = self._next(self._lanes.ready_count)
        kept = [each.claim for each in self._lanes.flights if _seconds_left(each.claim) < RENEW_SECONDS]
        kept += [each.claim for each in following if _seconds_left(each.claim) < RENEW_SECONDS]
        held = self._record(ended, following, released=released, kept=kept, stop=stop)
        for each in following:
            if each.claim.id in held:
                self._lanes.begin(each)
        if trouble and (released or not ended):
            raise MailServerAway(trouble)
        self._lanes.widen(len(self._queue))
        self._lanes.wait(IDLE_SECONDS)
        note()

    def _next(self, count: int) -> list[Prepared]:
        """The next mails from the queue, none of them to a person to whom one is on its way or waits before it."""
        busy = {each.prepared.claim.state.recipient for each in self._lanes.flights}
        chosen: list[Prepared] = []
        for each in list(self._queue):
            if len(chosen) == count:
                break
            recipient = each.claim.state.recipient
            if recipient not in busy:
                chosen.append(each)
                self._queue.remove(each)
            busy.add(recipient)
        return chosen

    def _release(self, *, is_all: bool) -> list[Claim[Message]]:
        """Take out of the queue what there is no server or no time for, to be given back."""
        going = [each for each in self._queue if is_all or _seconds_left(each.claim) < LEASE_LEFT_SECONDS_MIN]
        for each in going:
            self._queue.remove(each)
        return [each.claim for each in going]

    def _bid_farewell(self, stop: threading.Event) -> None:
        """Give back what has not left, and wait a little for what has; after that nobody can know."""
        deadline = boot_seconds() + FAREWELL_SECONDS
        try:
            while self._lanes.flights or self._queue:
                if boot_seconds() > deadline:
                    self._lanes.break_off()
                self._hand_over(stop)
        except (MailServerAway, Busy, LeaseLost, PyMongoError) as error:
            log.warning("mails on their way when told to stop", error=type(error).__name__)
        self._lanes.close()

    def _send(self, mailer: Mailer, prepared: Prepared) -> Ended:
        message, contact, words = prepared.claim.state, prepared.contact, prepared.words
        assert contact is not None
        assert words is not None
        mail = Mail(
            message=message.id,
            purpose=message.purpose,
            subject_id=message.subject,
            to_name=contact.name,
            to_address=message.address or contact.email or "",
            words=words,
            from_name=prepared.association.sender_name or prepared.association.name,
            answer_to=prepared.association.sender_address,
        )
        point("mail.sending")
        try:
            prepared.claim.check()
            sent = mailer.send(mail)
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
        ended: Sequence[Ended],
        following: Sequence[Prepared],
        *,
        released: Sequence[Claim[Message]],
        kept: Sequence[Claim[Message]],
        stop: threading.Event,
    ) -> frozenset[str]:
        """Record until it is recorded: a mail that a database's absence makes us forget would be sent again."""
        if not (ended or following or released or kept):
            return frozenset()
        while True:
            renewed = [each.renewed() for each in kept]
            try:
                held = self.database.run(record_sent, ended=ended, following=following, released=released, kept=kept)
            except Busy:
                if stop.is_set():
                    raise
                log.warning("mails not recorded yet", messages=[each.claim.id for each in ended])
                continue
            if ended:
                point("mail.recorded")
            self._lanes.renew([each for each in renewed if each.id in held])
            return held


def _seconds_left(claim: Claim[Message]) -> float:
    return claim.lease_ends - boot_seconds()


def _act_alone(claim: Claim[Message]) -> None:
    raise AssertionError(f"{claim.id}: mails are claimed by `Sender`, so that one commit serves two of them")
