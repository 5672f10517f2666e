"""What the figures of a story must be to each other: nobody counted twice, no fee above a price, no amount rounded."""

from datetime import timedelta

from deploy.acceptance.charges import step_minor, why_not_charged
from deploy.acceptance.story.model import Group, Story, Tender, refuse
from deploy.acceptance.story.orders import left_after, refuse_orders
from deploy.acceptance.story.places import Places

REGISTRATIONS_MAX = 1_000_000
CHOICE_DAYS_MAX = 180  # scheduling lets nobody wait longer for a choice
AMOUNT_MAX_MINOR = 10**12  # registration prices nothing higher
CATEGORY_COUNT_MAX = 50  # nor with more categories in a fee table
CHARGED_MAX_MINOR = 2**53 - 1  # the largest whole number that every reader of JSON keeps exactly


def refuse_impossible(story: Story, *, places: Places) -> None:
    """Raise `StoryRefused` at the first place where the story can't be."""
    _refuse_dates(story, places=places)
    _refuse_groups(story, places=places)
    refuse_orders(story, places=places)
    _refuse_amounts(story, places=places)
    _refuse_sizes(story, places=places)
    _refuse_categories(story, places=places)
    _refuse_choices(story, places=places)
    _refuse_failing_cards(story, places=places)
    _refuse_fee(story, places=places)
    _refuse_rounding(story, places=places)
    _refuse_charges(story, places=places)


def _refuse_dates(story: Story, *, places: Places) -> None:
    if story.ends < story.starts:
        refuse(
            places.of("conference", "ends"),
            f"the conference ends on {story.ends}, before it starts on {story.starts}.",
            "Use the day it starts, or a later one.",
        )
    if story.cancelled_on > story.ends:
        refuse(
            places.of("conference", "cancelled_on"),
            f"the conference is over on {story.ends} and can't be cancelled on {story.cancelled_on}.",
            "Use an earlier day.",
        )
    if story.choose_by < story.cancelled_on:
        refuse(
            places.of("conference", "choose_by"),
            f"the choices end on {story.choose_by}, before the cancellation on {story.cancelled_on}.",
            "Use the day of the cancellation, or a later one.",
        )
    last = story.cancelled_on + timedelta(days=CHOICE_DAYS_MAX)
    if story.choose_by > last:
        refuse(
            places.of("conference", "choose_by"),
            f"the choices end on {story.choose_by}, more than {CHOICE_DAYS_MAX} days after the cancellation.",
            f"Use {last} or an earlier day.",
        )


def _refuse_groups(story: Story, *, places: Places) -> None:
    for number, group in enumerate(story.groups, start=1):
        for key, people, count in (
            ("guests", "guests", group.guests),
            ("without_email", "letters", group.without_email),
        ):
            if count > group.count:
                refuse(
                    places.of("registrations", key, number=number),
                    f"there are {count} {people} and only {group.count} registrations in this group.",
                    f"Use {group.count} at most.",
                )


def _refuse_amounts(story: Story, *, places: Places) -> None:
    amounts = [(places.of("terms", name), fee_minor) for name, fee_minor in _fees(story)]
    for number, group in enumerate(story.groups, start=1):
        for key, amount_minor in (("price_minor", group.price_minor), ("guest_price_minor", group.guest_price_minor)):
            amounts.append((places.of("registrations", key, number=number), amount_minor))
    for place, amount_minor in amounts:
        if amount_minor > AMOUNT_MAX_MINOR:
            refuse(
                place,
                f"{amount_minor} minor units are more than registration takes for one thing.",
                f"Use {AMOUNT_MAX_MINOR} at most.",
            )


def _refuse_categories(story: Story, *, places: Places) -> None:
    """Each pair of a price and a guest's price is a category of the fee table."""
    usual = story.guest_prices_minor
    categories = {
        (group.price_minor, group.guest_price_minor if group.guests else usual.get(group.price_minor, 0))
        for group in story.groups
        if group.count
    }
    if len(categories) > CATEGORY_COUNT_MAX:
        refuse(
            places.of("registrations"),
            f"{len(categories)} different prices are more than a fee table holds.",
            f"Use {CATEGORY_COUNT_MAX} at most; a price and its guest's price count as one.",
        )


def _refuse_sizes(story: Story, *, places: Places) -> None:
    if story.registration_count == 0:
        refuse(
            places.of("registrations"),
            "nobody registered, so there is nothing to cancel.",
            "Add a [[registrations]] group with a count.",
        )
    if story.registration_count > REGISTRATIONS_MAX:
        refuse(
            places.of("registrations"),
            f"{story.registration_count} registrations are more than one machine can hold.",
            f"Use {REGISTRATIONS_MAX} at most.",
        )
    charged_minor = sum(group.charged_minor for group in story.groups)
    if charged_minor > CHARGED_MAX_MINOR:
        refuse(
            places.of("registrations"),
            f"{charged_minor} minor units in all are more than the books can count.",
            f"Stay at or below {CHARGED_MAX_MINOR}.",
        )


