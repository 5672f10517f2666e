"""Events of the topics that this service reads, about which it has nothing to do.

What stands neither here nor at a handler waits, with all that comes after it in the same story: a type that was told
after this version was written must not be passed by, because a later version may need it. A handler that is added for
one of these gets its history by `python -m services.notifications backfill`.
"""

from shared.contracts.payments import (
    DonationRecorded,
    ErasureAnswered,
    InvoiceReduced,
    OrderGivenUp,
    PurchaseOrderAccepted,
    RefundRunAdvanced,
    RefundRunCompleted,
    RefundRunReopened,
)
from shared.contracts.registration import (
    ErasureAsked,
    OptionAdded,
    OptionPaid,
    OrderEnded,
    PaymentTimeEnded,
    PlacesOffered,
    PlacesSetAside,
    RegistrationsHeld,
    RegistrationsPreviewed,
    RunSteered,
    SettlementFixed,
)
from shared.contracts.scheduling import (
    ConferenceAwarded,
    PointsPosted,
    ProgrammeReleased,
    RegistrationOpened,
    SeatOwed,
    SeatsPublished,
    SeatsWanted,
    SessionCancelled,
    SessionMoved,
    SessionScheduled,
    SpeakerReplaced,
)

UNHEARD = (
    ConferenceAwarded,
    RegistrationsPreviewed,
    RegistrationsHeld,
    RunSteered,
    ErasureAnswered,
    ErasureAsked,
    OptionAdded,
    OptionPaid,
    OrderEnded,
    SeatsPublished,
    PlacesOffered,
    RegistrationOpened,
    ProgrammeReleased,
    SessionScheduled,
    SessionMoved,
    SessionCancelled,
    SpeakerReplaced,
    SeatOwed,
    SeatsWanted,
    PointsPosted,
    PaymentTimeEnded,
    PlacesSetAside,
    SettlementFixed,
    InvoiceReduced,
    OrderGivenUp,
    PurchaseOrderAccepted,
    DonationRecorded,
    RefundRunAdvanced,
    RefundRunCompleted,
    RefundRunReopened,
)
