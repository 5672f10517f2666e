"""Owns moving the business clocks of a town together: those of the four services and that of the card provider."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from deploy.town.addresses import Addresses
from deploy.town.calls import Caller, CallRefused

OFFICE_OPENS = time(9, 0)
_CONFLICT = 409  # the provider's clock never goes back


def opening(day: date, *, zone: str) -> datetime:
    """When the office opens on a day there; what people do in a story, they do from then on."""
    return datetime.combine(day, OFFICE_OPENS, ZoneInfo(zone)).astimezone(UTC)


def shown(addresses: Addresses, caller: Caller) -> datetime:
    """The business time, as scheduling has it."""
    return datetime.fromisoformat(caller.get(f"{addresses.scheduling}/scheduling/clock")["now"])


def move(addresses: Addresses, caller: Caller, *, to: datetime) -> None:
    """Let all clocks show a time from now on."""
    body = {"now": to.isoformat()}
    try:  # the provider first: what it does at that time is then news for the services, not a look ahead
        caller.post(f"{addresses.provider}/_provider/clock", body)
    except CallRefused as refused:
        if refused.status != _CONFLICT:
            raise
    for service, base in addresses.services.items():
        caller.post(f"{base}/{service}/clock", body, account=addresses.committee)
