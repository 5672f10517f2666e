"""`python -m deploy.acceptance.cancel STORY`: lets a story happen in a town, cancels the conference, checks the end.

The last line of its output is one JSON object with what was found afterwards in the databases, at the card provider and
in the mailbox. It ends with 0 if that is what the story implies, with 1 and the lines that differ if not, and with 2 if
the story, or what was asked for, can't be.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pymongo.errors import PyMongoError

from deploy.acceptance import cancelling, checker, leaving, loading, report
from deploy.acceptance.chaos import Chaos, ChaosRefused, Order
from deploy.acceptance.expectation import expected
from deploy.acceptance.story import Story, StoryRefused, load_story
from deploy.town.addresses import Addresses, AddressesIncomplete, given_addresses
from deploy.town.calls import Caller, CallRefused, Deadline, OutOfTime
from deploy.town.clearing import clear_given_engines
from deploy.town.engines import EngineRefused
from deploy.town.interruption import StopAsked, stoppable
from deploy.town.supervision import Watch
from deploy.town.town import Town

STORY_DEFAULT = "deploy/stories/74th.toml"
SECONDS_MAX = 15 * 60.0
SECONDS_MAX_PER_REGISTRATION = 60 * 60 / 15_000
# The provider admits 25 requests a second for each endpoint, as a live account does; a larger story lifts that.
LIMITED_REGISTRATION_COUNT_MAX = 2_000
REFUND_RATE_UNLIMITED = 200

_BEGAN = time.monotonic()


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked for on the command line or in the environment."""

    path: Path
    story: Story
    order: Order
    given: Addresses | None
    keeps_data: bool


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one story; answers the exit status."""
    try:
        wish = _wish(arguments, environment)
    except (StoryRefused, ChaosRefused, AddressesIncomplete) as refusal:
        print(refusal, file=sys.stderr)
        return 2
    try:
        with stoppable():
            return _run(wish, environment)
    except StopAsked:
        say("Stopped, as asked. The run was not finished.")
    except (EngineRefused, OutOfTime, CallRefused, OSError, PyMongoError) as failure:
        say(f"{failure}\nThe run was not finished.")
    return 1


def say(sentence: str) -> None:
    """Tell the person at the terminal how it goes, and when; the figures alone go to the output."""
    print(f"{time.monotonic() - _BEGAN:7.1f} s  {sentence}", file=sys.stderr, flush=True)


def _wish(arguments: Sequence[str], environment: Mapping[str, str]) -> Wish:
    """What is to be done; refuses what can't be before anything starts."""
    options = _options(arguments, environment)
    order = Order(
        service_kill_count=options.kills,
        database_kill_count=options.database_kills,
        broker_kill_count=options.broker_kills,
        seed=options.seed,
    )
    given = given_addresses(environment)
    order.refuse_what_is_not_ours(environment, is_town_given=given is not None)
    return Wish(
        path=options.story,
        story=load_story(options.story),
        order=order,
        given=given,
        keeps_data=environment.get("KEEP") == "yes",
    )


def _options(arguments: Sequence[str], environment: Mapping[str, str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.acceptance.cancel",
        description="Let a story happen in a fresh town, cancel its conference, settle everything, and check the end.",
        epilog="STORY, KILLS, DATABASE_KILLS, BROKER_KILLS and SEED may be set in the environment instead.",
    )
    parser.add_argument("story", nargs="?", type=Path, default=Path(environment.get("STORY") or STORY_DEFAULT))
    for name, words in (
        ("kills", "how many service processes to kill on the way"),
        ("database-kills", "how often to kill the database"),
        ("broker-kills", "how often to kill the broker"),
        ("seed", "what the moments of the kills are drawn from"),
    ):
        default = environment.get(name.upper().replace("-", "_")) or "0"
        parser.add_argument(f"--{name}", type=_count, default=default, metavar="N", help=words)
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 999999; nothing was started")
    return int(text)


def _run(wish: Wish, environment: Mapping[str, str]) -> int:
    deadline = Deadline(max(SECONDS_MAX, SECONDS_MAX_PER_REGISTRATION * wish.story.registration_count))
    with ExitStack() as clean_up:
        clean_up.callback(deadline.stop)
        if wish.given is not None:
            return _tell(wish, wish.given, watches={}, deadline=deadline)
        folder = Path(tempfile.mkdtemp(prefix="reconvene-cancel-"))
        clean_up.callback(lambda: say(f"The data and the logs of this run are in {folder}."))
        town = Town(
            folder,
            given=_without_mail_and_cards(environment),
            say=say,
            is_card_limit_on=_is_limited(wish.story),
            refund_rate_per_second=None if _is_limited(wish.story) else REFUND_RATE_UNLIMITED,
        )
        clean_up.callback(town.stop)
        town.start()
        status = _tell(wish, town.addresses, watches=town.watches, deadline=deadline)
        if status == 0 and not wish.keeps_data:
            deadline.stop()
            town.stop_services()
            clear_given_engines(town.wiring)
            town.stop()
            clean_up.pop_all()
            shutil.rmtree(folder)
        return status


def _tell(wish: Wish, addresses: Addresses, *, watches: Mapping[str, Watch], deadline: Deadline) -> int:
    """Load the story, cancel, check, and show what was found."""
    caller = Caller(deadline)
    chaos = Chaos(
        wish.order,
        registration_count=wish.story.registration_count,
        watches=watches,
        deadline=deadline,
        say=say,
    )
    loaded = loading.load(wish.story, addresses=addresses, caller=caller, say=say)
    leaving.let_leave(loaded, addresses=addresses, caller=caller, say=say)
    say("The story is loaded. Now the conference is cancelled.")
    cancelled = cancelling.cancel(loaded, addresses=addresses, caller=caller, chaos=chaos, say=say)
    findings = checker.check(addresses, run=cancelled.run, caller=caller)
    line = {**findings.figures, "seconds": round(cancelled.seconds, 1)}
    implied = expected(
        tomllib.loads(wish.path.read_text(encoding="utf-8")), notification_kills=chaos.kill_counts["notifications"]
    )
    print(report.table(wish.story, line, expected=implied))
    if chaos.killed:
        kills = ", ".join(f"{name} {count}" for name, count in sorted(chaos.kill_counts.items()))
        print(f"\nKilled with signal 9 between the decision and its settling: {kills} (seed {wish.order.seed})")
    wrong = [*implied.differences(line), *findings.contradictions]
    for sentence in wrong:
        say(sentence)
    print(f"\n{report.as_line(line)}", flush=True)
    return 1 if wrong else 0


def _is_limited(story: Story) -> bool:
    return story.registration_count <= LIMITED_REGISTRATION_COUNT_MAX


def _without_mail_and_cards(environment: Mapping[str, str]) -> dict[str, str]:
    """A run reads the mails and the refunds afterwards, so it has a mailbox and a card provider of its own."""
    return {name: value for name, value in environment.items() if not name.startswith(("SMTP_", "STRIPE_"))}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
