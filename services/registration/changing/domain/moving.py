"""What a registrant is asked when their conference is moved: whether they stay with it, or would rather have the money.

    open --chosen, as often as they like--> open --last day over--> final: wait, or refund and so left
      +--another decision, or left otherwise--> void

Nothing moves before it is final. What was chosen is the payer's: on an order of several it is said for all of them at
once. What leaving means for the money is worked out by payments.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.registration.changing.domain.runs import Run
from services.registration.registering.domain.endings import BY_DEADLINE, BY_REGISTRANT
from services.registration.registering.domain.registrations import Asked, MoveOffer, Registration
from shared.change import Change
from shared.contracts.payments import MoveWorkedOut
from shared.contracts.registration import MoveChosen, RegistrationPostponed
from shared.problem import Invalid, Refusal
from shared.sentences import Listed, marked

WAIT, REFUND = "wait", "refund"
CHOICES = (WAIT, REFUND)
MOVED = "moved"


class NothingAsked(Refusal):
    """Nobody was asked anything about this registration, or it has ended."""

    title = marked("There is nothing to choose")


class MoveChoiceUnknown(Invalid):
    """This was not among the choices offered."""

    title = marked("This choice is not offered")


class MoveChoiceTooLate(Refusal):
    """The last day for choosing is over."""

    title = marked("The time for choosing is over")


def offer(registration: Registration, *, run: Run, default_choice: str) -> Change[Registration]:
    """The conference is postponed: its payer is asked, and whatever an earlier decision had asked is void."""
    assert run.until is not None
    asked = MoveOffer(run=run.id, choose_until=run.until, default_choice=default_choice)
    before = void(registration)
    said = RegistrationPostponed(
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        order=registration.order,
        run=run.id,
        choose_until=run.until,
        default_choice=default_choice,
        payer=registration.payer,
    )
    return Change(replace(before, moves=(*before.moves, asked), choosing=run.id), (said,))


def void(registration: Registration) -> Registration:
    """What is open is no more: another decision has come, or they have left otherwise."""
    moves = tuple(replace(each, state=Asked.VOID) if each.state is Asked.OPEN else each for each in registration.moves)
    return replace(registration, moves=moves, choosing="")


def work_out(registration: Registration, event: MoveWorkedOut) -> Change[Registration] | None:
    """The sums have arrived; None when they were known."""
    moves = tuple(_with_sums(each, event) if each.run == event.run else each for each in registration.moves)
    return Change(replace(registration, moves=moves)) if moves != registration.moves else None


def open_offer(registration: Registration) -> MoveOffer | None:
    """What the payer may still choose about."""
    is_open = registration.is_live and registration.choosing
    return next((each for each in registration.moves if each.state is Asked.OPEN), None) if is_open else None


def choose(registrations: Sequence[Registration], *, choice: str, now: datetime) -> list[Change[Registration]]:
    """The payer says it for all of these, who are on one order; who has left or was said the same of stays as they are.

    The word is said once, with the first of them that it changes.
    """
    asked = [(each, found) for each in registrations if (found := open_offer(each)) is not None]
    if not asked:
        raise _too_late(registrations)
    if choice not in CHOICES:
        raise MoveChoiceUnknown.saying(
            "'%(choice)s' is not offered here. Nothing was changed; please choose one of these: %(offered)s.",
            choice=choice,
            offered=Listed(CHOICES),
        )
    if any(now >= found.choose_until for _, found in asked):
        raise MoveChoiceTooLate(_TOO_LATE)
    changes: list[Change[Registration]] = []
    for each, found in asked:
        if found.choice == choice:
            continue
        chosen = replace(found, choice=choice, revision=found.revision + 1)
        after = replace(each, moves=tuple(chosen if one is found else one for one in each.moves))
        said = MoveChosen(
            registration=each.id,
            conference=each.conference,
            person=each.payer or each.person,
            order=each.order,
            run=found.run,
            choice=choice,
            revision=chosen.revision,
            registrations=tuple(one.id for one, _ in asked) if each.is_of_several else (),
        )
        changes.append(Change(after, () if changes else (said,)))
    return changes


def fix(registration: Registration, *, run: Run) -> Registration:
    """The last day is over: what the payer said last is final; silence is what was offered so."""
    return replace(
        registration,
        moves=tuple(
            _final(each) if each.run == run.id and each.state is Asked.OPEN else each for each in registration.moves
        ),
        choosing="",
    )


def final_choice(registration: Registration, *, run: str) -> str:
    """What holds after this decision; empty while it is open, or was void."""
    return next((each.choice for each in registration.moves if each.run == run and each.state is Asked.FINAL), "")


def _final(asked: MoveOffer) -> MoveOffer:
    by = BY_REGISTRANT if asked.choice else BY_DEADLINE
    return replace(asked, state=Asked.FINAL, choice=asked.choice or asked.default_choice, by=by)


def _with_sums(asked: MoveOffer, event: MoveWorkedOut) -> MoveOffer:
    return replace(
        asked,
        back_minor=event.back_minor,
        credited_minor=event.credited_minor,
        written_off_minor=event.written_off_minor,
        released_minor=event.released_minor,
    )


_TOO_LATE = marked("The last day for choosing is over. Nothing was changed; your page shows what was chosen.")


def _too_late(registrations: Sequence[Registration]) -> Refusal:
    if any(each.state is Asked.FINAL for one in registrations for each in one.moves[-1:]):
        return MoveChoiceTooLate(_TOO_LATE)
    return NothingAsked(
        marked(
            "There is nothing to choose about this registration now. Nothing was changed; your page shows how it is."
        )
    )
