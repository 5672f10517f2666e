"""Who may do what is one table; whoever acts has a scope and a name of their own."""

import pytest

from shared.principals import ALLOWED, Action, Held, On, Principal, Role, installation, who_may

pytestmark = pytest.mark.unit

HELEN = Principal(person="acc_helen", name="Helen Okafor", association="iimc", roles=frozenset({Held(Role.COMMITTEE)}))
SAM = Principal(person="acc_sam", association="iimc", roles=frozenset({Held(Role.PROGRAMME, "79th")}))


def test_two_who_act_have_two_scopes() -> None:
    desks = [installation(role) for role in (Role.COMMITTEE, Role.FINANCE)]

    assert len({each.scope for each in (*desks, HELEN, SAM, Principal())}) == 5


def test_a_principal_is_named_by_its_name_or_else_by_its_roles() -> None:
    assert HELEN.words == "Helen Okafor"
    assert installation(Role.COMMITTEE).words == "the committee"
    assert installation(Role.FINANCE, Role.AUDITOR).words == "an auditor and the finance office"
    assert Principal().words == "somebody with a link"


def test_each_action_is_in_the_table_and_somebody_may_do_it() -> None:
    assert set(ALLOWED) == set(Action)
    assert all(ALLOWED.values())
    assert who_may(Action.MOVE_MONEY) == "the finance office"
    assert who_may(Action.SEE_REFUND_RUNS) == "the committee, the finance office, the board or an auditor"


def test_an_auditor_changes_nothing_and_the_board_only_what_a_board_decides() -> None:
    sees = {each for each in Action if each.name.startswith(("SEE_", "FORESEE_"))} | {Action.KEEP_OWN_ACCOUNT}
    decides = {Action.AWARD_YEARS, Action.EDIT_SERIES, Action.APPROVE_DECISIONS, Action.UNDO_DECISIONS}

    assert {action for action in Action if Role.AUDITOR in ALLOWED[action]} <= sees
    assert {action for action in Action if Role.BOARD in ALLOWED[action]} - sees == decides


@pytest.mark.parametrize(
    ("who", "on", "expected"),
    [
        (HELEN, On(), True),
        (HELEN, On(association="iimc", conference="79th"), True),
        (HELEN, On(association="ilcma", conference="79th"), False),
        (SAM, On(association="iimc", conference="79th"), True),
        (SAM, On(association="iimc", conference="80th"), False),
        (SAM, On(association="ilcma", conference="79th"), False),
        (SAM, On(association="iimc"), False),
        (installation(Role.COMMITTEE), On(association="ilcma", conference="80th"), True),
        (installation(Role.FINANCE), On(), False),
        (Principal(), On(), False),
    ],
)
def test_a_role_holds_for_its_association_or_for_one_conference_of_it(who: Principal, on: On, expected: bool) -> None:
    assert who.may(Action.EDIT_PROGRAMME, on) is expected
