"""One registration ends while its conference goes on, by the committee's hand or because the conference is moved and
its payer would rather have the money: what that is, and what it will mean.

    live --left--> left

It is final: who comes back registers again. Owns what the desk is shown before it decides; what it means for the money
is worked out by payments, which alone knows every payment.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from services.registration.changing.domain.moving import void
from services.registration.payers.domain import Order
from services.registration.registering.domain.options import OptionState
from services.registration.registering.domain.registrations import Leaving, Life, Registration
from shared.change import Change
from shared.contracts.registration import RegistrationLeft
from shared.problem import Refusal


class RegistrationOver(Refusal):
    """The registration has ended before, in this way or with its conference."""

    title = "This registration has ended"


class EndsWithConference(Refusal):
    """The conference is cancelled, which ends all of its registrations in one way."""

    title = "The conference is cancelled"


class EndsByChoice(Refusal):
    """The conference is postponed, and the payer may still choose."""

    title = "The payer may still choose"
    sentence = (
        "%(named)s is postponed, and until the last day for choosing a registration ends by its payer's choice, with "
        "all of the money and no fee. Nothing was changed; please point the payer to their own page."
    )


class ReasonMissing(Refusal):
    """Whoever ends a registration says why."""

    status: ClassVar[int] = 422
    title = "Please say why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What it will mean for the money if somebody leaves now, as far as is known here; in minor units."""

    price_minor: int
    kept_minor: int = 0
    back_minor: int = 0
    written_off_minor: int = 0
    released_minor: int = 0


def leave(
    registration: Registration,
    *,
    reason: str,
    by: str,
    account: str = "",
    cause: str = "",
    run: str = "",
    now: datetime,
) -> Change[Registration]:
    """The registration ends, as `by` decided, who has that account; its options end with it, an open choice is void.

    `cause` and `run` are of the decision about which the payer has chosen.
    """
    must_be_live(registration)
    if not reason.strip():
        raise ReasonMissing("Nothing was ended: please say why this registration ends. Only the desk reads it.")
    ended = replace(
        void(registration),
        life=Life.LEFT,
        left=Leaving(at=now, by=by, reason=reason.strip(), run=run),
        options=tuple(
            replace(each, state=OptionState.ENDED) if each.is_standing else each for each in registration.options
        ),
    )
    said = RegistrationLeft(
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        order=registration.order,
        terms=registration.terms,
        tender=registration.tender.value,
        total_minor=registration.total_minor,
        guest_count=len(registration.guests),
        is_delegate=registration.life is not Life.SUBMITTED,
        payer=registration.payer,
        by=account,
        cause=cause,
        run=run,
    )
    return Change(ended, (said,))


def must_be_live(registration: Registration) -> None:
    """Nobody leaves twice; raises `RegistrationOver`."""
    if registration.left is not None:
        left = registration.left
        raise RegistrationOver(
            f"This registration has ended before: {left.by} ended it on {left.at:%d %B %Y}. Nothing was changed."
        )
    if not registration.is_live:
        raise RegistrationOver("This registration has ended with its conference. Nothing was changed.")


def foresee(registration: Registration, *, order: Order | None, others: Iterable[Registration] = ()) -> Foreseen:
    """What leaving will mean, by the terms it was sold at; `others` are those on the same order.

    What is still owed on the order is written off first. Then the payer's own money is kept and goes back, and last a
    grant's is released.
    """
    price_minor = registration.total_minor
    if registration.is_of_several:
        standing_minor = price_minor + sum(each.total_minor for each in others if each.is_live)
        is_known = order is not None and order.owed_minor is not None
        owed_minor = order.owed_minor if order is not None and is_known else standing_minor
        granted_minor = order.granted_minor if order is not None else 0
    else:
        standing_minor, owed_minor = price_minor, price_minor - registration.paid_minor
        granted_minor = registration.granted_minor
    assert owed_minor is not None
    written_off_minor = min(price_minor, max(owed_minor, 0))
    own_minor = min(price_minor - written_off_minor, max(standing_minor - owed_minor - granted_minor, 0))
    kept_minor = min(registration.terms.leave_fee_minor, own_minor)
    return Foreseen(
        price_minor=price_minor,
        kept_minor=kept_minor,
        back_minor=own_minor - kept_minor,
        written_off_minor=written_off_minor,
        released_minor=price_minor - written_off_minor - own_minor,
    )
