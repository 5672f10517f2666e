"""What is heard of conferences that is for people at the desks: an award whose city has a committee already."""

from services.registration.accounts.domain import Account
from services.registration.accounts.store import ACCOUNTS, on_committee
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.registration import CommitteeAsked
from shared.contracts.scheduling import ConferenceAwarded
from shared.unit import Unit


@consumes(ConferenceAwarded, emits=[CommitteeAsked])
def ask_committee(event: ConferenceAwarded, unit: Unit) -> None:
    """Whoever was on the committee of the edition that was cancelled in this city is asked once to serve again."""
    if not event.cancelled:
        return
    for account in on_committee(unit, association=event.association, conference=event.cancelled):
        unit.save(ACCOUNTS, Change(account, (_asked(account, event),)))


def _asked(account: Account, event: ConferenceAwarded) -> CommitteeAsked:
    return CommitteeAsked(
        account=account.id,
        association=account.association,
        mail=account.mail,
        name=account.name,
        award=event.award,
        year=event.year,
        city=event.city,
        title=event.title,
        cancelled_title=event.cancelled_title,
    )
