"""`python -m tests.integration.earlier.keep FILE`: the middle of a cancellation, packed for later versions.

Everyone has been told, half of those who choose have chosen, nothing waits to be heard. Kept are the four databases,
what the card provider and the mailbox know, the keys, and the links that the others were sent. What is in the topics
isn't: each archive has it. The file beside this one was made so by the version before orders had lines.
"""

import json
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from deploy import backup
from deploy.acceptance import cancelling, loading
from deploy.acceptance.chaos import Chaos, Order
from deploy.acceptance.hearing import await_all_heard
from deploy.acceptance.story import load_story
from deploy.town import clocks
from deploy.town.calls import Caller, Deadline
from deploy.town.town import Town

STORY = Path(__file__).with_name("story.toml")
SECONDS_MAX = 300.0
KEYS = {
    "secret_key": "of-an-earlier-installation",
    "committee_password": "committee-of-an-earlier-installation",
    "finance_password": "finance-of-an-earlier-installation",
    "stripe_api_key": "sk_test_earlier",
    "stripe_webhook_secret": "whsec_earlier",
    "namespace": "earlier",
}


def main(file: Path) -> None:
    """Run the story's first half and pack what it leaves."""
    folder = Path(tempfile.mkdtemp(prefix="reconvene-earlier-"))
    (folder / "town").mkdir()
    (folder / "town" / "keys.json").write_text(json.dumps(KEYS))
    given = {name: value for name, value in os.environ.items() if not name.startswith(("SMTP_", "STRIPE_"))}
    town = Town(folder / "town", given=given, say=print)
    try:
        town.start()
        kept = folder / "kept"
        kept.mkdir()
        (kept / "where.json").write_text(json.dumps(_half_way(town), indent=1))
        town.stop_services()
        backup.back_up(town.wiring.engines["MONGO_URL"], prefix=town.wiring.database_prefix, to=kept / "backup")
    finally:
        town.stop()
    for path in ("keys.json", "provider/provider.sqlite3", "mailbox/mailbox.sqlite3"):
        (kept / "town" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "town" / path, kept / "town" / path)
    with tarfile.open(file, "w:xz") as packed:
        packed.add(kept, arcname="")
    shutil.rmtree(folder)


def _half_way(town: Town) -> dict[str, object]:
    """What a person would know of it: the conference, the run, who registered, and the links not yet followed."""
    deadline = Deadline(SECONDS_MAX)
    caller = Caller(deadline)
    loaded = loading.load(load_story(STORY), addresses=town.addresses, caller=caller, say=print)
    chaos = Chaos(Order(), registration_count=0, watches={}, deadline=deadline, say=print)
    half = _FirstHalf(loaded, addresses=town.addresses, caller=caller, chaos=chaos, say=print)
    run = half.begin()
    await_all_heard(town.addresses, caller)
    return {
        "conference": loaded.conference,
        "run": run,
        "now": clocks.shown(town.addresses, caller).isoformat(),
        "registered": [
            {"registration": each.registered[0].registration, "order": each.order} for each in loaded.orders
        ],
        "links": {key: urlsplit(link).path for key, link in half.links.items()},
    }


class _FirstHalf(cancelling.Cancelling):
    """A cancellation that goes no further than to every other choice."""

    links: dict[str, str]

    def begin(self) -> str:
        """Decide, and let every other person choose; answers the run."""
        self._decide()
        self._await_everyone_told()
        received = self._post.received("conference_cancelled", run=self._run)
        links = {each.registration: each.link for each in received}
        choosing = [each for each in self._loaded.orders if each.planned.chosen]
        for each in choosing[::2]:
            self.follow(links[each.registered[0].registration], each)
        self.links = {
            each.registered[0].registration: links[each.registered[0].registration] for each in choosing[1::2]
        }
        return self._run


if __name__ == "__main__":
    main(Path(sys.argv[1]))
