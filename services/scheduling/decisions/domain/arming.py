"""What an armed decision waits for before its time to undo begins: that all who have a part in it confirm it.

    gates closed --> looked at anew, by all --as it was approved--> its time to undo
                              |                                          ^
                              +--drift--> the difference is approved ----+
    nobody answers in time, or nobody approves the difference: it is undone, and says why

Owns what counts as a difference. Money isn't one: what arrives is recorded as always, and registration keeps its word
until the decision ends. So payments has to know of exactly the same registrations, and its sums are shown.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from services.scheduling.decisions.domain.decision import Basis, Decision
from services.scheduling.decisions.domain.refusals import DecisionNotPreviewed, PreviewIncomplete, PreviewOvertaken
from services.scheduling.previews.domain.preview import (
    KNOW_REGISTRATIONS,
    NOTIFICATIONS,
    PAYMENTS,
    REGISTRATION,
    SCHEDULING,
    SERVICES,
    Preview,
)
from services.scheduling.previews.domain.wording import drift_in_words

ANSWER_WITHIN = timedelta(minutes=10)
APPROVE_WITHIN = timedelta(minutes=30)
BINDING = (REGISTRATION, NOTIFICATIONS, SCHEDULING)
NAMES = {
    REGISTRATION: "registration",
    PAYMENTS: "finance",
    NOTIFICATIONS: "messages",
    SCHEDULING: "the programme",
}
NOT_KEPT = "what was approved can’t be compared any more, so all of it has to be read again"


def basis_of(preview: Preview | None, *, revision: int, undone: str) -> Basis:
    """What somebody agrees to who has read this preview; refused if it is of another revision, or not all answered."""
    if preview is None or preview.revision != revision:
        raise DecisionNotPreviewed
    if preview.missing:
        raise PreviewIncomplete(missing=services_in_words(preview.missing), undone=undone)
    return Basis(preview=preview.id, digests={service: each.digest for service, each in preview.answers.items()})


def must_be_current(decision: Decision, newest: Preview | None) -> None:
    """Nobody approves what was proposed if another preview since then says otherwise."""
    if newest is None or (decision.basis and newest.id == decision.basis.preview):
        return
    basis_of(newest, revision=decision.revision, undone="Nothing was approved.")
    changes = differences(decision.basis, newest, services=SERVICES)
    if changes:
        raise PreviewOvertaken(changes="; ".join(changes))


def differences(basis: Basis | None, found: Preview, *, services: Iterable[str] = BINDING) -> tuple[str, ...]:
    """In words, how a preview that all have answered differs from what was approved; empty where it is the same."""
    digests = basis.digests if basis else {}
    differing = [each for each in services if digests.get(each) != found.answers[each].digest]
    if not differing:
        return ()
    if basis is None or found.compared_with != basis.preview:
        return (NOT_KEPT,)
    drifts = [(each, found.answers[each].drift) for each in differing]
    said = [drift_in_words(service, drift, currency=found.currency) for service, drift in drifts]
    return tuple(dict.fromkeys(each or NOT_KEPT for each in said))


def drifted(decision: Decision, *, changes: tuple[str, ...], now: datetime) -> Decision:
    """It isn't as it was approved: the gates stay closed, and somebody has to approve what has changed."""
    return replace(decision, drift=changes, drifted_at=now)


def waits_until(decision: Decision) -> datetime | None:
    """Until when an armed decision waits to be confirmed, or for somebody to approve what has changed."""
    if not decision.is_waiting or decision.armed_at is None:
        return None
    return decision.drifted_at + APPROVE_WITHIN if decision.drifted_at else decision.armed_at + ANSWER_WITHIN


def why_over(decision: Decision, checked: Preview | None, *, now: datetime) -> str:
    """Why it is waited for no longer, and it is undone; empty while there is time."""
    until = waits_until(decision)
    if until is None or now < until:
        return ""
    if decision.has_drifted:
        return f"Something had changed since it was approved ({'; '.join(decision.drift)}), and nobody approved that."
    silent: tuple[str, ...] = (REGISTRATION,)
    if checked is not None:
        silent = checked.missing or behind(checked)
    return f"It was not confirmed within 10 minutes: {services_in_words(silent)} did not answer."


def behind(preview: Preview) -> tuple[str, ...]:
    """The services that know of other registrations than registration does."""
    true = preview.answers[REGISTRATION].population
    return tuple(each for each in KNOW_REGISTRATIONS if preview.answers[each].population != true)


def services_in_words(services: tuple[str, ...]) -> str:
    """`registration`, `finance and messages`, `registration, finance and messages`."""
    names = [NAMES[each] for each in services]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
