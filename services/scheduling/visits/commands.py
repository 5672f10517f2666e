"""What somebody with an old personal link can ask."""

from services.scheduling.visits.store import ASKED_LINKS
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import command
from shared.contracts.scheduling import PersonalLinkAsked
from shared.ids import new_id
from shared.unit import Unit
from shared.web.renewing import AskedLink


@command(emits=[PersonalLinkAsked])
def ask_for_link(unit: Unit, *, conference: str, person: str, kind: str) -> AskedLink:
    """Send a new link to the address that is known."""
    asked = AskedLink(id=new_id("ask"), person=person, made_at=host_now())
    said = PersonalLinkAsked(asked=asked.id, person=person, conference=conference, kind=kind)
    return unit.create(ASKED_LINKS, Change(asked, (said,)))
