"""What a cancellation would do to registrations, counted one by one: pure."""

from dataclasses import dataclass, field

from services.registration.registering.domain.options import OptionState
from services.registration.registering.domain.registrations import Registration
from shared.contracts.consequences import Consequence
from shared.findings import Findings, Inquiry, Member, Tally


@dataclass(slots=True)
class Counting:
    """Registrations as they are counted: by how they pay, how far they are, and whom an order of several is for."""

    tally: Tally = field(default_factory=Tally)
    members: dict[str, Member] = field(default_factory=dict)
    orders_of_several: set[str] = field(default_factory=set)
    payers_of_several: set[str] = field(default_factory=set)

    def add(self, registration: Registration) -> None:
        """One more that would end."""
        total_minor = registration.total_minor
        self.members[registration.id] = Member(facts=facts_of(registration), amount_minor=total_minor)
        self.tally.add("registration", registration.tender.value, amount_minor=total_minor)
        self.tally.add("state", registration.life.value)
        if registration.guests:
            self.tally.add("guest", registration.tender.value, count=len(registration.guests))
        if registration.is_of_several:
            self.orders_of_several.add(registration.order)
            self.payers_of_several.add(registration.payer)
            self.tally.add("attendee_of_several")
        standing = [each for each in registration.options if each.is_standing]
        if standing:
            self.tally.add("option", count=len(standing), amount_minor=sum(each.amount_minor for each in standing))
        if any(each.state is OptionState.CANCELLED_BY_ORGANISER for each in standing):
            self.tally.note("option_choice_open", registration.id)

    def findings(self, inquiry: Inquiry, *, currency: str) -> Findings:
        """All of it together."""
        several = (
            Consequence(what="order_of_several", count=len(self.orders_of_several)),
            Consequence(what="payer_of_several", count=len(self.payers_of_several)),
        )
        return Findings(
            registrations=list(self.members),
            members=self.members,
            lines=(*self.tally.lines, *(each for each in several if each.count)),
            anomalies=self.tally.anomalies,
            currency=currency,
            terms=f"choose by {inquiry.choose_by}",
        )


def facts_of(registration: Registration) -> str:
    """What of a registration a decision is about: neither what has been paid of it, which payments answers for, nor a
    choice that its registrant has made."""
    return "|".join(
        (
            registration.order,
            registration.payer or registration.person,
            registration.tender.value,
            str(registration.total_minor),
            str(len(registration.guests)),
            str(registration.terms.organiser_cancels_fee_minor),
        )
    )
