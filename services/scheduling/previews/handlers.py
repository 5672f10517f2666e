"""What scheduling hears of previews: what the other services answer."""

from services.scheduling.previews.domain import preview as domain
from services.scheduling.previews.domain.preview import NOTIFICATIONS, PAYMENTS, REGISTRATION, Told
from services.scheduling.previews.store import PREVIEWS
from shared.change import Change
from shared.collection import Collection
from shared.contracts.flow import consumes
from shared.contracts.notifications import MessagesPreviewed
from shared.contracts.payments import MoneyPreviewed
from shared.contracts.registration import RegistrationsPreviewed
from shared.unit import Unit


def _preview(event: Told) -> list[tuple[Collection[domain.Preview], str]]:
    return [(PREVIEWS, event.preview)]


@consumes(RegistrationsPreviewed, needs=_preview)
def show_registrations(event: RegistrationsPreviewed, unit: Unit) -> None:
    """What a decision would do to registrations is known."""
    _hear(unit, REGISTRATION, event)


@consumes(MoneyPreviewed, needs=_preview)
def show_money(event: MoneyPreviewed, unit: Unit) -> None:
    """What a decision would do with money is known."""
    _hear(unit, PAYMENTS, event)


@consumes(MessagesPreviewed, needs=_preview)
def show_messages(event: MessagesPreviewed, unit: Unit) -> None:
    """Which messages a decision would send is known."""
    _hear(unit, NOTIFICATIONS, event)


def _hear(unit: Unit, service: str, event: Told) -> None:
    known = unit.load(PREVIEWS, event.preview)
    after = domain.heard(known, service, domain.answer_of(event)) if known else None
    if after is not None:
        unit.save(PREVIEWS, Change(after))
