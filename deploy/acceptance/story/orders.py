"""What must hold of orders of several people, and how choices are dealt out to orders that choose as one."""

from collections.abc import Sequence
from dataclasses import replace

from deploy.acceptance.story.model import Alike, Group, Story, refuse
from deploy.acceptance.story.places import Places


def refuse_orders(story: Story, *, places: Places) -> None:
    """Raise `StoryRefused` where people can't be on orders as the story says."""
    for number, group in enumerate(story.groups, start=1):
        if group.is_of_several:
            _refuse_order(group, places=places, number=number)
        elif group.leave_before:
            refuse(
                places.of("registrations", "leave_before", number=number),
                "nobody leaves an order here, because everyone orders for themselves.",
                "Add people_per_order, or leave this key away.",
            )


def _refuse_order(group: Group, *, places: Places, number: int) -> None:
    if group.guests:
        refuse(
            places.of("registrations", "guests", number=number),
            f"{group.guests} guests are to come with orders of {group.people_per_order} people.",
            "Leave the guests away, or put their hosts into a group without people_per_order.",
        )
    over_count = group.count % group.people_per_order
    if over_count:
        below_count = group.count - over_count
        refuse(
            places.of("registrations", "count", number=number),
            f"{group.count} registrations can't be put on orders of {group.people_per_order} people.",
            f"Use {below_count} or {below_count + group.people_per_order}.",
        )
    if group.leave_before > group.order_count:
        refuse(
            places.of("registrations", "leave_before", number=number),
            f"somebody is to leave each of {group.leave_before} orders, and there are {group.order_count}.",
            f"Use {group.order_count} at most.",
        )


def left_after(orders: Sequence[Alike], count: int) -> tuple[list[Alike], int]:
    """The orders that are left after so many registrations, in order, have chosen something else; and how many of the
    first of those have chosen as well, which would split it."""
    left: list[Alike] = []
    split_count = 0
    for each in orders:
        taken_count = min(count, each.registration_count)
        count -= taken_count
        split_count += taken_count % each.size
        if taken_count < each.registration_count:
            left.append(replace(each, order_count=each.order_count - taken_count // each.size))
    return left, split_count
