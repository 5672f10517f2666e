"""Owns one unit of work: the records it may change, the moment it happens, and what it has set in motion."""

from dataclasses import dataclass, field

from deploy.provider.settings import Settings
from deploy.provider.store import Records


@dataclass(slots=True)
class Work:
    """What one request, or one delayed happening, does in a single transaction."""

    records: Records
    settings: Settings
    now: int  # seconds on the business clock
    request_id: str | None = None
    idempotency_key: str | None = None
    currencies_funded: set[str] = field(default_factory=set)  # refunds waiting in these may go on

    def tells_webhook(self, event_type: str) -> bool:
        """Somebody outside listens for this type of event."""
        types = self.settings.webhook_types
        return bool(self.settings.webhook_url) and (not types or event_type in types)
