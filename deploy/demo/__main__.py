"""`python -m deploy.demo` (`make run`): the whole town on this machine, with the demo story in it, until Ctrl-C.

Data stay in one folder, so that a second start is a matter of seconds. Leaves starting and supervising to
`deploy.town.town`, and the story to `deploy.acceptance.loading`.
"""

import os
import shutil
import sys
import textwrap
import threading
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from deploy.acceptance import loading
from deploy.acceptance.story import Story, StoryRefused, load_story
from deploy.demo import associations
from deploy.demo.congress import loading as congress_loading
from deploy.demo.congress import programme as congress
from deploy.demo.personas import personas
from deploy.town import clocks
from deploy.town.calls import Caller, CallRefused, Deadline, OutOfTime
from deploy.town.engines import EngineRefused
from deploy.town.interruption import StopAsked, stoppable
from deploy.town.programs import REPOSITORY
from deploy.town.town import Town

STORY_DEFAULT = REPOSITORY / "deploy" / "stories" / "74th.toml"
LOADING_SECONDS_MAX = 30 * 60.0
LOADED_MARK = "story-loaded"  # in the data folder: the story stands there to its end
CONGRESS_MARK = "congress-loaded"
CONGRESS_SERIES, CONGRESS_EDITION = "congress", "74th"


def main(environment: Mapping[str, str]) -> int:
    """Run the town until told to stop; answers the exit status."""
    folder = Path(environment.get("RECONVENE_DATA") or REPOSITORY / "var")
    try:
        story = load_story(Path(environment.get("RECONVENE_STORY") or STORY_DEFAULT))
    except StoryRefused as refusal:
        say(str(refusal))
        return 2
    town = Town(folder, given={**environment, "PERSONAS": personas()}, say=say)
    deadline = Deadline(LOADING_SECONDS_MAX)
    try:
        with stoppable():
            try:
                is_own_story = bool(environment.get("RECONVENE_STORY"))
                return _stay(town, story, folder=folder, deadline=deadline, with_congress=not is_own_story)
            finally:
                deadline.stop()
                town.stop()
    except StopAsked:
        say("Stopped. The data are kept; `make run` goes on from here.")
        return 0
    except (EngineRefused, OutOfTime, CallRefused) as refusal:
        say(str(refusal))
    except OSError as failure:
        say(_disk_sentence(failure, folder=folder))
    return 1


def say(sentence: str) -> None:
    """Tell the person at the terminal."""
    print(sentence, flush=True)


def _stay(town: Town, story: Story, *, folder: Path, deadline: Deadline, with_congress: bool) -> int:
    town.start()
    caller = Caller(deadline)
    _load_once(town, story, mark=folder / LOADED_MARK, caller=caller)
    if with_congress and (folder / LOADED_MARK).exists():
        _load_congress_once(town, mark=folder / CONGRESS_MARK, caller=caller)
    say(_greeting(town, story, caller=caller, folder=folder))
    threading.Event().wait()
    return 0


def _load_once(town: Town, story: Story, *, mark: Path, caller: Caller) -> None:
    """Bring the story in on the first start; a load that was interrupted is taken up again."""
    if mark.exists():
        return
    if town.wiring.is_provider_given or town.wiring.is_mailbox_given:
        say("The card provider or the mail server is given from outside, so no demo story is loaded into this town.")
        return
    say(f"Loading the demo story, {story.registration_count:,} registrations, once ...")
    associations.describe(addresses=town.addresses, caller=caller)
    loading.load(story, addresses=town.addresses, caller=caller, say=say, association=associations.INSTITUTE)
    opening = clocks.opening(story.cancelled_on, zone=story.zone)
    clocks.move(town.addresses, caller, to=opening)
    associations.begin_series(addresses=town.addresses, caller=caller)
    associations.announce(addresses=town.addresses, caller=caller, say=say)
    if story.key == CONGRESS_EDITION:
        associations.take_in(CONGRESS_SERIES, story.key, addresses=town.addresses, caller=caller)
    mark.write_text(f"{story.key}\n")


def _load_congress_once(town: Town, *, mark: Path, caller: Caller) -> None:
    """Bring in the congress of 2025 behind the demo story: a programme in draft, and people who want to see it."""
    if not mark.exists():
        say(f"Loading the {congress.KEY} congress, once ...")
        congress_loading.load(addresses=town.addresses, caller=caller, say=say)
        associations.take_in(CONGRESS_SERIES, congress.KEY, addresses=town.addresses, caller=caller)
        mark.write_text(f"{congress.KEY}\n")


def _greeting(town: Town, story: Story, *, caller: Caller, folder: Path) -> str:
    """The one address, what is where behind it, who to be, and what time it is there."""
    now = clocks.shown(town.addresses, caller)
    day = format_datetime(now.astimezone(ZoneInfo(story.zone)), "EEEE d MMMM y, HH:mm", locale="en")
    mails = "/mailbox" if town.addresses.mailbox else "go where you said"
    cards = "/provider" if town.addresses.provider else "are charged where you said"
    return textwrap.dedent(f"""
        Reconvene is up at {town.wiring.front_url}/
        In {story.city} it is {day}.

          Sign in            /registration/accounts/sign-in
                             as Helen, Tom, Ana or another persona, with one click
          Conferences        /scheduling/
          Host committee     /scheduling/desk
          Registration       /registration/desk
          Finance            /payments/desk
          Messages, letters  /notifications/desk
          Every mail         {mails}
          Card provider      {cards}

        Data and logs are in {folder}. Ctrl-C stops everything.""")


def _disk_sentence(failure: OSError, *, folder: Path) -> str:
    free_bytes = shutil.disk_usage(folder).free if folder.exists() else 0
    return (
        f"The data folder {folder} can't be written ({failure.strerror}; {free_bytes // 1024**2} MiB are free there). "
        "Everything was stopped. Free some space, or set RECONVENE_DATA to another folder, then start again."
    )


if __name__ == "__main__":
    sys.exit(main(os.environ))
