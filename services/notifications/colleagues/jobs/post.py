"""Hands mails to colleagues to the mail server, one after the other, and records how each ended.

A mail of which nobody knows whether the server has it goes again under the same Message-ID: twice is no harm.
"""

from collections.abc import Callable

from services.notifications.colleagues import domain
from services.notifications.colleagues.domain import ColleagueMail
from services.notifications.colleagues.jobs.wording import words
from services.notifications.colleagues.store import COLLEAGUE_MAILS, sender_address
from services.notifications.delivery.domain.mail import Mail
from services.notifications.delivery.jobs.mailer import End, Mailer, Sent
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import acts, job
from shared.crash import point
from shared.jobs import Claim, JobKind, retry_seconds
from shared.mongo import Database
from shared.settings import Settings
from shared.telemetry import log
from shared.unit import Unit


@job(of=COLLEAGUE_MAILS)
def record_mail(unit: Unit, *, claim: Claim[ColleagueMail], sent: Sent | None) -> None:
    """How it ended; None when its link was over before it left."""
    change = _ended(claim.state, sent)
    unit.load(COLLEAGUE_MAILS, claim.id)
    unit.save(COLLEAGUE_MAILS, change)
    if change.state.state is domain.State.PLANNED:
        claim.again(unit, after_seconds=retry_seconds(claim.attempt_count))
    else:
        claim.finish(unit)


def _ended(mail: ColleagueMail, sent: Sent | None) -> Change[ColleagueMail]:
    if sent is None:
        return domain.late(mail)
    match sent.end:
        case End.ACCEPTED:
            return domain.accepted(mail)
        case End.REFUSED:
            return domain.refused(mail, reason=sent.reason)
        case End.IN_DOUBT:
            return domain.in_doubt(mail, reason=sent.reason)
        case End.LATER | End.AGAINST_RULES | End.NOT_SENT:
            return domain.put_off(mail, reason=sent.reason)


class Post:
    """Sends what is due over a connection that is kept no longer than one mail."""

    def __init__(self, database: Database, settings: Settings, *, mailer: Callable[[], Mailer]) -> None:
        self.database = database
        self.settings = settings
        self._mailer = mailer

    @acts(of=COLLEAGUE_MAILS)
    def send(self, claim: Claim[ColleagueMail]) -> None:
        """Write it and hand it over, unless its link is over."""
        sent = None if claim.state.until <= host_now() else self._handed_over(claim)
        if sent is not None and sent.end is not End.ACCEPTED:
            log.warning("mail to a colleague not accepted", mail=claim.id, end=sent.end, reason=sent.reason)
        point("colleague_mail.sent")
        self.database.run(record_mail, claim=claim, sent=sent)

    def _handed_over(self, claim: Claim[ColleagueMail]) -> Sent:
        mail = claim.state
        written = Mail(
            message=mail.id,
            purpose=f"account_{mail.occasion}",
            subject_id=mail.account,
            to_name=mail.name,
            to_address=mail.address,
            words=words(mail, self.settings),
            answer_to=sender_address(self.database, mail.association) if mail.edition else "",
        )
        mailer = self._mailer()
        try:
            claim.check()
            return mailer.send(written)
        finally:
            mailer.close()


def posting(database: Database, settings: Settings, *, mailer: Callable[[], Mailer]) -> JobKind[ColleagueMail]:
    """The job that sends them."""
    return JobKind("colleagues", COLLEAGUE_MAILS, act=Post(database, settings, mailer=mailer).send, claim_count=1)
