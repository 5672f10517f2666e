"""A story told one registration after the other: who each person is, what they bought and what they choose.

The order is that of the file. Nothing here asks the clock or chance: the same story is the same plan on any machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from deploy.acceptance.story.model import Choice, Group, Story, Tender
from deploy.acceptance.story.people import Person, drawn, guest_name, registrant

# Of three who take the refund two say so at once; the third stays silent until the choice ends.
_REFUND_TAKERS = 3
_REFUND_TAKERS_WHO_ANSWER = 2


@dataclass(frozen=True)
class PlannedRegistration:
    """One registration of a story. `choice` is what becomes of the money, `chosen` whether the person says so:
    some are silent, and where the fee takes everything nobody is asked.
    """

    index: int
    group: int
    tender: Tender
    price_minor: int
    guest_count: int
    guest_price_minor: int
    guest_name: str | None
    has_email: bool
    choice: Choice | None
    chosen: bool
    refund_fails: bool
    person: Person

    @property
    def charged_minor(self) -> int:
        """What this registration costs, the guest included."""
        return self.price_minor + self.guest_count * self.guest_price_minor


def plan(story: Story) -> tuple[PlannedRegistration, ...]:
    """Everyone in the story, in the order of the file."""
    choosing = _Choosing(story)
    return tuple(
        _registration(story, index=index, group_index=group_index, position=position, choosing=choosing)
        for index, (group_index, position) in enumerate(_positions(story))
    )


def _positions(story: Story) -> Iterator[tuple[int, int]]:
    for group_index, group in enumerate(story.groups):
        for position in range(group.count):
            yield group_index, position


def _registration(
    story: Story, *, index: int, group_index: int, position: int, choosing: "_Choosing"
) -> PlannedRegistration:
    group = story.groups[group_index]
    brings_guest = position >= group.without_guest_count
    guest_price_minor = group.guest_price_minor if brings_guest else 0
    is_money_left = group.price_minor + guest_price_minor > story.organiser_cancels_fee_minor
    has_email = position >= group.without_email
    choice = choosing.next_choice(group, brings_guest=brings_guest)
    person = registrant(story_key=story.key, index=index, has_email=has_email)
    return PlannedRegistration(
        index=index,
        group=group_index,
        tender=group.tender,
        price_minor=group.price_minor,
        guest_count=int(brings_guest),
        guest_price_minor=guest_price_minor,
        guest_name=guest_name(story_key=story.key, index=index, family_name=person.family_name)
        if brings_guest
        else None,
        has_email=has_email,
        choice=choice,
        chosen=is_money_left and _says_so(story, index=index, choice=choice),
        refund_fails=choosing.next_refund_fails(group, choice=choice, brings_guest=brings_guest),
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

    def next_choice(self, group: Group, *, brings_guest: bool) -> Choice | None:
        """What the next person of a group chooses; who has paid nothing of their own has no choice."""
        if not group.tender.is_paid_by_registrant:
            return None
        for choice, left in ((Choice.CREDIT, self._credit_left), (Choice.DONATE, self._donate_left)):
            if not brings_guest and left[group.tender]:
                left[group.tender] -= 1
                return choice
        return Choice.REFUND

    def next_refund_fails(self, group: Group, *, choice: Choice | None, brings_guest: bool) -> bool:
        """Whether the next person's card is closed by the time the refund arrives."""
        takes_refund = group.tender is Tender.CARD and choice is Choice.REFUND and not brings_guest
        is_money_left = group.price_minor > self._fee_minor
        if not takes_refund or not is_money_left or not self._failing_left:
            return False
        self._failing_left -= 1
        return True
