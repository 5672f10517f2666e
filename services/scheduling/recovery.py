"""What scheduling does again when its database was restored from a backup, and what the committee must enter again."""

from datetime import timedelta

from services.scheduling.conferences.domain import conference as domain
from services.scheduling.conferences.domain.conference import ConferenceUnknown
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.decisions.commands.conferences import (
    announce_conference,
    cancelled,
    edit_conference,
    open_registration,
)
from services.scheduling.decisions.commands.postponing import postponed
from services.scheduling.decisions.domain.disruption import Disruption
from services.scheduling.programme.store.programme import CAST_RUNS
from shared.catching_up import Again, Recovery
from shared.clock import end_of_day
from shared.contracts.flow import command
from shared.contracts.scheduling import (
    ConferenceAnnounced,
    ConferenceAwarded,
    ConferenceCancelled,
    ConferenceDescribed,
    ConferencePostponed,
    DecisionArmed,
    DecisionWithdrawn,
    PersonalLinkAsked,
    ProgrammeReleased,
    ProposalDecided,
    ProposalReceived,
    RegistrationOpened,
    SpeakerConfirmed,
    SpeakerIntroduced,
    SpeakerWithdrew,
)
from shared.unit import Unit


@command(emits=[ConferenceCancelled], starts=[CAST_RUNS])
def cancel_again(unit: Unit, *, said: ConferenceCancelled) -> Disruption:
    """The committee's decision of after the backup, on its day, under the run that everybody knows."""
    known = unit.load(CONFERENCES, said.conference)
    if known is None:
        raise ConferenceUnknown("There is no conference under this address. Nothing was changed.")
    change = domain.cancel(
        known,
        run=said.run,
        reason=said.reason,
        decision=said.decision,
        choose_by=said.choose_by,
        now=end_of_day(said.cancelled_on, known.zone) - timedelta(seconds=1),
    )
    return cancelled(unit, change)


@command(emits=[ConferencePostponed])
def postpone_again(unit: Unit, *, said: ConferencePostponed) -> Disruption:
    """The committee's decision of after the backup, on its day, under the run that everybody knows."""
    known = unit.load(CONFERENCES, said.conference)
    if known is None:
        raise ConferenceUnknown("There is no conference under this address. Nothing was changed.")
    change = domain.postpone(
        known,
        run=said.run,
        reason=said.reason,
        decision=said.decision,
        choose_by=said.choose_by,
        now=end_of_day(said.postponed_on, known.zone) - timedelta(seconds=1),
    )
    return postponed(unit, change)


RECOVERY = Recovery(
    again={
        ConferenceAnnounced: lambda said: Again(announce_conference, {"conference": said.conference}),
        ConferenceDescribed: lambda said: Again(
            edit_conference,
            {
                "conference": said.conference,
                "changes": {"title": said.title, "venue": said.venue, "text": said.text},
                "seen": None,
            },
        ),
        RegistrationOpened: lambda said: Again(open_registration, {"conference": said.conference}),
        ConferencePostponed: lambda said: Again(postpone_again, {"said": said}),
        ConferenceCancelled: lambda said: Again(cancel_again, {"said": said}),
    },
    needless=frozenset({PersonalLinkAsked}),  # the mail has gone; who needs another link asks for one
    by_hand={
        PersonalLinkAsked: lambda said: f"nothing; but person {said.person} may ask for their link once more",
        ConferenceAwarded: lambda said: (
            f"the award of {said.year} to {said.city} (series {said.series}), with the board's resolution"
        ),
        DecisionArmed: lambda said: (
            f"that decision {said.decision} about conference {said.conference} was set going; if it was neither undone "
            "nor carried out, write it anew and set it going, then registration is as it was"
        ),
        DecisionWithdrawn: lambda said: f"that decision {said.decision} was undone",
        ProgrammeReleased: lambda said: (
            f"release {said.release} of conference {said.conference}, {said.release_name!r}, with the draft as it was"
        ),
        ProposalReceived: lambda said: f"the proposal {said.title!r} (session {said.session})",
        ProposalDecided: lambda said: (
            f"that the proposal {said.title!r} was {'accepted' if said.is_accepted else 'declined'}"
        ),
        SpeakerIntroduced: lambda said: f"a speaker (person {said.person})",
        SpeakerConfirmed: lambda said: f"that a speaker (person {said.person}) comes to {said.title!r}",
        SpeakerWithdrew: lambda said: f"that a speaker (person {said.person}) withdrew from {said.title!r}",
    },
)
