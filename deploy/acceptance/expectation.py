"""`python -m deploy.acceptance.expectation STORY`: what a story implies for people and money, worked out apart.

It shares no code with the services, nor with the reader of stories: it knows the file's form and the rules of money,
and counts whole groups where the others count person by person. It refuses nothing, because a story is refused
elsewhere before anything starts. With `--against` it compares the line that a run has printed.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WHO_PAID = ("card", "cheque", "transfer")
MAILS_UNDER_WAY_MAX = 8  # connections to the mail server at once: what one kill may leave in doubt


@dataclass(frozen=True)
class Expected:
    """What a run's line must say: some figures to the unit, some within a bound."""

    exactly: dict[str, int]
    at_least: dict[str, int]
    at_most: dict[str, int]

    def differences(self, line: Mapping[str, object]) -> list[str]:
        """A sentence for each figure of a run that isn't what the story implies; none when all is well."""
        sentences = []
        for words, bounds in (("", self.exactly), ("at least ", self.at_least), ("at most ", self.at_most)):
            for name, bound in bounds.items():
                figure = line.get(name)
                if type(figure) is not int:
                    sentences.append(f"{name} must be {words}{bound}, and the run does not say it.")
                elif not _holds(figure, words=words, bound=bound):
                    sentences.append(f"{name} must be {words}{bound}, and the run says {figure}.")
        return sentences


@dataclass(frozen=True)
class _Dealt:
    """How many registrations of one paid group choose what, and what one is worth when the fee is taken. An order of
    several goes back as one refund: `refund_count` and `failing` count orders."""

    net_minor: int
    guest_minor: int
    guest_count: int
    credited: int
    donated: int
    refunded: int
    refunded_orders: int
    failing: int
    failing_minor: int

    @property
    def refund_minor(self) -> int:
        return self.refunded * self.net_minor + self.guest_count * self.guest_minor

    @property
    def refund_count(self) -> int:
        """Where the fee takes the whole price nothing is left to pay back, unless a guest was paid for."""
        if self.net_minor:
            return self.refunded_orders
        return self.guest_count if self.guest_minor else 0


def expected(story: Mapping[str, Any], *, notification_kills: int = 0) -> Expected:
    """Every figure of a run's line that its story decides."""
    groups = story["registrations"]
    terms = story.get("terms", {})
    fee_minor = terms.get("organiser_cancels_fee_minor", 0)
    dealt = {tender: list(_dealt(story, tender=tender, fee_minor=fee_minor)) for tender in WHO_PAID}
    everyone = [part for parts in dealt.values() for part in parts]
    card_minor, cheque_minor, transfer_minor = (
        sum(part.refund_minor for part in dealt[tender]) for tender in ("card", "cheque", "transfer")
    )
    failing_minor = sum(part.failing_minor for part in everyone)
    person_count = sum(_alive_count(group) for group in groups)
    exactly = {
        "registrations": person_count,
        "settled": person_count,
        "voided_minor": _charged_minor(groups, tender="purchase_order"),
        "grants_released_minor": _charged_minor(groups, tender="grant"),
        "refunds_approved_minor": card_minor + cheque_minor + transfer_minor,
        "credits_minor": sum(part.credited * part.net_minor for part in everyone),
        "donations_minor": sum(part.donated * part.net_minor for part in everyone),
        "kept_minor": fee_minor * sum(_alive_count(group) for group in groups if group["tender"] in WHO_PAID),
        # The refunds that failed later had succeeded first: they are in both of the next two.
        "card_refunds_minor": card_minor,
        "card_refunds_failed_minor": failing_minor,
        "cheque_refunds_minor": cheque_minor + failing_minor,
        "transfer_refunds_minor": transfer_minor,
        "deferred_minor": 0,
        "refunds_payable_minor": 0,
        "ledger_sum_minor": 0,
        "persons_told": person_count,
        "refunds_doubled": 0,
        "refunds_missing": 0,
        "messages_ambiguous": 0,
        **_left(groups, fee_minor=terms.get("leave_fee_minor", 0)),
    }
    letter_count = sum(_letter_count(group) for group in groups)
    payer_count = sum(_order_count(group) for group in groups if _size(group) > 1)
    at_least = {
        "provider_refund_objects": sum(part.refund_count for part in dealt["card"]),
        "mails": person_count - letter_count + payer_count,
        "letters": letter_count,
    }
    in_doubt_max = notification_kills * MAILS_UNDER_WAY_MAX
    return Expected(exactly=exactly, at_least=at_least, at_most={"messages_doubled": in_doubt_max})


def _left(groups: list[dict[str, Any]], *, fee_minor: int) -> dict[str, int]:
    """What those who leave before the decision have cost and kept."""

    def price_minor(*tenders: str) -> int:
        return sum(_leaver_count(group) * group.get("price_minor", 0) for group in groups if group["tender"] in tenders)

    kept_minor = fee_minor * sum(_leaver_count(group) for group in groups if group["tender"] in WHO_PAID)
    return {
        "left_before": sum(_leaver_count(group) for group in groups),
        "left_refunded_minor": price_minor(*WHO_PAID) - kept_minor,
        "left_kept_minor": kept_minor,
        "left_voided_minor": price_minor("purchase_order"),
        "left_released_minor": price_minor("grant"),
    }


