"""A preview: asked of all services about one decision, answered by each for its own part, and approved as a whole.

Owns how far it is, and the one digest of all answers. Leaves what is counted to each service.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.scheduling.conferences.domain.conference import Conference, ConferenceIsCancelled, ConferenceIsDraft
from shared.change import Change
from shared.clock import end_of_day
from shared.contracts.consequences import Anomaly, Consequence, Drift
from shared.contracts.notifications import MessagesPreviewed
from shared.contracts.payments import MoneyPreviewed
from shared.contracts.registration import RegistrationsPreviewed
from shared.contracts.scheduling import PreviewAsked
from shared.ids import digest_of
from shared.problem import NotFound

SCHEDULING, REGISTRATION, PAYMENTS, NOTIFICATIONS = "scheduling", "registration", "payments", "notifications"
SERVICES = (REGISTRATION, PAYMENTS, NOTIFICATIONS, SCHEDULING)
KNOW_REGISTRATIONS = (REGISTRATION, PAYMENTS, NOTIFICATIONS)
LATE_AFTER = timedelta(seconds=60)  # far beyond what the largest congress takes

Told = RegistrationsPreviewed | MoneyPreviewed | MessagesPreviewed


class Kind(StrEnum):
    """What kind of decision is previewed."""

    CANCEL = "cancel"


class PreviewUnknown(NotFound):
    """There is no such preview."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one service said a decision would do to its own part."""

    count: int  # registrations that it concerns, as that service knows them
    population: str
    lines: tuple[Consequence, ...]
    anomalies: tuple[Anomaly, ...]
    digest: str
    drift: Drift


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What somebody wanted to know of a decision, and what was answered so far."""

    id: str
    conference: str
    decision: str
    revision: int  # of the decision
    kind: Kind
    currency: str
    zone: str
    asked_at: datetime  # on the host's clock, as how long it takes is
    as_of: datetime  # business time
    asked_by: str = ""  # the id of who wanted to know
    choose_by: date | None = None
    reason: str = ""
    decision_text: str = ""
    compared_with: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)  # by service

    @property
    def missing(self) -> tuple[str, ...]:
        """The services that have not answered."""
        return tuple(each for each in SERVICES if each not in self.answers)

    @property
    def is_complete(self) -> bool:
        """Whether all have answered."""
        return not self.missing

    def is_late(self, now: datetime) -> bool:
        """Whether somebody should look why an answer doesn't come; `now` is the host's."""
        return not self.is_complete and now - self.asked_at > LATE_AFTER

    @property
    def digest(self) -> str:
        """What somebody approves who approves all of it; empty while an answer is missing."""
        if not self.is_complete:
            return ""
        return digest_of(f"{service} {answer.digest}" for service, answer in self.answers.items())

    @property
    def is_of_one_moment(self) -> bool:
        """Whether all services knew of exactly the same registrations; else some event was still on its way."""
        told = [self.answers[each].population for each in KNOW_REGISTRATIONS if each in self.answers]
        return len(set(told)) <= 1

    def lines(self, service: str, what: str) -> tuple[Consequence, ...]:
        """What a service said of this, by whatever it tells apart."""
        answer = self.answers.get(service)
        return tuple(each for each in answer.lines if each.what == what) if answer else ()

    def count(self, service: str, what: str, by: str | None = None) -> int:
        """So many of this."""
        return sum(each.count for each in self.lines(service, what) if by in (None, each.by))

    def amount_minor(self, service: str, what: str, by: str | None = None) -> int:
        """So much money of this."""
        return sum(each.amount_minor for each in self.lines(service, what) if by in (None, each.by))


def ask(
    conference: Conference,
    *,
    preview: str,
    decision: str,
    revision: int,
    kind: Kind,
    choose_by: date | None,
    reason: str,
    decision_text: str,
    compared_with: str,
    asked_by: str,
    now: datetime,
    host_now: datetime,
) -> tuple[Preview, Change[Conference]]:
    """Somebody wants to know what a decision would do. Refused where there is nothing to decide about."""
    if not conference.is_public:
        raise ConferenceIsDraft("Nobody knows of this conference yet, so there is nothing to preview.")
    if conference.is_cancelled:
        raise ConferenceIsCancelled(
            f"{conference.title} is cancelled already. Nothing was previewed; the board shows how far it is."
        )
    asked = Preview(
        id=preview,
        conference=conference.id,
        decision=decision,
        revision=revision,
        kind=kind,
        currency=conference.currency,
        zone=conference.zone,
        asked_at=host_now,
        as_of=now,
        asked_by=asked_by,
        choose_by=choose_by,
        reason=reason,
        decision_text=decision_text,
        compared_with=compared_with,
    )
    said = PreviewAsked(
        preview=preview,
        conference=conference.id,
        decision=decision,
        revision=revision,
        kind=kind.value,
        choose_by=choose_by,
        choose_until=end_of_day(choose_by, conference.zone) if choose_by else None,
        reason=reason,
        decision_text=decision_text,
        compared_with=compared_with,
    )
    return asked, Change(conference, (said,))


def is_same_question(before: Preview, asked: Preview) -> bool:
    """Whether this was asked a moment ago and is being answered: who presses twice gets the one answer."""
    is_under_way = not before.is_complete and not before.is_late(asked.asked_at)
    return is_under_way and (before.revision, before.kind, before.choose_by, before.reason, before.decision_text) == (
        asked.revision,
        asked.kind,
        asked.choose_by,
        asked.reason,
        asked.decision_text,
    )


def heard(preview: Preview, service: str, answer: Answer) -> Preview | None:
    """A service has answered; None when it had before."""
    if service in preview.answers:
        return None
    return replace(preview, answers={**preview.answers, service: answer})


def answer_of(said: Told) -> Answer:
    """What a service said."""
    return Answer(
        count=said.count,
        population=said.population,
        lines=said.lines,
        anomalies=said.anomalies,
        digest=said.digest,
        drift=said.drift,
    )


def newest_first(previews: Sequence[Preview]) -> list[Preview]:
    """Previews of one decision, the newest first: their ids are sortable by time."""
    return sorted(previews, key=lambda each: each.id, reverse=True)
