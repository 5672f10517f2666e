"""A story told one registration after the other: who each person is, what they bought and what they choose.

The order is that of the file. Nothing here asks the clock or chance: the same story is the same plan on any machine.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from deploy.acceptance.story.model import Choice, Group, Story, Tender
from deploy.acceptance.story.people import Payer, Person, drawn, guest_name, payer_of, registrant

# Of three who take the refund two say so at once; the third stays silent until the choice ends.
_REFUND_TAKERS = 3
_REFUND_TAKERS_WHO_ANSWER = 2


@dataclass(frozen=True)
class PlannedRegistration:
    """One registration of a story. `choice` is what becomes of the money, `chosen` whether whoever pays says so:
    some are silent, and where the fee takes everything nobody is asked. `order` is the index of the first registration
    on the same order; who `leaves` does so before the decision.
    """

    index: int
    group: int
    order: int
    tender: Tender
    price_minor: int
    guest_count: int
    guest_price_minor: int
    guest_name: str | None
    has_email: bool
    leaves: bool
    choice: Choice | None
    chosen: bool
    refund_fails: bool
    person: Person

    @property
    def charged_minor(self) -> int:
        """What this registration costs, the guest included."""
        return self.price_minor + self.guest_count * self.guest_price_minor


@dataclass(frozen=True)
class PlannedOrder:
    """One order of a story; of several, a payer of their own decides about the money of all."""

    registrations: tuple[PlannedRegistration, ...]
    payer: Payer | None

    @property
    def index(self) -> int:
        """The number of its first registration."""
        return self.registrations[0].index

    @property
    def tender(self) -> Tender:
        """How it is paid for, as one."""
        return self.registrations[0].tender

    @property
    def charged_minor(self) -> int:
        """What it costs."""
        return sum(each.charged_minor for each in self.registrations)

    @property
    def choice(self) -> Choice | None:
        """What becomes of the money of those who are there when it is decided: one thing for all."""
        return self.registrations[-1].choice

    @property
    def chosen(self) -> bool:
        """Whether somebody says so."""
        return self.registrations[-1].chosen

    @property
    def refund_fails(self) -> bool:
        """Whether its card is closed by the time the refund arrives."""
        return self.registrations[-1].refund_fails


def plan(story: Story) -> tuple[PlannedRegistration, ...]:
    """Everyone in the story, in the order of the file."""
    choosing = _Choosing(story)
    return tuple(_registrations(story, choosing=choosing))


def orders_of(registrations: Sequence[PlannedRegistration], story: Story) -> tuple[PlannedOrder, ...]:
    """The orders that these people are on."""
    return tuple(
        PlannedOrder(
            members,
            payer_of(members[0].person, index=order) if story.groups[members[0].group].is_of_several else None,
        )
        for order, together in groupby(registrations, key=lambda each: each.order)
        if (members := tuple(together))
    )


@dataclass(frozen=True)
class _Fate:
    """What becomes of the money of one order."""

    choice: Choice | None
    refund_fails: bool


def _registrations(story: Story, *, choosing: "_Choosing") -> Iterator[PlannedRegistration]:
    index = 0
    for group_index, group in enumerate(story.groups):
        for number in range(group.order_count):
            has_leaver = number < group.leave_before
            first_position = number * group.people_per_order
            fate = choosing.next(
                group, brings_guest=first_position >= group.count - group.guests, has_leaver=has_leaver
            )
            for place in range(group.people_per_order):
                yield _registration(
                    story,
                    group_index=group_index,
                    position=first_position + place,
                    index=index + place,
                    order=index,
                    leaves=has_leaver and place == 0,
                    fate=fate,
                )
            index += group.people_per_order


def _registration(
    story: Story, *, group_index: int, position: int, index: int, order: int, leaves: bool, fate: _Fate
) -> PlannedRegistration:
    group = story.groups[group_index]
    brings_guest = position >= group.count - group.guests
    guest_price_minor = group.guest_price_minor if brings_guest else 0
    is_money_left = group.price_minor + guest_price_minor > story.organiser_cancels_fee_minor
    has_email = position >= group.without_email
    choice = None if leaves else fate.choice
    person = registrant(story_key=story.key, index=index, has_email=has_email, colleague=order)
    return PlannedRegistration(
        index=index,
        group=group_index,
        order=order,
        tender=group.tender,
        price_minor=group.price_minor,
        guest_count=int(brings_guest),
        guest_price_minor=guest_price_minor,
        guest_name=guest_name(story_key=story.key, index=index, family_name=person.family_name)
        if brings_guest
        else None,
        has_email=has_email,
        leaves=leaves,
        choice=choice,
        chosen=is_money_left and _says_so(story, index=order, choice=choice),
        refund_fails=fate.refund_fails,
        person=person,
    )


def _says_so(story: Story, *, index: int, choice: Choice | None) -> bool:
    if choice is not Choice.REFUND:
        return choice is not None
    draw = drawn(_REFUND_TAKERS, story_key=story.key, kind="registrant", index=index, detail="says_so")
    return draw < _REFUND_TAKERS_WHO_ANSWER


class _Choosing:
    """Hands out a story's choices and failing cards to the first people they fit, and remembers what is left."""

    def __init__(self, story: Story) -> None:
        paid = [tender for tender in Tender if tender.is_paid_by_registrant]
        self._credit_left = {tender: story.credit.of(tender) for tender in paid}
        self._donate_left = {tender: story.donate.of(tender) for tender in paid}
        self._failing_left = story.cards_refusing_refund
        self._fee_minor = story.organiser_cancels_fee_minor

    def next(self, group: Group, *, brings_guest: bool, has_leaver: bool) -> _Fate:
        """What becomes of the money of the next order of a group."""
        choice = self._next_choice(group, brings_guest=brings_guest, has_leaver=has_leaver)
        is_whole = not brings_guest and not has_leaver
        return _Fate(choice, is_whole and self._next_refund_fails(group, choice=choice))

    def _next_choice(self, group: Group, *, brings_guest: bool, has_leaver: bool) -> Choice | None:
        """Who has paid nothing of their own has no choice."""
        if not group.tender.is_paid_by_registrant:
            return None
        size = group.people_per_order - has_leaver
        for choice, left in ((Choice.CREDIT, self._credit_left), (Choice.DONATE, self._donate_left)):
            if not brings_guest and left[group.tender]:
                left[group.tender] -= size
                return choice
        return Choice.REFUND

    def _next_refund_fails(self, group: Group, *, choice: Choice | None) -> bool:
        """Whether the next card is closed by the time the refund arrives."""
        takes_refund = group.tender is Tender.CARD and choice is Choice.REFUND
        is_money_left = group.price_minor > self._fee_minor
        if not takes_refund or not is_money_left or not self._failing_left:
            return False
        self._failing_left -= 1
        return True
