"""What a person can ask: what a decision would do."""

from datetime import date

from pymongo import DESCENDING

from services.scheduling.conferences.domain.conference import ConferenceUnknown
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.previews.domain import preview as domain
from services.scheduling.previews.domain.preview import Kind, Preview
from services.scheduling.previews.store import PREVIEWS
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import command
from shared.contracts.scheduling import PreviewAsked
from shared.ids import new_id
from shared.previewing import INQUIRIES, begin
from shared.unit import Unit


@command(emits=[PreviewAsked], starts=[INQUIRIES])
def ask_preview(
    unit: Unit,
    *,
    conference: str,
    decision: str = "",
    revision: int = 1,
    kind: Kind = Kind.CANCEL,
    choose_by: date | None = None,
    reason: str = "",
    decision_text: str = "",
    compared_with: str = "",
    is_anew: bool = False,
) -> Preview:
    """Ask all services what a decision would do, and say what has changed since another preview of it.

    Without one named, that is the last that was answered. Who asks the same again while it is being answered gets
    that one, unless it has to be looked at from now on (`is_anew`).
    """
    known = unit.load(CONFERENCES, conference)
    if known is None:
        raise ConferenceUnknown("There is no conference under this address.")
    decision = decision or undecided(conference, kind)
    before = unit.find(PREVIEWS, {"decision": decision}, sort=[("_id", DESCENDING)], limit=20)
    answered = next((each.id for each in before if each.is_complete), "")
    asked, change = domain.ask(
        known,
        preview=new_id("prv"),
        decision=decision,
        revision=revision,
        kind=kind,
        choose_by=choose_by,
        reason=reason,
        decision_text=decision_text,
        compared_with=compared_with or answered,
        asked_by=unit.actor,
        now=unit.now,
        host_now=host_now(),
    )
    if before and not is_anew and domain.is_same_question(before[0], asked):
        return before[0]
    unit.save(CONFERENCES, change)
    (said,) = change.events
    assert isinstance(said, PreviewAsked)
    begin(unit, said)
    return unit.save(PREVIEWS, Change(asked))


def undecided(conference: str, kind: Kind) -> str:
    """Under what a preview is kept while nobody has drafted the decision."""
    return f"{kind.value}:{conference}"
