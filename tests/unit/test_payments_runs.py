"""A run is complete by the equality of two sets, and opens again when money comes back."""

from dataclasses import replace

import pytest

from services.payments.runs.domain import SETTLED, SETTLING, Figures, Run, advance, complete, expect, reopen
from shared.contracts.payments import RefundRunAdvanced, RefundRunCompleted, RefundRunReopened
from shared.contracts.registration import RegistrationRunClosed
from shared.ids import digest_of

DONE = Figures(worked_out_count=2, ended_count=2, refund_settled_count=1, refunded_minor=57500)
DIGEST = digest_of(["reg_1", "reg_2"])


def counted(figures: Figures = DONE) -> Run:
    closed = RegistrationRunClosed(run="run_1", conference="74th", count=2, digest=DIGEST)
    return advance(expect(Run(id="run_1", conference="74th"), closed), figures=figures, currency="USD").state


def test_a_run_with_exactly_the_closed_registrations_is_settled() -> None:
    change = complete(counted(), digest=DIGEST, owed_back_minor=0, open_count=0)

    (said,) = change.events
    assert isinstance(said, RefundRunCompleted)
    assert (said.revision, said.count, said.digest, said.refunded_minor) == (1, 2, DIGEST, 57500)
    assert change.state.state == SETTLED


@pytest.mark.parametrize(
    ("figures", "digest", "owed_back_minor", "open_count"),
    [
        (replace(DONE, worked_out_count=1), DIGEST, 0, 0),
        (replace(DONE, ended_count=1), DIGEST, 0, 0),
        (replace(DONE, worked_out_count=3, ended_count=3), DIGEST, 0, 0),
        (replace(DONE, refund_open_count=1), DIGEST, 0, 0),
        (replace(DONE, refunds_payable_minor=1), DIGEST, 0, 0),
        (DONE, digest_of(["reg_1", "reg_3"]), 0, 0),
        (DONE, DIGEST, 1, 0),
        (DONE, DIGEST, 0, 1),
    ],
)
def test_a_run_stays_open_while_anything_is_missing(
    figures: Figures, digest: str, owed_back_minor: int, open_count: int
) -> None:
    change = complete(counted(figures), digest=digest, owed_back_minor=owed_back_minor, open_count=open_count)

    assert change.events == ()
    assert change.state.state == SETTLING


def test_a_run_is_not_settled_before_registration_has_closed_it() -> None:
    run = advance(Run(id="run_1", conference="74th"), figures=DONE, currency="USD").state

    assert complete(run, digest=DIGEST, owed_back_minor=0, open_count=0).events == ()


def test_progress_is_said_when_something_has_changed() -> None:
    run = counted()

    assert advance(run, figures=DONE, currency="USD").events == ()
    (said,) = advance(run, figures=replace(DONE, ended_count=1), currency="USD").events
    assert isinstance(said, RefundRunAdvanced)


def test_a_settled_run_reopens_in_its_next_revision() -> None:
    settled = complete(counted(), digest=DIGEST, owed_back_minor=0, open_count=0).state

    change = reopen(settled, reason="a refund came back")
    again = reopen(change.state, reason="another")

    (said,) = change.events
    assert isinstance(said, RefundRunReopened)
    assert (said.revision, change.state.state) == (2, SETTLING)
    assert again.events == ()
    assert again.state != change.state  # it is written, so that completing it at this moment conflicts
