"""What a view works with: the service's settings and database, the business time, and who acts; each is asked for here.

A service's own members (a gateway, rules) are asked for by their type: `shared.parts.current(Gateway)`.
"""

from datetime import datetime

from shared import reach
from shared.auth import may, principal, session
from shared.mongo import Database
from shared.parts import current
from shared.settings import Settings


def database() -> Database:
    """This service's database; at a desk, as far as it is within reach of who asks (`shared.reach`)."""
    return reach.database()


def settings() -> Settings:
    """This service's settings."""
    return current(Settings)


def business_now() -> datetime:
    """The business time, which a demonstration may move: an instant in UTC."""
    return database().clock.now()


__all__ = ["business_now", "database", "may", "principal", "session", "settings"]
