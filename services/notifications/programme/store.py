"""Where the parts of a digest are kept until all of it is known."""

from typing import Any

from services.notifications.programme.domain import DigestPart
from shared.collection import Collection

DIGEST_PARTS = Collection("digest_parts", DigestPart)

COLLECTIONS: tuple[Collection[Any], ...] = (DIGEST_PARTS,)
