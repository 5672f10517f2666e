"""What registration says about accounts, as mails that are planned: each occasion is one mail, however often heard."""

from datetime import timedelta

from services.notifications.colleagues.domain import ColleagueMail, Edition, Occasion
from services.notifications.colleagues.store import COLLEAGUE_MAILS, KEPT_SECONDS
from shared.clock import host_now
from shared.contracts.flow import consumes
from shared.contracts.registration import AccountAddressAsked, AccountInvited, CommitteeAsked, SecondFactorRemoved
from shared.jobs import due
from shared.unit import Unit

TOLD_FOR = timedelta(days=30)  # a warning that is late is better than none


@consumes(AccountInvited, starts=[COLLEAGUE_MAILS])
def mail_invitation(event: AccountInvited, unit: Unit) -> None:
    """Plans the mail with the link by which somebody chooses a password."""
    occasion = Occasion.FORGOTTEN if event.is_forgotten else Occasion.INVITED
    _plan(
        unit,
        ColleagueMail(
            id=f"{occasion}-{event.asked}",
            occasion=occasion,
            account=event.account,
            association=event.association,
            name=" ".join(event.name.split()),
            address=event.mail,
            inside=event.invitation,
            until=event.until,
            planned_at=host_now(),
            by_name=" ".join(event.by_name.split()),
        ),
    )


@consumes(AccountAddressAsked, starts=[COLLEAGUE_MAILS])
def prove_account_address(event: AccountAddressAsked, unit: Unit) -> None:
    """Plans a link to the new address, and a word about it to the one of before."""
    for occasion, address, other in (
        (Occasion.ADDRESS_PROOF, event.mail, ""),
        (Occasion.ADDRESS_ASKED, event.mail_before, event.mail),
    ):
        _plan(
            unit,
            ColleagueMail(
                id=f"{occasion}-{event.change}",
                occasion=occasion,
                account=event.account,
                association=event.association,
                name=" ".join(event.name.split()),
                address=address,
                inside=event.change,
                until=event.until,
                planned_at=host_now(),
                other_address=other,
            ),
        )


@consumes(SecondFactorRemoved, starts=[COLLEAGUE_MAILS])
def tell_of_removal(event: SecondFactorRemoved, unit: Unit) -> None:
    """Plans a word to whoever is asked for no code any more, in case that they did not ask for it."""
    _plan(
        unit,
        ColleagueMail(
            id=f"{Occasion.FACTOR_REMOVED}-{event.removal}",
            occasion=Occasion.FACTOR_REMOVED,
            account=event.account,
            association=event.association,
            name=" ".join(event.name.split()),
            address=event.mail,
            inside="",
            until=event.at + TOLD_FOR,
            planned_at=host_now(),
            by_name=" ".join(event.by_name.split()),
        ),
    )


@consumes(CommitteeAsked, starts=[COLLEAGUE_MAILS])
def ask_to_serve_again(event: CommitteeAsked, unit: Unit) -> None:
    """Plans the question whether somebody serves on a committee again: one mail for each award."""
    _plan(
        unit,
        ColleagueMail(
            id=f"{Occasion.SERVE_AGAIN}-{event.award}-{event.account}",
            occasion=Occasion.SERVE_AGAIN,
            account=event.account,
            association=event.association,
            name=" ".join(event.name.split()),
            address=event.mail,
            inside="",
            until=host_now() + timedelta(seconds=KEPT_SECONDS),
            planned_at=host_now(),
            edition=Edition(year=event.year, city=event.city, title=event.title, cancelled_title=event.cancelled_title),
        ),
    )


def _plan(unit: Unit, mail: ColleagueMail) -> None:
    if mail.address and not unit.is_history:  # who was erased has none
        unit.add(COLLEAGUE_MAILS, mail, job=due())
