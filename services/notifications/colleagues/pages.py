"""What waits for whoever invites people to the desks: mails that did not arrive."""

from collections.abc import Iterator

from services.notifications.colleagues.store import came_back_count
from shared.web import links
from shared.web.current import database, principal, settings
from shared.web.front import Waiting


def waiting() -> Iterator[Waiting]:
    """Mails about accounts that came back, or of which nobody knows."""
    count = came_back_count(database(), principal().association)
    if count:
        many = f"{count} mails to colleagues about their accounts did not arrive: invite them again, and send the link"
        one = "A mail to a colleague about their account did not arrive: invite them again, and send the link"
        yield Waiting(sentence=one if count == 1 else many, address=links.accounts(settings()))
