"""Events of the topics that this service reads, about which it has nothing to do.

What stands neither here nor at a handler waits, with all that comes after it in the same story: a type that was told
after this version was written must not be passed by, because a later version may need it. A handler that is added for
one of these gets its history by `python -m services.payments backfill`.
"""

from shared.contracts.registration import (
    AddressChangeAsked,
    ContactChanged,
    LinkAsked,
    OptionRenamed,
    PersonRegistered,
    PlacesOffered,
    PlacesSetAside,
    RegistrationConfirmed,
    RegistrationSubmitted,
    SettlementChosen,
)
from shared.contracts.scheduling import (
    AgendaChanged,
    ConferenceCancelled,
    PersonalLinkAsked,
    PointsPosted,
    ProgrammeReleased,
    ProposalDecided,
    ProposalReceived,
    RegistrationOpened,
    SeatOffered,
    SeatsPublished,
    SeatsWanted,
    SessionCancelled,
    SessionMoved,
    SessionScheduled,
    SpeakerConfirmed,
    SpeakerIntroduced,
    SpeakerReplaced,
    SpeakerWithdrew,
    SpeakingCancelled,
    SpeakingRunClosed,
)

UNHEARD = (
    OptionRenamed,
    RegistrationSubmitted,
    AddressChangeAsked,
    PersonalLinkAsked,
    SeatsPublished,
    PlacesOffered,
    RegistrationOpened,
    ConferenceCancelled,
    SpeakingCancelled,
    SpeakingRunClosed,
    SpeakerIntroduced,
    ProposalReceived,
    ProposalDecided,
    SpeakerConfirmed,
    SpeakerWithdrew,
    ProgrammeReleased,
    SessionScheduled,
    SessionMoved,
    SessionCancelled,
    SpeakerReplaced,
    AgendaChanged,
    SeatOffered,
    SeatsWanted,
    PointsPosted,
    PersonRegistered,
    ContactChanged,
    LinkAsked,
    RegistrationConfirmed,
    PlacesSetAside,
    SettlementChosen,
)
