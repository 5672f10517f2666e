"""Why messages are sent: each purpose has a folder with its words, and some weigh more than others."""

from enum import StrEnum


class Purpose(StrEnum):
    """Why a message is sent; each has a folder with its words."""

    REGISTRATION_CONFIRMED = "registration_confirmed"
    REGISTRATION_RECEIVED = "registration_received"  # at once, with what is to be paid, under which number and where
    LINE_ADDED = "line_added"  # to who pays: something was added to their order later, once for each
    PAYMENT_AWAITED = "payment_awaited"  # once, when a payment by card hasn't come and nothing else was said meanwhile
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_FAILED = "payment_failed"  # days after it was made; who is declined at once sees it there
    REGISTRATION_ENDED = (
        "registration_ended"  # one, by the committee's hand; to the person, and to who pays for several
    )
    CONFERENCE_CANCELLED = "conference_cancelled"
    CHOICE_CONFIRMED = "choice_confirmed"
    REFUND_SENT = "refund_sent"
    REFUND_FAILED = "refund_failed"
    CREDIT = "credit"  # that there is one, may be spent, is left on 1 March, is paid out: to whose it is
    PAYEE_NAMED = "payee_named"  # to the registrant, who may not be who has named it
    PROGRAMME_CHANGED = "programme_changed"  # one for each person and release
    SESSION_INVITATION = "session_invitation"  # for a calendar program, which acts on one session a mail
    SEAT_OFFERED = "seat_offered"
    OPTION_SETTLED = "option_settled"
    OPTION_RENAMED = "option_renamed"  # once for each registrant and new name
    PROPOSAL_RECEIVED = "proposal_received"
    PROPOSAL_DECIDED = "proposal_decided"
    SPEAKER_CONFIRMED = "speaker_confirmed"
    SPEAKER_WITHDREW = "speaker_withdrew"
    ADDRESS_PROOF = "address_proof"  # to an e-mail address that counts once its link was opened
    ADDRESS_CHANGE_ASKED = "address_change_asked"  # to the address that counts until then
    LINK_ASKED = "link_asked"  # what only the person themselves may have goes to the address known

    @property
    def is_critical(self) -> bool:
        """Whether it is worse to miss this message than to get it twice: it goes first, and again when in doubt."""
        return self not in _RATHER_ONCE

    @property
    def names_cancellation(self) -> bool:
        """Whether it can't be written before the reason of the cancellation is known."""
        return self in (Purpose.CONFERENCE_CANCELLED, Purpose.CHOICE_CONFIRMED)

    @property
    def asks_for_payment(self) -> bool:
        """Whether it has nothing to say any more once somebody was written to about their payment."""
        return self in (Purpose.REGISTRATION_RECEIVED, Purpose.PAYMENT_AWAITED)

    @property
    def is_about_what_will_take_place(self) -> bool:
        """Whether it has nothing to say any more once the conference is cancelled."""
        return self in (
            Purpose.REGISTRATION_RECEIVED,
            Purpose.PAYMENT_AWAITED,
            Purpose.PROGRAMME_CHANGED,
            Purpose.SESSION_INVITATION,
            Purpose.SEAT_OFFERED,
            Purpose.OPTION_RENAMED,
            Purpose.LINE_ADDED,
        )


_RATHER_ONCE = (
    Purpose.REGISTRATION_RECEIVED,
    Purpose.PAYMENT_AWAITED,
    Purpose.REGISTRATION_CONFIRMED,
    Purpose.CREDIT,
    Purpose.PROPOSAL_RECEIVED,
    Purpose.SPEAKER_CONFIRMED,
    Purpose.SPEAKER_WITHDREW,
)
