"""Claims about options, their places, and what becomes of them, without any engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.changing.domain import option_choices, session_runs, settlement
from services.registration.changing.domain.runs import Run, facts_of, told
from services.registration.changing.domain.session_runs import CancelledSession
from services.registration.changing.domain.settlement import (
    ChoiceIsFinal,
    ChoiceTooLate,
    ChoiceUnknown,
    NothingToChoose,
)
from services.registration.prices.domain.fees import FeeTable, Option, OptionTwice, OptionUnknown, edited
from services.registration.prices.domain.places import (
    OptionPlaces,
    OptionSessionFixed,
    closed,
    counted,
    places_id,
    sold_out,
)
from services.registration.registering.domain import endings
from services.registration.registering.domain.options import OptionState
from services.registration.registering.domain.registrations import Life, Registration, Tender, pay, submit
from shared.change import Change
from shared.contracts.payments import InvoiceReduced
from shared.contracts.registration import (
    OptionCancelled,
    OptionMoved,
    OptionPlace,
    OrderLine,
    RegistrationConfirmed,
    RegistrationSubmitted,
)
from shared.contracts.scheduling import SessionCancelled
from shared.problem import Refusal
from tests.unit.test_registration_domain import CONFERENCE, DELEGATE, NOW, RUN, SPEAKER, TERMS

UNTIL = datetime(2020, 5, 14, 5, tzinfo=UTC)
A07 = Option(key="a-07", label="Academy A-07", amount_minor=9500, session="ses_07", place_count=30)
A09 = Option(key="a-09", label="Academy A-09", amount_minor=9500, session="ses_09", place_count=20)
DIALOGUE = Option(key="d-01", label="Dialogue D-01", amount_minor=12500, session="ses_d1", place_count=30)
BANQUET = Option(key="banquet", label="Banquet", amount_minor=9500)
FEES = FeeTable(revision=1, categories=(DELEGATE, SPEAKER), terms=TERMS, options=(A07, A09, DIALOGUE, BANQUET))
SESSION_RUN = session_runs.begin(
    SessionCancelled(
        session="ses_07",
        conference="74th",
        release=2,
        uid="ses_07@reconvene.example",
        sequence=1,
        code="A-07",
        title="Records in a crisis",
        starts=None,
        ends=None,
        reason="The speaker is ill.",
        alternatives=("ses_09", "ses_d1", "ses_unknown"),
        choose_until=UNTIL,
    ),
    correlation="c",
)


def offering(*alternatives: str) -> Run:
    """The run of A-07 with these sessions instead."""
    session = replace(facts_of(SESSION_RUN, CancelledSession), alternatives=alternatives)
    return replace(SESSION_RUN, facts=told(session))


def submitted(*options: Option, category: object = DELEGATE) -> Registration:
    """Dana registers with these options."""
    return submit(
        "reg_1",
        order="ord_1",
        person="per_1",
        conference=CONFERENCE,
        fees=FEES,
        category=category,  # type: ignore[arg-type]
        tender=Tender.CARD,
        guests=(),
        now=NOW,
        options=options,
    ).state


def paid(*options: Option) -> Registration:
    """Dana's registration with these options, paid in full."""
    change = pay(submitted(*options), balance_minor=0)
    assert change is not None
    return change.state


def marked(*options: Option, run: Run = SESSION_RUN) -> Registration:
    """Dana's paid registration, after A-07 was cancelled."""
    change = option_choices.mark(paid(*(options or (A07,))), run=run, fees=FEES)
    assert change is not None
    return change.state


def reduced(product: str, *, balance_minor: int = 0, owed_back_minor: int = 9500) -> InvoiceReduced:
    """Payments has taken the option off the invoice."""
    return InvoiceReduced(
        order="ord_1",
        registration="reg_1",
        conference="74th",
        person="per_1",
        number="INV",
        product=product,
        session="ses_07",
        reduced_minor=9500,
        written_off_minor=9500 - owed_back_minor,
        owed_back_minor=owed_back_minor,
        released_minor=0,
        total_minor=57500,
        balance_minor=balance_minor,
        currency="USD",
    )


# what is sold


