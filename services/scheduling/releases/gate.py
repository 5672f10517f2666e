"""What blocks a release: conflicts of the draft whose weight the committee has set to that."""

from services.scheduling.releases.differences import Draft
from shared.mongo import Unit

SHOWN_COUNT_MAX = 3  # in one sentence; the preview lists all


def blocking(unit: Unit, draft: Draft, *, zone: str) -> list[str]:
    """Each conflict that blocks a release, in a sentence."""
    del unit, draft, zone
    return []
