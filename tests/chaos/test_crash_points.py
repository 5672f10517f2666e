"""Claims about power cuts at the worst moments: a cancellation in which the real processes of all four services are
killed right before and right after each boundary that must survive it, and the figures are as if nothing had happened.

The boundaries are named where they are (`shared/crash.py`). One small conference is cancelled in one town; each service
dies at one point after the other. Refunds are less than half of what was paid, so that the card provider's own limit
would not stop a second one.
"""

import re
import signal
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.acceptance import cancelling, checker, loading
from deploy.acceptance.expectation import Expected, expected
from deploy.acceptance.story import load_story
from deploy.town.calls import Caller, Deadline
from deploy.town.town import Town
from services.notifications.delivery.jobs.lanes import LANE_COUNT_MAX
from shared.settings import SERVICES
from tests.chaos.dying import Deaths, DyingServices
from tests.chaos.test_decision_crash_points import CARRYING_OUT
from tests.chaos.test_release_crash_points import RELEASING, TELLING
from tests.engines import TestEngines
from tests.running_towns import running_town

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 400.0  # a machine that does other things as well; on a quiet one it is a fifth of that
REFUNDS_PER_SECOND = 5  # slow enough that some refunds are still to be sent when their sender has died four times

STORY = """
[conference]
key = "dying"
title = "Conference of the Power Cuts"
city = "St. Louis"
starts = 2020-05-17
ends = 2020-05-20
zone = "America/Chicago"
currency = "USD"
cancelled_on = 2020-04-09
choose_by = 2020-04-30

[terms]
organiser_cancels_fee_minor = 30000

[[registrations]]
count = 20
tender = "card"
price_minor = 57500
guests = 1
guest_price_minor = 25000
without_email = 1

[[registrations]]
count = 2
tender = "cheque"
price_minor = 57500

[[registrations]]
count = 1
tender = "transfer"
price_minor = 57500

[[registrations]]
count = 1
tender = "grant"
price_minor = 57500

[[registrations]]
count = 1
tender = "purchase_order"
price_minor = 65000

[choices.credit]
card = 1

[choices.donate]
card = 1

[faults]
cards_refusing_refund = 1
"""

SAVING = ("unit.saving", "unit.saved")
PUBLISHING = ("relay.publishing", "relay.published", "relay.marked")
READING = ("batch.handling", "batch.committed")
RUNNING = ("run.stepping", "run.stepped")
MAILING = ("mail.sending", "mail.accepted", "mail.recorded")
REFUNDING = ("refund.claimed", "refund.sending", "refund.sent", "refund.recorded")

WHILE_ALL_ARE_TOLD: Deaths = {
    "scheduling": SAVING + PUBLISHING + READING,
    "registration": READING + RUNNING + PUBLISHING,
    "payments": READING + PUBLISHING,
    "notifications": READING + MAILING + PUBLISHING,
}
WHILE_THEY_CHOOSE: Deaths = {"payments": REFUNDING}
PHASES = (WHILE_ALL_ARE_TOLD, WHILE_THEY_CHOOSE)
DEATHS = [(service, point) for phase in PHASES for service, points in phase.items() for point in points]


@dataclass(frozen=True)
class Aftermath:
    """What was seen after a cancellation with power cuts."""

    signals: Mapping[tuple[str, str], int]
    line: dict[str, int]
    contradictions: list[str]
    expected: Expected


@pytest.fixture(scope="module")
def aftermath(engines: TestEngines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """The story, loaded, cancelled and settled, with every death on the way."""
    folder = tmp_path_factory.mktemp("crash-points")
    path = folder / "dying.toml"
    path.write_text(STORY)
    with running_town(engines, folder / "town", refund_rate_per_second=REFUNDS_PER_SECOND) as town:
        yield _cancelled(town, path)


def _cancelled(town: Town, path: Path) -> Aftermath:
    deadline = Deadline(SECONDS_MAX)
    caller, addresses = Caller(deadline), town.addresses
    dying = DyingServices(PHASES, town=town, deadline=deadline, say=print)
    loaded = loading.load(load_story(path), addresses=addresses, caller=caller, say=print)
    cancelled = cancelling.cancel(loaded, addresses=addresses, caller=caller, chaos=dying, say=print)
    findings = checker.check(addresses, run=cancelled.run, caller=caller)
    return Aftermath(
        signals=dying.signals,
        line=findings.figures,
        contradictions=findings.contradictions,
        expected=expected(tomllib.loads(path.read_text())),
    )


@pytest.mark.timeout(SECONDS_MAX + 100)
@pytest.mark.parametrize(("service", "point"), DEATHS)
def test_a_service_dies_as_by_a_power_cut_at_this_point(aftermath: Aftermath, service: str, point: str) -> None:
    assert aftermath.signals[service, point] == signal.SIGKILL


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_after_all_these_deaths_every_cent_and_every_message_is_where_it_belongs(aftermath: Aftermath) -> None:
    figures = aftermath.line | {"messages_doubled": 0}  # its own claim below

    assert aftermath.expected.differences(figures) == []
    assert aftermath.contradictions == []


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_no_more_mails_are_doubled_than_their_sender_died(aftermath: Aftermath) -> None:
    """A death between a mail and its record doubles this one, and whatever else was on its way at that moment."""
    deaths = WHILE_ALL_ARE_TOLD["notifications"]

    assert 1 <= aftermath.line["messages_doubled"] <= len(deaths) * LANE_COUNT_MAX


def test_every_boundary_that_has_a_name_is_one_at_which_some_service_dies() -> None:
    sources = [path for room in ("services", "shared") for path in (ROOT / room).rglob("*.py")]
    named = {name for path in sources for name in re.findall(r'\bpoint\("([a-z.]+)"\)', path.read_text())}

    assert named == {point for _, point in DEATHS} | {*RELEASING, *TELLING, *CARRYING_OUT}
    assert {service for service, _ in DEATHS} == set(SERVICES)