def test_options_are_lines_of_the_submission_and_places_of_the_confirmation() -> None:
    change = submit(
        "reg_1",
        order="ord_1",
        person="per_1",
        conference=CONFERENCE,
        fees=FEES,
        category=DELEGATE,
        tender=Tender.CARD,
        guests=(),
        now=NOW,
        options=(A07, BANQUET),
    )
    (said,) = change.events
    confirmed = pay(change.state, balance_minor=0)
    assert confirmed is not None

    assert isinstance(said, RegistrationSubmitted)
    assert said.lines == (
        OrderLine(kind="fee", amount_minor=57500),
        OrderLine(kind="option", amount_minor=9500, product="a-07", session="ses_07"),
        OrderLine(kind="option", amount_minor=9500, product="banquet"),
    )
    (told,) = confirmed.events
    assert isinstance(told, RegistrationConfirmed)
    assert (told.total_minor, told.options) == (
        76500,
        (
            OptionPlace(product="a-07", session="ses_07", amount_minor=9500),
            OptionPlace(product="banquet", session="", amount_minor=9500),
        ),
    )


def test_a_place_that_costs_nothing_is_not_confirmed_while_an_option_is_to_be_paid() -> None:
    assert submitted(A07, category=SPEAKER).life is Life.SUBMITTED


def test_an_option_is_chosen_once_and_must_be_known() -> None:
    assert FEES.chosen(("banquet", "a-07")) == (BANQUET, A07)
    with pytest.raises(OptionTwice, match="Nobody was registered"):
        FEES.chosen(("a-07", "a-07"))
    with pytest.raises(OptionUnknown, match="a-07, a-09, d-01, banquet"):
        FEES.chosen(("golf",))


@pytest.mark.parametrize("twin", [replace(A09, key="a-07"), replace(A09, session="ses_07")], ids=["key", "session"])
def test_a_fee_table_names_each_option_and_sells_each_session_once(twin: Option) -> None:
    with pytest.raises(OptionTwice, match="was not changed"):
        edited(None, categories=(DELEGATE,), terms=TERMS, seen=None, options=(A07, twin))


def test_many_options_without_a_session_are_fine_and_an_edit_of_options_is_an_edit() -> None:
    golf = Option(key="golf", label="Golf", amount_minor=11000)
    table = edited(None, categories=(DELEGATE,), terms=TERMS, seen=None, options=(BANQUET, golf))
    again = edited(table, categories=(DELEGATE,), terms=TERMS, seen=frozenset({"1"}), options=(BANQUET,))

    assert (table.revision, again.revision, again.options) == (1, 2, (BANQUET,))


def test_a_counter_keeps_what_was_taken_and_its_session() -> None:
    first = counted(A07, conference="74th", known=None)
    sold = replace(first, taken_count=28)

    fewer = counted(replace(A07, place_count=20), conference="74th", known=sold)

    assert first == OptionPlaces(
        id=places_id("74th", "a-07"),
        conference="74th",
        product="a-07",
        session="ses_07",
        place_count=30,
        amount_minor=A07.amount_minor,
    )
    assert (fewer.taken_count, fewer.place_count, fewer.free_count) == (28, 20, 0)
    assert counted(replace(A07, session="ses_x"), conference="74th", known=first).session == "ses_x"
    with pytest.raises(OptionSessionFixed, match="was not changed"):
        counted(replace(A07, session="ses_x"), conference="74th", known=sold)


def test_who_finds_an_option_sold_out_is_told_that_nothing_happened_and_what_is_free() -> None:
    places = {each.key: counted(each, conference="74th", known=None) for each in FEES.options}
    places["a-07"] = replace(places["a-07"], taken_count=30)
    places["d-01"] = replace(places["d-01"], taken_count=29)

    refusal = sold_out(A07, fees=FEES, places=places)
    gone = sold_out(A07, fees=FEES, places={**places, "a-07": closed(places["a-07"])})

    assert refusal.detail == (
        "Academy A-07 is sold out: all 30 places are taken. You were not registered, and nothing was charged. "
        "Still free: Academy A-09 (20 places left); Dialogue D-01 (1 place left); Banquet. "
        "Register with one of these, or without any."
    )
    assert "its session is cancelled" in gone.detail


def test_where_no_option_is_free_the_advice_is_a_whole_sentence() -> None:
    full = {each.key: replace(counted(each, conference="74th", known=None), place_count=0) for each in FEES.options}

    assert sold_out(A07, fees=FEES, places=full).detail.endswith("nothing was charged. Register without it.")


# its session is cancelled


