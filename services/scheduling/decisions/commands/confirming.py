"""Behind closed gates all services look once more, and what they say is compared with what was approved.

Once all know of exactly the same registrations and nothing has changed, the time to undo the decision begins. What has
changed waits for somebody who approves it. Whoever doesn't answer in time undoes it.
"""

from dataclasses import replace

from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.decisions.commands.deciding import is_previewed, release
from services.scheduling.decisions.domain import arming
from services.scheduling.decisions.domain import decision as life
from services.scheduling.decisions.domain.decision import Decision, Doer
from services.scheduling.decisions.store.decisions import DECISIONS
from services.scheduling.previews.commands import ask_preview
from services.scheduling.previews.domain.preview import Kind as PreviewKind
from services.scheduling.previews.domain.preview import Preview
from services.scheduling.previews.store import PREVIEWS
from shared.change import Change
from shared.contracts.flow import job
from shared.contracts.scheduling import DecisionWithdrawn, PreviewAsked
from shared.previewing import INQUIRIES
from shared.unit import Unit

THE_WAIT = Doer(id="", words="the end of the time to confirm it")


@job(of=DECISIONS, emits=[PreviewAsked, DecisionWithdrawn], starts=[INQUIRIES])
def confirm(unit: Unit, decision: Decision) -> Decision:
    """Take an armed decision as far as what was answered allows; it is the same while somebody is waited for."""
    checked = unit.load(PREVIEWS, decision.checked) if decision.checked else None
    why = arming.why_over(decision, checked, now=unit.now)
    if why:
        conference = unit.load(CONFERENCES, decision.conference)
        assert conference is not None
        withdrawn = life.give_up(decision, by=THE_WAIT, now=unit.now, remark=why)
        return release(unit, conference, before=decision, after=withdrawn)
    after = _after(unit, decision, checked)
    return decision if after == decision else unit.save(DECISIONS, Change(after))


def _after(unit: Unit, decision: Decision, checked: Preview | None) -> Decision:
    if decision.held is None or decision.has_drifted:
        return decision
    if not is_previewed(decision):
        return life.begin_grace(decision, now=unit.now)
    if checked is None or (checked.is_complete and arming.behind(checked)):
        return replace(decision, checked=_look_again(unit, decision).id)
    if not checked.is_complete:
        return decision
    changes = arming.differences(decision.basis, checked)
    if changes:
        return arming.drifted(decision, changes=changes, now=unit.now)
    return life.begin_grace(decision, now=unit.now)


def _look_again(unit: Unit, decision: Decision) -> Preview:
    return ask_preview(
        unit,
        conference=decision.conference,
        decision=decision.id,
        revision=decision.revision,
        kind=PreviewKind(decision.kind),
        choose_by=decision.facts.choose_by,
        reason=decision.facts.reason,
        decision_text=decision.facts.text,
        compared_with=decision.basis.preview if decision.basis else "",
        is_anew=True,
    )
