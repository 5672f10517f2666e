"""Plans messages: the one place where what an event said becomes something to be written.

A message is an effect with a deterministic id: planned twice, it is one.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from services.notifications.messages.domain import messages
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.store.documents import MESSAGES
from shared.contracts.envelope import Event
from shared.jobs import due
from shared.unit import Unit


def plan(
    purpose: Purpose,
    event: Event,
    unit: Unit,
    *,
    subject: str,
    revision: str,
    recipient: str,
    conference: str,
    run: str | None = None,
    names: Iterable[str] = (),
    **more: Any,
) -> None:
    """Plan a message that says what the event said, and more."""
    plan_with(
        purpose,
        facts_of(event) | more,
        unit,
        subject=subject,
        revision=revision,
        recipient=recipient,
        conference=conference,
        run=run,
        names=names,
    )


def plan_with(purpose: Purpose, facts: dict[str, Any], unit: Unit, **identity: Any) -> None:
    """Plan a message with these facts; of what is history by now nobody is told any more."""
    if unit.is_history:
        return
    message = messages.plan(purpose, facts=facts, now=unit.now, **({"run": None} | identity))
    unit.add(MESSAGES, message, job=due())


def facts_of(said: Any) -> dict[str, Any]:
    """What an event, or a part of one, says, for the words."""
    return dict(msgspec.to_builtins(said, builtin_types=(datetime,)))
