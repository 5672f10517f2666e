"""What may happen to a conference, and every sentence by which something is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.conferences.domain import conference as domain
from services.scheduling.conferences.domain.conference import (
    Cancellation,
    Conference,
    ConferenceAlreadyAnnounced,
    ConferenceIsCancelled,
    ConferenceIsDraft,
    ConferenceOver,
    Disposition,
    FieldRefused,
    Life,
    RegistrationAlreadyOpen,
)
from shared.associations import FIRST
from shared.change import Change
from shared.contracts.envelope import Event
from shared.contracts.scheduling import ConferenceAnnounced, ConferenceCancelled, RegistrationOpened
from shared.problem import Refusal

NOW = datetime(2020, 4, 9, 14, 0, tzinfo=UTC)  # nine in the morning in St. Louis
AFTERWARDS = datetime(2020, 5, 21, 14, 0, tzinfo=UTC)
DRAFT = Conference(
    id="conf_74",
    key="74th",
    title="74th Annual Conference",
    city="St. Louis, Missouri",
    zone="America/Chicago",
    currency="USD",
    starts=date(2020, 5, 17),
    ends=date(2020, 5, 20),
)
ANNOUNCED = replace(DRAFT, life=Life.ANNOUNCED)
OPEN = replace(DRAFT, life=Life.OPEN)


def drafted(
    *,
    zone: str = "America/Chicago",
    currency: str = "USD",
    starts: date = DRAFT.starts,
    ends: date = DRAFT.ends,
    now: datetime = NOW,
) -> Change[Conference]:
    return domain.draft_conference(
        association=FIRST,
        id_="conf_74",
        key="74th",
        title="74th Annual Conference",
        city="St. Louis, Missouri",
        zone=zone,
        currency=currency,
        starts=starts,
        ends=ends,
        now=now,
    )


def cancelled(
    conference: Conference, *, choose_by: date = date(2020, 4, 30), now: datetime = NOW
) -> Change[Conference]:
    return domain.cancel(
        conference,
        run="run_1",
        reason="It would not be safe.",
        decision="The board cancels.",
        choose_by=choose_by,
        now=now,
    )


def test_a_new_conference_is_a_draft_and_nobody_is_told() -> None:
    assert drafted() == Change(DRAFT)


def test_a_conference_of_one_day_that_is_today_may_be_drafted() -> None:
    today = date(2020, 4, 9)

    assert drafted(starts=today, ends=today).state.ends == today


def test_a_conference_in_a_currency_without_or_with_three_decimals_may_be_drafted() -> None:
    assert [drafted(currency=each).state.currency for each in ("JPY", "KWD")] == ["JPY", "KWD"]


def test_a_last_day_before_the_first_is_refused() -> None:
    with pytest.raises(FieldRefused, match=r"is before the first.*Nothing was created") as refused:
        drafted(ends=date(2020, 5, 16))

    assert list(refused.value.facts["errors"]["json"]) == ["ends"]


def test_a_conference_that_is_over_already_is_refused() -> None:
    with pytest.raises(FieldRefused, match=r"would have ended.*Nothing was created"):
        drafted(now=AFTERWARDS)


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "../etc/passwd", "America", "America/Chicago\x00", "localtime", "Factory"]
)
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(FieldRefused, match=r"no time zone.*Nothing was created") as refused:
        drafted(zone=zone)

    assert list(refused.value.facts["errors"]["json"]) == ["zone"]


@pytest.mark.parametrize("currency", ["", "usd", "XYZ", "XAU", "DOLLAR"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(FieldRefused, match=r"no currency.*Nothing was created") as refused:
        drafted(currency=currency)

    assert list(refused.value.facts["errors"]["json"]) == ["currency"]


def test_announcing_a_draft_says_its_days_city_and_currency() -> None:
    change = domain.announce(DRAFT, now=NOW)

    assert change == Change(
        ANNOUNCED,
        (
            ConferenceAnnounced(
                conference="conf_74",
                title="74th Annual Conference",
                city="St. Louis, Missouri",
                zone="America/Chicago",
                currency="USD",
                starts=date(2020, 5, 17),
                ends=date(2020, 5, 20),
            ),
        ),
    )


def test_opening_an_announced_conference_says_so() -> None:
    assert domain.open_registration(ANNOUNCED, now=NOW) == Change(OPEN, (RegistrationOpened(conference="conf_74"),))


def test_announcing_twice_is_refused() -> None:
    with pytest.raises(ConferenceAlreadyAnnounced, match=r"announced before. Nothing was changed"):
        domain.announce(ANNOUNCED, now=NOW)


def test_opening_before_announcing_is_refused() -> None:
    with pytest.raises(ConferenceIsDraft, match=r"not announced yet. Registration was not opened; announce it first"):
        domain.open_registration(DRAFT, now=NOW)


def test_opening_twice_is_refused() -> None:
    with pytest.raises(RegistrationAlreadyOpen, match=r"open already. Nothing was changed"):
        domain.open_registration(OPEN, now=NOW)


def test_cancelling_is_final_and_says_until_when_people_may_choose() -> None:
    change = cancelled(OPEN)

    until = datetime(2020, 5, 1, 5, 0, tzinfo=UTC)  # midnight in St. Louis, daylight saving time
    assert change == Change(
        replace(
            OPEN,
            disposition=Disposition.CANCELLED,
            cancellation=Cancellation(
                run="run_1",
                reason="It would not be safe.",
                decision="The board cancels.",
                cancelled_on=date(2020, 4, 9),
                choose_by=date(2020, 4, 30),
                choose_until=until,
            ),
        ),
        (
            ConferenceCancelled(
                conference="conf_74",
                run="run_1",
                reason="It would not be safe.",
                decision="The board cancels.",
                cancelled_on=date(2020, 4, 9),
                choose_by=date(2020, 4, 30),
                choose_until=until,
                default_choice="refund",
                speakers_follow=True,
            ),
        ),
    )


def test_a_conference_may_be_cancelled_before_registration_opens_and_on_its_last_day() -> None:
    last_day = datetime(2020, 5, 20, 14, 0, tzinfo=UTC)

    assert cancelled(ANNOUNCED).state.is_cancelled
    assert cancelled(OPEN, choose_by=date(2020, 6, 1), now=last_day).state.is_cancelled


def test_the_day_of_the_decision_is_the_day_in_the_conferences_zone() -> None:
    late_in_the_evening = datetime(2020, 4, 10, 4, 30, tzinfo=UTC)

    cancellation = cancelled(OPEN, now=late_in_the_evening).state.cancellation

    assert cancellation is not None
    assert cancellation.cancelled_on == date(2020, 4, 9)


def test_cancelling_twice_is_refused() -> None:
    with pytest.raises(ConferenceIsCancelled, match="was cancelled on 2020-04-09 and stays cancelled"):
        cancelled(cancelled(OPEN).state)


def test_cancelling_a_draft_is_refused() -> None:
    with pytest.raises(ConferenceIsDraft, match=r"only a draft. Nothing was cancelled"):
        cancelled(DRAFT)


def test_a_conference_that_is_over_can_be_neither_announced_nor_opened_nor_cancelled() -> None:
    with pytest.raises(ConferenceOver, match=r"ended on 2020-05-20. Nothing was announced"):
        domain.announce(DRAFT, now=AFTERWARDS)
    with pytest.raises(ConferenceOver, match="Registration was not opened"):
        domain.open_registration(ANNOUNCED, now=AFTERWARDS)
    with pytest.raises(ConferenceOver, match="Nothing was cancelled"):
        cancelled(OPEN, choose_by=date(2020, 6, 1), now=AFTERWARDS)


def test_a_cancelled_conference_can_be_neither_announced_nor_opened() -> None:
    gone = cancelled(OPEN).state

    with pytest.raises(ConferenceIsCancelled, match="Nothing was announced"):
        domain.announce(gone, now=NOW)
    with pytest.raises(ConferenceIsCancelled, match="Registration was not opened"):
        domain.open_registration(gone, now=NOW)


def test_choosing_until_today_is_possible_and_until_yesterday_is_refused() -> None:
    assert cancelled(OPEN, choose_by=date(2020, 4, 9)).state.is_cancelled
    with pytest.raises(FieldRefused, match=r"today is 2020-04-09. Nothing was cancelled") as refused:
        cancelled(OPEN, choose_by=date(2020, 4, 8))

    assert list(refused.value.facts["errors"]["json"]) == ["choose_by"]


def test_choosing_for_longer_than_half_a_year_is_refused() -> None:
    last = date(2020, 4, 9) + timedelta(days=domain.CHOICE_DAYS_MAX)

    assert cancelled(OPEN, choose_by=last).state.is_cancelled
    with pytest.raises(FieldRefused, match=r"more than 180 days. Nothing was cancelled; give a day until 2020-10-06"):
        cancelled(OPEN, choose_by=last + timedelta(days=1))


@pytest.mark.parametrize(
    ("now", "life"),
    [
        (NOW, Life.OPEN),
        (datetime(2020, 5, 17, 4, 59, tzinfo=UTC), Life.OPEN),
        (datetime(2020, 5, 17, 5, 0, tzinfo=UTC), Life.RUNNING),
        (datetime(2020, 5, 21, 4, 59, tzinfo=UTC), Life.RUNNING),
        (datetime(2020, 5, 21, 5, 0, tzinfo=UTC), Life.ENDED),
    ],
)
def test_a_conference_runs_and_ends_by_the_calendar_of_its_zone(now: datetime, life: Life) -> None:
    assert OPEN.life_at(now) is life


def test_people_may_register_until_the_last_day_and_never_for_a_cancelled_one() -> None:
    assert OPEN.takes_registrations_at(NOW)
    assert not ANNOUNCED.takes_registrations_at(NOW)
    assert not OPEN.takes_registrations_at(AFTERWARDS)
    assert not cancelled(OPEN).state.takes_registrations_at(NOW)


@given(asked=st.lists(st.sampled_from(["announce", "open", "cancel"]), max_size=8))
def test_whatever_is_asked_a_conference_is_announced_opened_and_cancelled_at_most_once(asked: list[str]) -> None:
    conference = DRAFT
    said: list[type[Event]] = []
    for each in asked:
        try:
            match each:
                case "announce":
                    change = domain.announce(conference, now=NOW)
                case "open":
                    change = domain.open_registration(conference, now=NOW)
                case _:
                    change = cancelled(conference)
        except Refusal:
            continue
        conference = change.state
        said.extend(type(event) for event in change.events)

    assert said in [
        [],
        [ConferenceAnnounced],
        [ConferenceAnnounced, RegistrationOpened],
        [ConferenceAnnounced, ConferenceCancelled],
        [ConferenceAnnounced, RegistrationOpened, ConferenceCancelled],
    ]
    assert conference.is_cancelled == (ConferenceCancelled in said)