def _refuse_choices(story: Story, *, places: Places) -> None:
    for tender in (tender for tender in Tender if tender.is_paid_by_registrant):
        orders = [each for group in story.groups if group.tender is tender for each in group.alike]
        for choice, wanted_count in (("credit", story.credit.of(tender)), ("donate", story.donate.of(tender))):
            available_count = sum(each.registration_count for each in orders)
            if wanted_count > available_count:
                refuse(
                    places.of(f"choices.{choice}", tender),
                    f"{wanted_count} are to choose {choice}, and {available_count} people who paid by {tender}"
                    f" and brought no guest are left for it{_when(story)}.",
                    f"Use {available_count} at most.",
                )
            orders, split_count = left_after(orders, wanted_count)
            if split_count:
                size = orders[0].size
                refuse(
                    places.of(f"choices.{choice}", tender),
                    f"{wanted_count} are to choose {choice}, which would split an order of {size} people,"
                    " and an order chooses as one.",
                    f"Use {wanted_count - split_count} or {wanted_count - split_count + size}.",
                )


def _when(story: Story) -> str:
    return " when it is decided" if story.leaver_count else ""


def _refuse_failing_cards(story: Story, *, places: Places) -> None:
    refunded_count = _refunded_card_count(story)
    if story.cards_refusing_refund > refunded_count:
        is_of_several = any(group.is_of_several for _, group in _card_groups(story))
        who = "orders that were paid by card" if is_of_several else "people who paid by card"
        brought = "have neither a guest nor a leaver" if is_of_several else "brought no guest"
        refuse(
            places.of("faults", "cards_refusing_refund"),
            f"{story.cards_refusing_refund} card refunds are to fail, and {refunded_count} {who} and {brought} get a"
            " refund.",
            f"Use {refunded_count} at most.",
        )


def _refunded_card_count(story: Story) -> int:
    """Orders without a guest whose people neither give the money away nor leave it, of whom nobody has left, and who
    have some left after the fee."""
    choosing_count, refunded_count = story.credit.card + story.donate.card, 0
    for _, group in _card_groups(story):
        orders, _ = left_after(group.alike, choosing_count)
        choosing_count -= min(choosing_count, group.without_guest_count)
        if group.price_minor > story.organiser_cancels_fee_minor:
            refunded_count += sum(each.order_count for each in orders if not each.has_leaver)
    return refunded_count


def _fees(story: Story) -> tuple[tuple[str, int], ...]:
    return (
        ("organiser_cancels_fee_minor", story.organiser_cancels_fee_minor),
        ("leave_fee_minor", story.leave_fee_minor),
    )


def _refuse_fee(story: Story, *, places: Places) -> None:
    """The fee table has one fee for all who pay anything, whoever pays for them: it is above nobody's price."""
    for name, fee_minor in _fees(story):
        for number, group in enumerate(story.groups, start=1):
            if group.count and fee_minor > group.price_minor:
                refuse(
                    places.of("terms", name),
                    f"the fee of {fee_minor} is above the price of {group.price_minor} in"
                    f" [[registrations]] number {number}.",
                    f"Use {group.price_minor} at most.",
                )


def _refuse_rounding(story: Story, *, places: Places) -> None:
    """Every amount that could be charged to a card or paid back to one is a sum or difference of these."""
    step = step_minor(story.currency)
    for number, group in _card_groups(story):
        amounts = [("price_minor", group.price_minor)]
        if group.guests:
            amounts.append(("guest_price_minor", group.guest_price_minor))
        for key, amount_minor in amounts:
            _refuse_rounded(
                places.of("registrations", key, number=number),
                amount_minor=amount_minor,
                step=step,
                currency=story.currency,
            )
    if _card_groups(story):
        for name, fee_minor in _fees(story):
            _refuse_rounded(places.of("terms", name), amount_minor=fee_minor, step=step, currency=story.currency)


def _refuse_rounded(place: str, *, amount_minor: int, step: int, currency: str) -> None:
    if amount_minor % step:
        below_minor = amount_minor - amount_minor % step
        refuse(
            place,
            f"the card provider would round {amount_minor}: it takes {currency} in steps of {step} minor units.",
            f"Use {below_minor} or {below_minor + step}.",
        )


def _refuse_charges(story: Story, *, places: Places) -> None:
    """A card can't be charged with next to nothing, nor with more than the provider's digits hold."""
    for number, group in _card_groups(story):
        charges = {group.people_per_order * group.price_minor} if group.count > group.guests else set()
        if group.guests:
            charges.add(group.price_minor + group.guest_price_minor)
        for charge_minor in sorted(charges):
            reason = why_not_charged(charge_minor, story.currency)
            if reason:
                refuse(
                    places.of("registrations", "price_minor", number=number),
                    f"the card provider would refuse a charge of {charge_minor}. {reason}",
                    "Use another price, or another tender.",
                )


def _card_groups(story: Story) -> list[tuple[int, Group]]:
    groups = enumerate(story.groups, start=1)
    return [(number, group) for number, group in groups if group.tender is Tender.CARD and group.count]
