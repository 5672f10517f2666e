"""Where scheduling keeps which new links were asked for, so that nobody is flooded with them."""

from typing import Any

from shared.collection import Collection
from shared.web.renewing import ASKED_LINKS

__all__ = ["ASKED_LINKS", "COLLECTIONS"]

COLLECTIONS: tuple[Collection[Any], ...] = (ASKED_LINKS,)