def test_a_seat_in_a_cancelled_session_is_offered_those_of_its_price() -> None:
    change = option_choices.mark(paid(A07, BANQUET), run=SESSION_RUN, fees=FEES)

    assert change is not None
    option, banquet = change.state.options
    assert (option.state, option.code, option.alternatives, option.choose_until) == (
        OptionState.CANCELLED_BY_ORGANISER,
        "A-07",
        ("ses_09",),
        UNTIL,
    )
    assert banquet.state is OptionState.HELD
    assert change.events == ()
    assert change.state.total_minor == 76500
    assert option_choices.mark(change.state, run=SESSION_RUN, fees=FEES) is None


def test_a_seat_whose_session_is_reinstated_is_what_it_was() -> None:
    assert option_choices.reinstate(marked(A07, BANQUET), session="ses_07") == Change(paid(A07, BANQUET))


def test_a_seat_that_is_cancelled_again_before_it_was_restored_is_offered_the_new_terms() -> None:
    later = replace(SESSION_RUN, id="ses_07:4", until=UNTIL + timedelta(days=7))

    change = option_choices.mark(marked(A07), run=later, fees=FEES)

    assert change == Change(marked(A07, run=later))


def test_who_has_no_seat_there_or_has_ended_is_left_alone() -> None:
    ended = settlement.end(paid(A07), run=RUN).state

    assert option_choices.mark(paid(A09, BANQUET), run=SESSION_RUN, fees=FEES) is None
    assert option_choices.mark(ended, run=SESSION_RUN, fees=FEES) is None


@pytest.mark.parametrize(
    ("run", "options"),
    [
        (offering(), (A07,)),
        (offering("ses_d1"), (A07,)),
        (replace(SESSION_RUN, until=None), (A07,)),
        (SESSION_RUN, (A07, A09)),
    ],
    ids=["none is offered", "another price", "no time to choose", "has it already"],
)
def test_where_nothing_is_left_to_choose_the_money_goes_back_at_once(run: Run, options: tuple[Option, ...]) -> None:
    change = option_choices.mark(paid(*options), run=run, fees=FEES)

    assert change is not None
    (said,) = change.events
    assert said == OptionCancelled(
        registration="reg_1",
        conference="74th",
        person="per_1",
        order="ord_1",
        product="a-07",
        session="ses_07",
        amount_minor=9500,
        currency="USD",
        by="deadline",
        label="Academy A-07",
    )
    assert change.state.options[0].state is OptionState.GIVEN_BACK


def test_a_move_keeps_the_price_and_moves_no_money() -> None:
    known = marked()
    to = option_choices.destination(known, product="a-07", session="ses_09", fees=FEES, now=NOW)

    change = option_choices.move(known, product="a-07", to=to)

    assert change.events == (
        OptionMoved(
            registration="reg_1",
            conference="74th",
            person="per_1",
            order="ord_1",
            option="a-07",
            from_session="ses_07",
            to_session="ses_09",
            amount_minor=9500,
            currency="USD",
            to_option="a-09",
            from_label="Academy A-07",
            to_label="Academy A-09",
        ),
    )
    (option,) = change.state.options
    assert (option.product, option.state, option.moved_from) == ("a-09", OptionState.HELD, "Academy A-07")
    assert change.state.total_minor == known.total_minor


def test_a_refund_is_said_once_and_takes_the_price_off() -> None:
    change = option_choices.choose_refund(marked(A07, BANQUET), product="a-07", now=NOW)

    assert change is not None
    assert [(type(said), said.by) for said in change.events if isinstance(said, OptionCancelled)] == [
        (OptionCancelled, "registrant")
    ]
    assert (change.state.total_minor, change.state.invoiced_minor) == (67000, 76500)
    assert option_choices.choose_refund(change.state, product="a-07", now=UNTIL) is None


def refunded() -> Registration:
    """Dana's registration after she took the money for A-07 back."""
    change = option_choices.choose_refund(marked(), product="a-07", now=NOW)
    assert change is not None
    return change.state


@pytest.mark.parametrize(
    ("make", "now", "refusal"),
    [
        (lambda: paid(A07), NOW, NothingToChoose),
        (lambda: settlement.end(marked(), run=RUN).state, NOW, NothingToChoose),
        (refunded, NOW, ChoiceIsFinal),
        (marked, UNTIL, ChoiceTooLate),
        (lambda: paid(BANQUET), NOW, option_choices.OptionNotHeld),
    ],
    ids=["takes place", "conference cancelled", "money is going back", "too late", "no such option"],
)
def test_a_move_that_can_not_be_made_is_refused(
    make: Callable[[], Registration], now: datetime, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal, match="Nothing was changed"):
        option_choices.destination(make(), product="a-07", session="ses_09", fees=FEES, now=now)


