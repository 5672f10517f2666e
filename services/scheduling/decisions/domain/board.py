"""The live board of one decision in words and figures: what has come back, what is still missing, what to do.

Owns the words that the page shows and the figures that the API answers. Leaves the judging to `disruption`.
"""

from dataclasses import dataclass
from typing import Any

from services.scheduling.decisions.domain.disruption import Disruption, State
from shared.money import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that must become complete, and how far it is."""

    title: str
    done_count: int
    whole_count: int
    is_done: bool
    words: str

    @property
    def mark(self) -> str:
        """How the list marks it: `done`, `now`, or not begun."""
        return "done" if self.is_done else "now" if self.done_count else ""


def headline(record: Disruption) -> str:
    """Where the decision stands, in one sentence."""
    match record.state:
        case State.SETTLED:
            return "Everything is settled. Nothing is missing."
        case State.SETTLING:
            if record.is_postponement:
                return "Everybody is asked whether they wait. Messages, choices and money are under way."
            return "All registrations have ended. Messages and money are under way."
        case State.RUNNING:
            return "Everybody is being asked." if record.is_postponement else "The registrations are being ended."


def steps(record: Disruption) -> list[Step]:
    """What must become complete, in the order in which it does."""
    if record.is_postponement:
        return [_asked(record), _told(record), _left(record), _refunded(record)]
    return [_ended(record), _worked_out(record), _told(record), _settled(record), _refunded(record)]


def _asked(record: Disruption) -> Step:
    whole, done = record.registration_count, record.closed_count or 0
    return Step(
        title="Payers asked",
        done_count=done,
        whole_count=whole,
        is_done=record.is_closed,
        words=f"{_of(done, whole)} registrations stand, and their payers are asked. Nobody can register at the moment.",
    )


def _left(record: Disruption) -> Step:
    if record.left_count is None:
        words = "Who leaves is final when the last day for choosing is over; who says nothing waits."
    elif record.left_count == 0:
        words = "Nobody has left."
    else:
        words = f"{record.left_count:,} have left, with all of their money. The others wait."
    if record.reopened_because:
        words += f" It was settled before and is open again: {record.reopened_because}."
    elif record.outcome is not None and record.left_count is not None and not record.is_money_settled:
        words += " Payments has settled other registrations than the ones that left; finance must look into it."
    whole = record.left_count or 0
    return Step(
        title="Choices final and settled",
        done_count=record.money.settled_count,
        whole_count=whole,
        is_done=record.is_money_settled,
        words=words,
    )


def _ended(record: Disruption) -> Step:
    whole = record.registration_count
    done = record.ended_count if record.closed_count is None else record.closed_count
    return Step(
        title="Registrations ended",
        done_count=done,
        whole_count=whole,
        is_done=record.is_closed,
        words=f"{_of(done, whole)} registrations have ended. Nobody can register any more.",
    )


def _worked_out(record: Disruption) -> Step:
    whole = record.registration_count
    done = record.money.worked_out_count
    return Step(
        title="Settlements worked out",
        done_count=done,
        whole_count=whole,
        is_done=record.is_closed and done >= whole,
        words=f"{_of(done, whole)} are worked out: what goes back, what is void, what returns to its fund.",
    )


def _told(record: Disruption) -> Step:
    whole, told = record.registration_count, record.told_count
    by_letter = f", {record.letter_count:,} of them by letter" if record.letter_count else ""
    words = [f"{_of(told, whole)} registrants have their message{by_letter}."]
    if record.bounced_count:
        words.append(f"{record.bounced_count:,} could not be delivered; the Messages desk has the list.")
    if record.is_closed and not record.is_everyone_told and told >= whole:
        words.append("Their list is being compared with the list of ended registrations.")
    return Step(
        title="Everyone told",
        done_count=told,
        whole_count=whole,
        is_done=record.is_everyone_told,
        words=" ".join(words),
    )


def _settled(record: Disruption) -> Step:
    whole = record.registration_count
    done = record.money.settled_count
    words = [f"{_of(done, whole)} registrations have nothing left to do."]
    if record.money.choice_open_minor:
        words.append(f"{in_words(record.money.choice_open_minor, record.currency)} waits for registrants' choices.")
    if record.reopened_because:
        words.append(f"It was settled before and is open again: {record.reopened_because}.")
    elif record.outcome is not None and record.is_closed and not record.is_money_settled:
        words.append("Payments has settled other registrations than the ones that ended; finance must look into it.")
    return Step(
        title="Choices made and settled",
        done_count=done,
        whole_count=whole,
        is_done=record.is_money_settled,
        words=" ".join(words),
    )


def _refunded(record: Disruption) -> Step:
    done, whole = record.money.refund_settled_count, record.refund_count
    is_done = record.is_money_settled
    if not whole and not is_done:
        words = "No refund is due yet; the first ones begin when people choose."
    elif record.money.refund_open_count:
        words = f"{_of(done, whole)} refunds have arrived, {record.money.refund_open_count:,} are open."
    else:
        words = f"{_of(done, whole)} refunds have arrived." if whole else "There was nothing to refund."
    return Step(title="Refunds", done_count=done, whole_count=whole, is_done=is_done, words=words)


def _of(done: int, whole: int) -> str:
    if whole > 1 and done >= whole:
        return f"All {whole:,}"
    return f"{done:,} of {whole:,}"


def figures(record: Disruption) -> dict[str, Any]:
    """The board as the API answers it; a missing count is unknown until registration has closed the run."""
    outcome = record.outcome
    return {
        "run": record.id,
        "conference": record.conference,
        "state": record.state.value,
        "decided_at": record.decided_at.isoformat(),
        "choose_until": record.decided.choose_until.isoformat(),
        "currency": record.currency,
        "ended_count": record.ended_count,
        "closed_count": record.closed_count,
        "left_count": record.left_count,
        "told_count": record.told_count,
        "letter_count": record.letter_count,
        "bounced_count": record.bounced_count,
        "worked_out_count": record.money.worked_out_count,
        "settled_count": record.money.settled_count,
        "refund_open_count": record.money.refund_open_count,
        "refund_settled_count": record.money.refund_settled_count,
        "refunds_payable_minor": record.money.refunds_payable_minor,
        "balance_short_minor": record.money.balance_short_minor,
        "choice_open_minor": record.money.choice_open_minor,
        "is_everyone_told": record.is_everyone_told,
        "is_money_settled": record.is_money_settled,
        "missing": _missing(record),
        "outcome": None
        if outcome is None
        else {
            "revision": outcome.revision,
            "refunded_minor": outcome.refunded_minor,
            "credited_minor": outcome.credited_minor,
            "donated_minor": outcome.donated_minor,
            "kept_minor": outcome.kept_minor,
            "voided_minor": outcome.voided_minor,
            "released_minor": outcome.released_minor,
        },
    }


def _missing(record: Disruption) -> dict[str, int] | None:
    if record.closed_count is None:
        return None
    if record.is_postponement:
        left = record.left_count or 0
        return {
            "told": max(record.closed_count - record.told_count, 0),
            "worked_out": max(left - record.money.worked_out_count, 0),
            "settled": max(left - record.money.settled_count, 0),
        }
    return {
        "told": max(record.closed_count - record.told_count, 0),
        "worked_out": max(record.closed_count - record.money.worked_out_count, 0),
        "settled": max(record.closed_count - record.money.settled_count, 0),
    }
