"""The committee's list of proposals: what is shown of it, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.scheduling.call.domain.proposals import Proposal
from services.scheduling.programme.domain.programme import Editorial, Session

ORDERS = ("received", "score", "unreviewed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which proposals are wanted; empty: all."""

    state: str = ""
    track: str = ""
    kind: str = ""
    text: str = ""
    order: str = "received"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filters":
        """The filters of a query; what makes no sense filters nothing."""
        order, state = query.get("order", ""), query.get("state", "")
        return cls(
            state=state if state in [each.value for each in Editorial] else "",
            track=query.get("track", "")[:48],
            kind=query.get("kind", "")[:48],
            text=query.get("text", "").strip()[:100],
            order=order if order in ORDERS else "received",
        )


def filtered(found: Sequence[tuple[Proposal, Session]], filters: Filters) -> list[tuple[Proposal, Session]]:
    """The proposals that are wanted, in the order that is wanted."""
    rows = [each for each in found if _is_wanted(*each, filters)]
    match filters.order:
        case "score":
            return sorted(rows, key=lambda row: -(row[0].average_tenths or 0))
        case "unreviewed":
            return sorted(rows, key=lambda row: len(row[0].reviews))
        case _:
            return rows


def _is_wanted(proposal: Proposal, session: Session, filters: Filters) -> bool:
    text = filters.text.casefold()
    return (
        (not filters.state or session.editorial.value == filters.state)
        and (not filters.track or session.track == filters.track)
        and (not filters.kind or session.kind.value == filters.kind)
        and (not text or text in f"{proposal.code} {session.code} {session.title} {session.abstract}".casefold())
    )