def _size(group: Mapping[str, Any]) -> int:
    size: int = group.get("people_per_order", 1)
    return size


def _order_count(group: Mapping[str, Any]) -> int:
    count: int = group.get("count", 0) // _size(group)
    return count


def _leaver_count(group: Mapping[str, Any]) -> int:
    """One of each of the first so many orders."""
    count: int = group.get("leave_before", 0)
    return count


def _alive_count(group: Mapping[str, Any]) -> int:
    count: int = group.get("count", 0) - _leaver_count(group)
    return count


def _letter_count(group: Mapping[str, Any]) -> int:
    """The first so many of the table have no e-mail, the leavers among them: every so many there is one, at first."""
    letter_count: int = group.get("without_email", 0)
    return letter_count - min(_leaver_count(group), -(-letter_count // _size(group)))


def _charged_minor(groups: list[dict[str, Any]], *, tender: str) -> int:
    return sum(
        _alive_count(group) * group.get("price_minor", 0) + group.get("guests", 0) * group.get("guest_price_minor", 0)
        for group in groups
        if group["tender"] == tender
    )


def _dealt(story: Mapping[str, Any], *, tender: str, fee_minor: int) -> Iterator[_Dealt]:
    """Deal out one tender's people in file order: credit, then donation, then the rest takes the refund."""
    choices = story.get("choices", {})
    credit_left = choices.get("credit", {}).get(tender, 0)
    donate_left = choices.get("donate", {}).get(tender, 0)
    failing_left = story.get("faults", {}).get("cards_refusing_refund", 0) if tender == "card" else 0
    for group in story["registrations"]:
        if group["tender"] != tender:
            continue
        guest_count = group.get("guests", 0)
        alone_count = _alive_count(group) - guest_count
        credited = min(credit_left, alone_count)
        donated = min(donate_left, alone_count - credited)
        refunded_orders, whole_orders = _orders_left(group, alone_count=alone_count, given_count=credited + donated)
        # Where the fee takes the whole price there is no refund that could fail.
        can_fail = whole_orders if group.get("price_minor", 0) > fee_minor else 0
        failing = min(failing_left, can_fail)
        credit_left, donate_left, failing_left = credit_left - credited, donate_left - donated, failing_left - failing
        net_minor = group.get("price_minor", 0) - fee_minor
        yield _Dealt(
            net_minor=net_minor,
            guest_minor=group.get("guest_price_minor", 0),
            guest_count=guest_count,
            credited=credited,
            donated=donated,
            refunded=alone_count - credited - donated + guest_count,
            refunded_orders=refunded_orders + guest_count,
            failing=failing,
            failing_minor=failing * _size(group) * net_minor,
        )


def _orders_left(group: Mapping[str, Any], *, alone_count: int, given_count: int) -> tuple[int, int]:
    """How many orders take the refund after so many registrations have given their money away, and how many of those
    have nobody who left. Those with a leaver come first, and have one less."""
    size, leaver_count = _size(group), _leaver_count(group)
    if size == 1:
        return alone_count - given_count, alone_count - given_count
    of_shorter = leaver_count * (size - 1)
    if given_count < of_shorter:
        given_orders = given_count // (size - 1)
    else:
        given_orders = leaver_count + (given_count - of_shorter) // size
    return _order_count(group) - given_orders, _order_count(group) - max(given_orders, leaver_count)


def _holds(figure: int, *, words: str, bound: int) -> bool:
    if words == "at least ":
        return figure >= bound
    return figure <= bound if words == "at most " else figure == bound


def main(arguments: list[str]) -> int:
    """Print the figures; with `--against`, name every figure that differs and answer 1 when one does."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.acceptance.expectation", description="What a story implies."
    )
    parser.add_argument("story", type=Path, help="a story file, such as deploy/stories/74th.toml")
    parser.add_argument("--notification-kills", type=int, default=0, help="how often notifications was killed")
    parser.add_argument("--against", type=Path, help="a file whose last line is the JSON object of a run")
    options = parser.parse_args(arguments)
    try:
        story = tomllib.loads(options.story.read_text(encoding="utf-8"))
        line = json.loads(options.against.read_text(encoding="utf-8").splitlines()[-1]) if options.against else None
    except (OSError, ValueError, IndexError) as error:
        print(f"This can't be read: {error}. Nothing was compared. Name a story and a run's output.", file=sys.stderr)
        return 2
    wanted = expected(story, notification_kills=options.notification_kills)
    if line is None:
        print(json.dumps({"exactly": wanted.exactly, "at_least": wanted.at_least, "at_most": wanted.at_most}, indent=2))
        return 0
    differences = wanted.differences(line)
    for sentence in differences:
        print(sentence, file=sys.stderr)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
