"""Claims about the life of a decision: what may follow what, who may not be the second person, and each refusal."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.scheduling.conferences.domain.conference import Conference, FieldRefused, Life
from services.scheduling.decisions.commands import cancelling
from services.scheduling.decisions.commands.deciding import KINDS, kind_of
from services.scheduling.decisions.domain import arming, refusals
from services.scheduling.decisions.domain import decision as life
from services.scheduling.decisions.domain.decision import Basis, Decision, Doer, Facts, State
from services.scheduling.decisions.domain.stakes import Part, Stakes
from services.scheduling.previews.domain.preview import SERVICES, Answer, Kind, Preview
from shared.contracts.consequences import Drift
from shared.problem import Refusal

NOW = datetime(2020, 4, 9, 14, 0, tzinfo=UTC)
ZONE = "America/Chicago"
HELEN = Doer(id="acc_helen", words="Helen Okafor", session="ses_1")
TOM = Doer(id="acc_tom", words="Tom Brandt", session="ses_2")
FACTS = Facts(reason="It would not be safe.", text="The board cancels.", choose_by=date(2020, 4, 30))
SEEN = Stakes(id="conf_74", parts={"card": Part(registration_count=2, paid_minor=115_000)})
DRAFT = life.draft("dec_1", conference="conf_74", kind="cancel", facts=FACTS, correlation="c", by=HELEN, now=NOW)
PREVIEWED = life.preview(DRAFT, revision=1, seen=SEEN, by=HELEN, now=NOW)
PROPOSED = life.propose(PREVIEWED, revision=1, by=HELEN, now=NOW)
APPROVED = life.approve(PROPOSED, revision=1, by=TOM, now=NOW)
BEGUN = life.arm(APPROVED, revision=1, by=HELEN, now=NOW)
ARMED = life.begin_grace(BEGUN, now=NOW)
LATER = NOW + timedelta(minutes=30)
RUNNING = life.carry_out(ARMED, run="run_1", by=HELEN, now=LATER)
RETURNED = life.send_back(PROPOSED, revision=1, remark="Give them four weeks.", by=TOM, now=NOW)
WITHDRAWN = life.withdraw(DRAFT, zone=ZONE, by=HELEN, now=NOW)
CONFERENCE = Conference(
    id="conf_74",
    key="74th",
    title="74th Annual Conference",
    city="St. Louis",
    zone=ZONE,
    currency="USD",
    starts=date(2020, 5, 17),
    ends=date(2020, 5, 20),
    life=Life.OPEN,
)


def test_a_decision_comes_by_two_people_to_where_it_can_still_be_undone_and_then_runs() -> None:
    states = [each.state for each in (DRAFT, PREVIEWED, PROPOSED, APPROVED, ARMED, RUNNING)]

    assert states == ["drafted", "previewed", "proposed", "approved", "armed", "running"]
    assert [(act.state, act.by.words) for act in ARMED.history] == [
        ("drafted", "Helen Okafor"),
        ("previewed", "Helen Okafor"),
        ("proposed", "Helen Okafor"),
        ("approved", "Tom Brandt"),
        ("armed", "Helen Okafor"),
    ]
    assert (ARMED.until, ARMED.proposer, ARMED.approver) == (LATER, HELEN, TOM)


def test_nobody_approves_what_they_proposed() -> None:
    with pytest.raises(refusals.ApprovedOwnProposal) as refused:
        life.approve(PROPOSED, revision=1, by=replace(HELEN, session="ses_9"), now=NOW)

    assert refused.value.detail == (
        "Helen Okafor proposed this decision, and nobody approves their own. Nothing was approved; ask somebody else "
        "of finance or the board."
    )


def test_another_account_in_the_same_session_is_no_second_person() -> None:
    with pytest.raises(refusals.ApprovedFromProposersSession, match="in this very session"):
        life.approve(PROPOSED, revision=1, by=replace(TOM, session=HELEN.session), now=NOW)


def test_two_keys_of_the_installation_begin_no_session_and_are_two() -> None:
    committee, finance = Doer(id="key:committee", words="the committee"), Doer(id="key:finance", words="the finance")
    proposed = life.propose(PREVIEWED, revision=1, by=committee, now=NOW)

    assert life.approve(proposed, revision=1, by=finance, now=NOW).state is State.APPROVED
    with pytest.raises(refusals.ApprovedOwnProposal):
        life.approve(proposed, revision=1, by=committee, now=NOW)


@pytest.mark.parametrize("known", [PREVIEWED, PROPOSED, APPROVED, RETURNED])
def test_a_change_makes_a_draft_of_it_that_nobody_has_seen_proposed_or_approved(known: Decision) -> None:
    edited = life.edit(known, facts=replace(FACTS, reason="The city is closed."), revision=1, by=TOM, now=NOW)

    assert (edited.state, edited.revision, edited.seen) == (State.DRAFTED, 2, None)
    assert (edited.proposer, edited.approver) == (None, None)
    with pytest.raises(refusals.DecisionNotApproved):
        life.arm(edited, revision=2, by=HELEN, now=NOW)


def test_the_same_facts_change_nothing_whatever_was_read() -> None:
    assert life.edit(APPROVED, facts=FACTS, revision=7, by=TOM, now=NOW) is APPROVED


def test_what_somebody_returned_says_why_and_is_proposed_again_after_it_was_seen() -> None:
    assert RETURNED.history[-1].remark == "Give them four weeks."
    with pytest.raises(refusals.DecisionNotPreviewed):
        life.propose(RETURNED, revision=1, by=HELEN, now=NOW)

    seen = life.preview(RETURNED, revision=1, seen=SEEN, by=HELEN, now=NOW)

    assert life.propose(seen, revision=1, by=HELEN, now=NOW).state is State.PROPOSED


def test_other_figures_than_those_approved_ask_the_second_person_anew() -> None:
    more = replace(SEEN, parts={"card": Part(registration_count=3, paid_minor=172_500)})

    assert life.preview(APPROVED, revision=1, seen=SEEN, by=HELEN, now=NOW) is APPROVED
    again = life.preview(APPROVED, revision=1, seen=more, by=HELEN, now=NOW)
    assert (again.state, again.approver) == (State.PREVIEWED, None)


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        (lambda: life.propose(DRAFT, revision=1, by=HELEN, now=NOW), refusals.DecisionNotPreviewed),
        (lambda: life.approve(PREVIEWED, revision=1, by=TOM, now=NOW), refusals.DecisionNotProposed),
        (lambda: life.approve(APPROVED, revision=1, by=TOM, now=NOW), refusals.DecisionNotProposed),
        (lambda: life.send_back(APPROVED, revision=1, remark="No", by=TOM, now=NOW), refusals.DecisionNotProposed),
        (lambda: life.arm(PROPOSED, revision=1, by=HELEN, now=NOW), refusals.DecisionNotApproved),
        (lambda: life.arm(RETURNED, revision=1, by=HELEN, now=NOW), refusals.DecisionNotApproved),
        (lambda: life.arm(ARMED, revision=1, by=HELEN, now=NOW), refusals.DecisionUnderWay),
        (lambda: life.arm(WITHDRAWN, revision=1, by=HELEN, now=NOW), refusals.DecisionOver),
        (lambda: life.approve(ARMED, revision=1, by=TOM, now=NOW), refusals.DecisionUnderWay),
        (lambda: life.edit(ARMED, facts=FACTS, revision=1, by=TOM, now=NOW), refusals.DecisionUnderWay),
        (lambda: life.edit(WITHDRAWN, facts=FACTS, revision=1, by=TOM, now=NOW), refusals.DecisionOver),
        (lambda: life.preview(RUNNING, revision=1, seen=SEEN, by=TOM, now=NOW), refusals.DecisionUnderWay),
    ],
)
def test_no_step_is_left_out_and_none_is_taken_after_the_end(step: object, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal, match=r"Nothing (of yours )?was"):
        step()  # type: ignore[operator]


@pytest.mark.parametrize(
    "step",
    [
        lambda read: life.edit(PROPOSED, facts=replace(FACTS, reason="Other."), revision=read, by=TOM, now=NOW),
        lambda read: life.preview(DRAFT, revision=read, seen=SEEN, by=HELEN, now=NOW),
        lambda read: life.propose(PREVIEWED, revision=read, by=HELEN, now=NOW),
        lambda read: life.approve(PROPOSED, revision=read, by=TOM, now=NOW),
        lambda read: life.send_back(PROPOSED, revision=read, remark="No", by=TOM, now=NOW),
        lambda read: life.arm(APPROVED, revision=read, by=HELEN, now=NOW),
    ],
)
@pytest.mark.parametrize("read", [2, 3])
def test_nobody_acts_on_another_revision_than_they_read(step: object, read: int) -> None:
    with pytest.raises(refusals.DecisionReadInAnotherRevision, match=f"You read revision {read} of this decision"):
        step(read)  # type: ignore[operator]


@pytest.mark.parametrize("known", [DRAFT, PREVIEWED, PROPOSED, RETURNED, APPROVED])
def test_before_it_is_armed_it_can_be_given_up_at_any_time(known: Decision) -> None:
    assert life.withdraw(known, zone=ZONE, by=TOM, now=NOW + timedelta(days=300)).state is State.WITHDRAWN


def test_an_armed_decision_is_undone_until_its_time_is_over_and_not_at_that_instant() -> None:
    assert life.withdraw(ARMED, zone=ZONE, by=TOM, now=LATER - timedelta(seconds=1)).state is State.WITHDRAWN
    assert life.withdraw(WITHDRAWN, zone=ZONE, by=TOM, now=NOW) is WITHDRAWN
    assert (ARMED.is_due(LATER - timedelta(seconds=1)), ARMED.is_due(LATER)) == (False, True)
    for known in (ARMED, RUNNING, life.followed(RUNNING, state=State.SETTLED)):
        with pytest.raises(refusals.UndoTooLate) as refused:
            life.withdraw(known, zone=ZONE, by=TOM, now=LATER)
        assert "could be undone until 9:30 AM" in refused.value.detail.replace("\u202f", " ")


def test_what_follows_a_decision_moves_only_one_that_runs() -> None:
    assert life.followed(RUNNING, state=State.SETTLING).state is State.SETTLING
    assert life.followed(WITHDRAWN, state=State.SETTLING) is WITHDRAWN


def test_without_grace_a_decision_is_due_as_soon_as_it_is_armed() -> None:
    at_once = replace(BEGUN, facts=replace(FACTS, grace_minutes=0))

    assert not at_once.is_due(NOW)
    assert life.begin_grace(at_once, now=NOW).is_due(NOW)


@pytest.mark.parametrize(
    ("by", "revision", "refusal"),
    [
        (replace(HELEN, session="ses_9"), 1, refusals.ApprovedOwnProposal),
        (replace(TOM, session=HELEN.session), 1, refusals.ApprovedFromProposersSession),
        (TOM, 2, refusals.DecisionReadInAnotherRevision),
    ],
)
def test_what_has_changed_takes_the_same_second_person_as_the_decision(
    by: Doer, revision: int, refusal: type[Refusal]
) -> None:
    drifted = arming.drifted(BEGUN, changes=("1 more registration",), now=NOW)
    basis = Basis(preview="prv_2", digests={"registration": "r2"})

    with pytest.raises(refusal, match="Nothing was approved"):
        life.approve_drift(drifted, revision=revision, basis=basis, by=by, now=NOW)
    approved = life.approve_drift(drifted, revision=1, basis=basis, by=TOM, now=NOW)
    assert (approved.state, approved.until, approved.has_drifted) == (State.ARMED, LATER, False)


def test_a_decision_that_was_approved_before_there_were_digests_is_read_and_approved_once_more() -> None:
    answer = Answer(count=1, population="same", lines=(), anomalies=(), digest="d", drift=Drift())
    found = Preview(
        id="prv_1",
        conference="conf_74",
        decision="dec_1",
        revision=1,
        kind=Kind.CANCEL,
        currency="USD",
        zone=ZONE,
        asked_at=NOW,
        as_of=NOW,
        answers=dict.fromkeys(SERVICES, answer),
    )
    basis = Basis(preview="prv_0", digests=dict.fromkeys(SERVICES, "d"))

    assert arming.differences(None, found) == (arming.NOT_KEPT,)
    assert arming.differences(basis, found) == ()
    assert arming.differences(replace(basis, digests={"registration": "d"}), found) == (arming.NOT_KEPT,)


def test_a_cancellation_says_until_when_people_may_choose() -> None:
    with pytest.raises(FieldRefused, match="Say until which day people may choose"):
        cancelling.must_be_possible(CONFERENCE, replace(FACTS, choose_by=None), NOW)


def test_what_is_no_kind_is_refused_with_those_that_are() -> None:
    assert set(KINDS) == {"cancel"}
    with pytest.raises(refusals.KindUnknown, match="'abolish' can't be decided here"):
        kind_of("abolish")
