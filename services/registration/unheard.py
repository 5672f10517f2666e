"""Events of the topics that this service reads, about which it has nothing to do.

What stands neither here nor at a handler waits, with all that comes after it in the same story: a type that was told
after this version was written must not be passed by, because a later version may need it. A handler that is added for
one of these gets its history by `python -m services.registration backfill`.
"""

from shared.contracts.payments import (
    CreditIssued,
    CreditOffered,
    CreditPaidOut,
    CreditsStated,
    DonationRecorded,
    MoneyPreviewed,
    PayeeNamed,
    PaymentFailed,
    PaymentUnderway,
    RefundFailed,
    RefundRunAdvanced,
    RefundRunCompleted,
    RefundRunReopened,
)
from shared.contracts.scheduling import (
    AgendaChanged,
    PersonalLinkAsked,
    PointsPosted,
    ProgrammeReleased,
    ProposalDecided,
    ProposalReceived,
    SeatOffered,
    SessionMoved,
    SpeakerConfirmed,
    SpeakerReplaced,
    SpeakerWithdrew,
    SpeakingCancelled,
    SpeakingRunClosed,
)

UNHEARD = (
    MoneyPreviewed,
    PersonalLinkAsked,
    SpeakingCancelled,
    SpeakingRunClosed,
    ProposalReceived,
    ProposalDecided,
    SpeakerConfirmed,
    SpeakerWithdrew,
    ProgrammeReleased,
    SessionMoved,
    SpeakerReplaced,
    AgendaChanged,
    SeatOffered,
    PointsPosted,
    PayeeNamed,
    PaymentFailed,
    PaymentUnderway,
    RefundFailed,
    CreditIssued,
    CreditOffered,
    CreditPaidOut,
    CreditsStated,
    DonationRecorded,
    RefundRunAdvanced,
    RefundRunCompleted,
    RefundRunReopened,
)