@pytest.mark.parametrize("session", ["ses_d1", "ses_unknown", "ses_07", ""])
def test_nobody_moves_to_what_is_not_offered(session: str) -> None:
    with pytest.raises(ChoiceUnknown, match="You were not moved"):
        option_choices.destination(marked(), product="a-07", session=session, fees=FEES, now=NOW)


def test_the_last_instant_before_the_deadline_is_in_time() -> None:
    last = UNTIL - timedelta(milliseconds=1)

    assert option_choices.destination(marked(), product="a-07", session="ses_09", fees=FEES, now=last) == A09


def test_the_end_of_the_registration_makes_an_open_choice_void_and_settles_all_as_one() -> None:
    ended = settlement.end(marked(A07, BANQUET), run=RUN).state

    assert [each.state for each in ended.options] == [OptionState.ENDED, OptionState.ENDED]
    assert ended.total_minor == 76500


def test_what_was_given_back_before_the_end_stays_given_back() -> None:
    ended = settlement.end(refunded(), run=RUN).state

    assert [each.state for each in ended.options] == [OptionState.GIVEN_BACK]


# what payments says


def test_an_option_off_the_invoice_is_noted_once() -> None:
    change = endings.note_reduction(refunded(), reduced("a-07"))

    assert change is not None
    (option,) = change.state.options
    assert (option.is_off_invoice, option.back_minor) == (True, 9500)
    assert (change.state.total_minor, change.state.invoiced_minor) == (57500, 57500)
    assert endings.note_reduction(change.state, reduced("a-07")) is None


def test_money_that_came_before_the_option_is_off_is_counted_against_the_old_invoice() -> None:
    part = pay(submitted(A07), balance_minor=60000)
    assert part is not None
    change = option_choices.mark(part.state, run=offering(), fees=FEES)
    assert change is not None

    between = pay(change.state, balance_minor=9500)
    assert between is not None
    off = endings.note_reduction(between.state, reduced("a-07", owed_back_minor=0))
    assert off is not None
    after = pay(off.state, balance_minor=0)
    assert after is not None

    assert (between.state.paid_minor, between.state.life) == (57500, Life.SUBMITTED)
    assert (after.state.paid_minor, after.state.life) == (57500, Life.CONFIRMED)
    assert [type(said) for said in after.events] == [RegistrationConfirmed]


HAPPENINGS = ("cancel", "reinstate", "move", "refund", "deadline", "end")


@given(st.lists(st.sampled_from(HAPPENINGS), max_size=20))
def test_whatever_happens_in_whatever_order_an_option_ends_at_most_once(happenings: list[str]) -> None:
    registration, said, now = paid(A07, BANQUET), list[object](), NOW
    for happening in happenings:
        now = UNTIL if happening == "deadline" else now
        try:
            change = happen(registration, happening, now=now)
        except Refusal:
            continue
        if change is not None:
            registration = change.state
            said += change.events

    assert sum(isinstance(each, OptionCancelled) for each in said) <= 1
    assert sum(isinstance(each, OptionMoved) for each in said) <= 1
    assert len(said) <= 2
    given_back = sum(each.state is OptionState.GIVEN_BACK for each in registration.options)
    assert registration.total_minor == 76500 - 9500 * given_back
    assert given_back == sum(isinstance(each, OptionCancelled) for each in said)


def happen(registration: Registration, happening: str, *, now: datetime) -> Change[Registration] | None:
    """One of the things that may happen to a registration whose session is cancelled."""
    match happening:
        case "cancel":
            return option_choices.mark(registration, run=SESSION_RUN, fees=FEES)
        case "reinstate":
            is_waiting = any(each.state is OptionState.CANCELLED_BY_ORGANISER for each in registration.options)
            return option_choices.reinstate(registration, session="ses_07") if is_waiting else None
        case "move":
            to = option_choices.destination(registration, product="a-07", session="ses_09", fees=FEES, now=now)
            return option_choices.move(registration, product="a-07", to=to)
        case "refund":
            return option_choices.choose_refund(registration, product="a-07", now=now)
        case "deadline":
            is_waiting = any(each.state is OptionState.CANCELLED_BY_ORGANISER for each in registration.options)
            return option_choices.give_back_at_deadline(registration, session="ses_07") if is_waiting else None
        case _:
            return settlement.end(registration, run=RUN) if registration.is_live else None
