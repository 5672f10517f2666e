"""`python -m tests.sabotage`: takes one guard at a time out of a temporary copy; the test made for it must go red.

Every guard is first seen green as it is. A guard whose removal nobody notices fails the run, and so does an edit that
no longer fits the code. `--only WORDS` looks at the guards whose names have these words, `--jobs N` at so many at a
time, each in a copy of its own; `--proven FILE` keeps the names of those that were missed, and goes on behind them.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tests.engines import choose_source
from tests.sharing import workers_here

ROOT = Path(__file__).parent.parent
COPIED = ("deploy", "services", "shared", "tests", "pyproject.toml", "package.json")
SECONDS_MAX = 240


@dataclass(frozen=True)
class Edit:
    """One place in the code, as it stands and as it is without the guard."""

    path: str
    guarded: str
    unguarded: str


@dataclass(frozen=True)
class Guard:
    """A guard, how to take it out, and the test that was made for it."""

    name: str
    edits: tuple[Edit, ...]
    test: str


GUARDS = (
    Guard(
        "who leaves a conference that is moved has all of the money",
        (
            Edit(
                "services/payments/endings/domain/leaving.py",
                "fee_minor=0 if is_moved else left.terms.leave_fee_minor",
                "fee_minor=left.terms.leave_fee_minor",
            ),
        ),
        "tests/integration/test_postponing.py::test_who_chooses_the_refund_leaves_after_the_last_day_with_all_of_the_money",
    ),
    Guard(
        "what leaving a moved conference would mean is said once",
        (
            Edit(
                "services/payments/endings/domain/moving.py",
                "    if moved.run in order.moves:",
                "    if False:",
            ),
        ),
        "tests/integration/test_postponing.py::test_the_payer_is_told_what_would_come_back_without_any_fee",
    ),
    Guard(
        "the desk ends nobody whose payer may still choose",
        (
            Edit(
                "services/registration/changing/commands/leaving.py",
                "    if known.choosing:",
                "    if False:",
            ),
        ),
        "tests/integration/test_postponing.py::test_until_choices_are_final_the_desk_ends_nobody_and_afterwards_by_the_terms",
    ),
    Guard(
        "undoing a decision leaves the entrance of a postponed conference shut",
        (
            Edit(
                "services/registration/changing/commands/held_conference.py",
                "    is_entrance_shut = conference.is_postponed",
                "    is_entrance_shut = False",
            ),
        ),
        "tests/integration/test_postponing.py::test_undoing_a_later_decision_leaves_the_entrance_shut_and_the_way_for_payments_open",
    ),
    Guard(
        "a cancellation voids what a postponement has asked",
        (
            Edit(
                "services/registration/changing/domain/settlement.py",
                "        void(registration),",
                "        registration,",
            ),
        ),
        "tests/integration/test_postponing.py::test_a_cancellation_voids_what_was_asked_and_takes_everybody_who_is_there",
    ),
    Guard(
        "a choice about a move is made by its last day",
        (
            Edit(
                "services/registration/changing/domain/moving.py",
                "    if any(now >= found.choose_until for _, found in asked):",
                "    if False:",
            ),
        ),
        "tests/integration/test_postponing.py::test_after_the_last_day_nothing_is_chosen_though_it_is_not_final_yet",
    ),
    Guard(
        "a postponed conference waits for exactly those who left",
        (
            Edit(
                "services/scheduling/decisions/domain/disruption.py",
                "(self.outcome.count, self.outcome.digest) == self.to_settle",
                "self.outcome.count == self.to_settle[0]",
            ),
        ),
        "tests/unit/test_scheduling_postponing.py::test_money_of_others_than_those_who_left_does_not_settle_it",
    ),
    Guard(
        "a conference is postponed before it begins",
        (
            Edit(
                "services/scheduling/conferences/domain/conference.py",
                "    if today >= conference.starts:",
                "    if False:",
            ),
        ),
        "tests/unit/test_scheduling_postponing.py::test_what_cannot_be_postponed_is_refused_with_the_reason",
    ),
    Guard(
        "no administrator takes away their own second factor",
        (
            Edit(
                "services/registration/accounts/domain.py",
                """    if account.id == by:
        raise OwnAdministration("This is your own account. Nothing was changed""",
                """    if account.id == "":
        raise OwnAdministration("This is your own account. Nothing was changed""",
            ),
        ),
        "tests/integration/test_accounts.py"
        "::test_nobody_takes_away_their_own_second_factor_or_one_of_another_association",
    ),
    Guard(
        "a purchase order is a promise to one association",
        (
            Edit(
                "services/payments/orders/domain/purchase_orders.py",
                'whose = "" if association == FIRST else f"{association}/"',
                'whose = ""',
            ),
        ),
        "tests/integration/test_groups_story.py::test_a_purchase_order_is_one_promise_at_each_association",
    ),
    Guard(
        "a logo is read as a PNG or JPEG alone",
        (
            Edit(
                "services/registration/associations/domain.py",
                'formats=("PNG", "JPEG")',
                "formats=None",
            ),
        ),
        "tests/integration/test_association_logo.py::test_what_is_no_picture_is_refused_and_the_logo_stays",
    ),
    Guard(
        "an association's hours for a point hold from their year on",
        (
            Edit(
                "services/scheduling/attendance/domain/rules.py",
                "for each in said if each.scheme == scheme and each.from_year <= year]",
                "for each in said if each.scheme == scheme]",
            ),
        ),
        "tests/unit/test_attendance_points.py::test_an_association_says_how_many_hours_make_a_point_from_a_year_on",
    ),
    Guard(
        "a search is read within what its own action is held for",
        (
            Edit(
                "shared/web/front.py",
                """            with reach.only(within):
                kinds.append""",
                """            with reach.only(None):
                kinds.append""",
            ),
        ),
        "tests/integration/test_single_conferences.py"
        "::test_a_role_for_one_conference_adds_to_what_another_role_for_all_lets_one_see",
    ),
    Guard(
        "a preview is about orders that are not over",
        (
            Edit(
                "services/payments/previews/jobs.py",
                "        if not order.is_over:\n",
                "        if order is not None:\n",
            ),
        ),
        "tests/integration/test_previews_of_money.py::test_whoever_left_and_another_last_day_are_a_drift",
    ),
    Guard(
        "a preview of an order of several is about who has not left it",
        (
            Edit(
                "services/payments/previews/domain.py",
                "        registrations = tuple(each for each in order.registrations if not order.has_left(each))\n",
                "        registrations = tuple(each for each in order.registrations if each)\n",
            ),
        ),
        "tests/integration/test_previews_of_money.py::test_an_order_of_several_is_previewed_without_whoever_has_left_it",
    ),
    Guard(
        "a digest is over what of each member a decision is about",
        (
            Edit(
                "shared/previewing.py",
                'f"{id_} {facts} {minor}"',
                'f"{id_}"',
            ),
        ),
        "tests/integration/test_previews_of_money.py::test_a_payment_changes_what_payments_says_and_not_whom_registration_ends",
    ),
    Guard(
        "each service answers a preview once",
        (
            Edit(
                "services/scheduling/previews/domain/preview.py",
                "    if service in preview.answers:\n",
                '    if service == "":\n',
            ),
        ),
        "tests/unit/test_previews.py::test_a_preview_has_a_digest_only_once_all_have_answered",
    ),
    Guard(
        "who asks twice at once has one preview",
        (
            Edit(
                "services/scheduling/previews/commands.py",
                "    if before and not is_anew and domain.is_same_question(before[0], asked):\n",
                "    if before and before[0] == asked:\n",
            ),
        ),
        "tests/integration/test_previews_asked.py::test_who_presses_twice_has_one_preview_and_another_question_makes_another",
    ),
    Guard(
        "services that know of other people are not of one moment",
        (
            Edit(
                "services/scheduling/previews/domain/preview.py",
                "        return len(set(told)) <= 1\n",
                "        return len(set(told)) <= 9\n",
            ),
        ),
        "tests/unit/test_previews.py::test_services_that_know_of_other_people_are_not_of_one_moment",
    ),
    Guard(
        "a holder's page pays no order of somebody else",
        (Edit("services/payments/credits/commands.py", "if loaded.person != person:", "if not person:"),),
        "tests/integration/payments/test_credits.py::test_nobody_pays_the_order_of_somebody_else_with_their_own_page",
    ),
    Guard(
        "what a holder sends twice pays once",
        (Edit("services/payments/credits/commands.py", "if loaded.owed_minor != owed_minor:", "if not owed_minor:"),),
        "tests/integration/payments/test_credits_safe.py::test_a_form_that_is_sent_twice_pays_once",
    ),
    Guard(
        "a credit pays nothing for another association",
        (
            Edit(
                "services/payments/credits/commands.py",
                "if association_of(unit, credit.conference) != association_of(unit, order.conference):",
                "if not credit.conference:",
            ),
        ),
        "tests/integration/payments/test_credits.py"
        "::test_a_credit_pays_neither_in_another_currency_nor_for_another_association",
    ),
    Guard(
        "a credit pays nothing while the card payment behind it is disputed",
        (Edit("services/payments/credits/commands.py", "    _must_be_undisputed(unit, credit)\n", ""),),
        "tests/integration/payments/test_credits.py"
        "::test_a_credit_pays_nothing_while_the_card_payment_behind_it_is_disputed_or_lost",
    ),
    Guard(
        "the letter of a year is said once",
        (
            Edit(
                "services/payments/credits/commands.py",
                "if known is None or known.letter_year >= year:",
                "if known is None:",
            ),
        ),
        "tests/integration/payments/test_credits_safe.py::test_a_power_cut_in_the_middle_and_once_more_is_once",
    ),
    Guard(
        "no more is spent than a credit has left",
        (Edit("services/payments/credits/domain.py", "if amount_minor > credit.balance_minor:", "if not credit.id:"),),
        "tests/unit/test_payments_credits.py::test_what_a_credit_cannot_pay",
    ),
    Guard(
        "a payout takes no more from a payment than it gave",
        (
            Edit(
                "services/payments/credits/domain.py",
                "min(each.amount_minor - each.paid_out_minor, left_minor)",
                "min(each.amount_minor, left_minor)",
            ),
        ),
        "tests/unit/test_payments_credits.py"
        "::test_a_payout_goes_back_against_the_payments_that_the_credit_was_made_of_and_never_beyond",
    ),
    Guard(
        "an attempt that the provider never lets be made gives way to another",
        (Edit("services/payments/receipts/pages/paying.py", "if not _is_stored(away):", "if away is not None:"),),
        "tests/integration/test_lines_added_later.py"
        "::test_an_answer_that_the_provider_keeps_under_its_key_is_not_the_last_word",
    ),
    Guard(
        "a seat that is given up takes off the option of that claim",
        (
            Edit(
                "services/registration/registering/handlers.py",
                '        if event.ended == "given_up" and known is not None:\n',
                "        if event is None and known is not None:\n",
            ),
        ),
        "tests/integration/test_lines_added_later.py"
        "::test_a_seat_given_back_before_it_is_paid_is_off_the_order_and_goes_to_the_next",
    ),
    Guard(
        "a seat is ordered only under the claim it was taken by",
        (
            Edit(
                "services/scheduling/agendas/domain/waitlist.py",
                "seat.hold is not Hold.SIGNED_UP or seat.claim != claim:",
                "seat.hold is not Hold.SIGNED_UP:",
            ),
        ),
        "tests/unit/test_scheduling_waitlist.py::test_a_seat_that_was_given_up_and_taken_again_is_another_claim",
    ),
    Guard(
        "the place that was kept for an ordered seat is kept no more",
        (
            Edit(
                "services/registration/prices/domain/waiting.py",
                "        set_aside_count=max(places.set_aside_count - 1, 0),\n        wanted_count",
                "        wanted_count",
            ),
        ),
        "tests/integration/test_lines_added_later.py::test_who_leaves_owes_nothing_more_for_what_they_added",
    ),
    Guard(
        "a line of an order that has ended is never owed",
        (
            Edit(
                "services/payments/orders/domain/adding.py",
                "    if order.is_over or order.has_left(added.registration):\n"
                "        return Change(_never_owed(order, line)), ()\n",
                "",
            ),
        ),
        "tests/unit/test_payments_endings.py::test_every_total_of_an_order_of_several_holds_at_any_instant",
    ),
    Guard(
        "nothing is added once the gates are closed",
        (
            Edit(
                "services/registration/changing/commands/adding.py",
                "    if not is_through_gate(unit, conference.id):\n        raise _closed(conference)\n",
                "",
            ),
        ),
        "tests/integration/test_lines_added_later.py::test_when_the_gates_are_closed_nothing_is_added",
    ),
    Guard(
        "a page that asks for less than is owed is closed",
        (
            Edit(
                "services/payments/receipts/handlers.py",
                "    if change.events:\n        close_page(unit, order)\n",
                "",
            ),
        ),
        "tests/integration/test_lines_added_later.py::test_an_open_page_that_asks_for_less_than_is_owed_now_is_closed",
    ),
    Guard(
        "a year of a series has one host",
        (
            Edit(
                "services/scheduling/series/domain/series.py",
                "    if known is not None:\n        raise _has_host(series, known, today=today)\n    if year",
                "    if year",
            ),
        ),
        "tests/unit/test_series.py::test_a_year_that_has_a_host_is_refused_and_the_host_is_named",
    ),
    Guard(
        "a board without a quorum resolves nothing",
        (
            Edit(
                "services/scheduling/conferences/domain/resolution.py",
                "    if present < quorum_of(seats):\n",
                "    if present < 1:\n",
            ),
        ),
        "tests/unit/test_resolution.py::test_what_a_board_has_not_resolved_is_refused_beside_its_field",
    ),
    Guard(
        "an award is the board's alone",
        (
            Edit(
                "shared/principals.py", "Action.AWARD_YEARS: frozenset({_B})", "Action.AWARD_YEARS: frozenset({_B, _C})"
            ),
        ),
        "tests/integration/test_series.py::test_an_award_is_for_the_board_and_a_committee_files_bids",
    ),
    Guard(
        "proposed days are not announced",
        (
            Edit(
                "services/scheduling/conferences/domain/conference.py",
                "    if conference.are_days_proposed:\n        raise DaysNotConfirmed(",
                "    if conference.is_public:\n        raise DaysNotConfirmed(",
            ),
        ),
        "tests/integration/test_series.py::test_proposed_days_are_not_announced_before_somebody_has_entered_them",
    ),
    Guard(
        "what people plan by is not edited",
        (
            Edit(
                "services/scheduling/conferences/domain/conference.py",
                "        if name not in WORDS:\n",
                "        if name not in WORDS and not conference.is_public:\n",
            ),
        ),
        "tests/integration/test_scheduling_api.py"
        "::test_what_people_plan_by_is_not_edited_once_it_is_announced_and_the_way_is_shown",
    ),
    Guard(
        "a series is its association's",
        (Edit("services/scheduling/app.py", ", series=is_series_seen", ""),),
        "tests/integration/test_series.py::test_a_series_of_another_association_is_not_found_at_the_desk",
    ),
    Guard(
        "a service with a part that died ends as failed",
        (Edit("shared/process.py", "os._exit(int(failed.is_set()))", "os._exit(0)"),),
        "tests/integration/test_notifications_process.py"
        "::test_a_part_that_dies_ends_the_process_as_failed_so_that_it_is_started_again",
    ),
    Guard(
        "nobody for whom a town pays is reminded of the payment",
        (Edit("services/notifications/messages/handlers.py", "    if event.payer:\n        return\n", ""),),
        "tests/integration/test_notifications_reminders.py"
        "::test_who_pays_for_several_is_reminded_once_with_the_whole_sum_and_no_attendee_is",
    ),
    Guard(
        "erasing destroys the key",
        (
            Edit(
                "services/registration/erasing/commands.py",
                "    unit.database.keys.destroy(id_, session=unit.session)\n",
                "",
            ),
        ),
        "tests/integration/test_erasing.py::test_nothing_says_any_more_who_somebody_was_and_the_books_are_whole",
    ),
    Guard(
        "who is being erased waits for what is built on them",
        (
            Edit(
                "services/registration/people/commands.py",
                '{"$inc": {"held_count": 1}}',
                '{"$set": {"is_erased": False}}',  # writes nothing new
            ),
        ),
        "tests/integration/test_erasing_at_once.py::test_who_is_being_erased_waits_for_what_is_built_on_them",
    ),
    Guard(
        "an erasure is of what payments was asked about, and of no more",
        (Edit("services/registration/erasing/handlers.py", ", *money, *news)", ", *money)"),),
        "tests/integration/test_erasing_at_once.py::test_what_has_come_in_since_payments_was_asked_is_asked_about_anew",
    ),
    Guard(
        "an erasure is told once more",
        (
            Edit(
                "services/registration/erasing/handlers.py",
                "        unit.schedule(ERASURES, asked.id, due(host_now() + LOOK_AGAIN_AFTER))\n",
                "",
            ),
        ),
        "tests/integration/test_erasing_at_once.py"
        "::test_an_erasure_is_told_once_more_when_nothing_of_before_can_still_be_under_way",
    ),
    Guard(
        "who pays for several is not erased while money of an order is open",
        (
            Edit(
                "services/registration/erasing/commands.py",
                "if whom.is_payer or not each.is_of_several",
                "if not each.is_of_several",
            ),
        ),
        "tests/integration/test_erasing.py::test_who_has_paid_for_several_is_erased_too_and_the_books_are_whole",
    ),
    Guard(
        "a payer who is being erased waits for what they order",
        (
            Edit(
                "services/registration/payers/commands.py",
                '{"$inc": {"held_count": 1}}',
                '{"$set": {"is_erased": False}}',  # writes nothing new
            ),
        ),
        "tests/integration/test_erasing_at_once.py"
        "::test_of_a_payer_s_erasure_and_another_order_of_theirs_one_begins_again",
    ),
    Guard(
        "why a registration was ended goes with whom it is about",
        (Edit("services/registration/registering/store.py", '            "left.reason": "",\n', ""),),
        "tests/unit/test_personal.py::test_what_staff_and_speakers_wrote_goes_with_whom_it_is_about",
    ),
    Guard(
        "nobody approves what they proposed",
        (Edit("services/scheduling/decisions/domain/decision.py", "if by.id == proposer.id:", "if False:"),),
        "tests/unit/test_scheduling_decisions.py::test_nobody_approves_what_they_proposed",
    ),
    Guard(
        "nobody approves in the session in which it was proposed",
        (
            Edit(
                "services/scheduling/decisions/domain/decision.py",
                "if by.session and by.session == proposer.session:",
                "if False:",
            ),
        ),
        "tests/unit/test_scheduling_decisions.py::test_another_account_in_the_same_session_is_no_second_person",
    ),
    Guard(
        "nobody agrees to another revision than they read",
        (Edit("services/scheduling/decisions/domain/decision.py", "if revision != decision.revision:", "if False:"),),
        "tests/integration/test_decisions.py::test_the_approver_approves_what_they_saw_and_nothing_else",
    ),
    Guard(
        "a decision is not carried out while it can be undone",
        (
            Edit(
                "services/scheduling/decisions/domain/decision.py",
                "self.state is State.ARMED and not self.can_be_undone(now)",
                "self.state is State.ARMED",
            ),
            Edit(
                "services/scheduling/decisions/jobs/carrying_out.py",
                "if decision.can_be_undone(unit.now):",
                "if False:",
            ),
        ),
        "tests/integration/test_decisions.py"
        "::test_a_conference_is_cancelled_by_two_people_when_the_time_to_undo_it_is_over",
    ),
    Guard(
        "one decision at a time holds a conference",
        (
            Edit(
                "services/scheduling/decisions/commands/deciding.py",
                "if conference.deciding and conference.deciding != known.id:",
                "if False:",
            ),
        ),
        "tests/integration/test_decisions.py"
        "::test_another_decision_waits_while_one_is_armed_and_runs_once_it_is_undone",
    ),
    Guard(
        "nobody proposes what is not all worked out",
        (Edit("services/scheduling/decisions/domain/arming.py", "    if preview.missing:", "    if False:"),),
        "tests/integration/test_arming.py::test_nobody_proposes_what_is_not_all_worked_out",
    ),
    Guard(
        "nobody approves what another preview has overtaken",
        (
            Edit(
                "services/scheduling/decisions/commands/deciding.py",
                "            arming.must_be_current(known, newest_in(unit, known.id))",
                "            pass",
            ),
        ),
        "tests/integration/test_arming.py"
        "::test_who_approves_is_told_what_has_changed_since_it_was_proposed_and_it_is_proposed_anew",
    ),
    Guard(
        "the digests behind closed gates are compared with those that were approved",
        (
            Edit(
                "services/scheduling/decisions/domain/arming.py",
                "if digests.get(each) != found.answers[each].digest",
                "if False",
            ),
        ),
        "tests/integration/test_arming.py::test_what_has_changed_is_said_in_words_and_nothing_runs",
    ),
    Guard(
        "no service confirms what it has not heard of",
        (
            Edit(
                "services/scheduling/decisions/commands/confirming.py",
                "if checked is None or (checked.is_complete and arming.behind(checked)):",
                "if checked is None:",
            ),
        ),
        "tests/integration/test_arming.py"
        "::test_whoever_has_not_heard_of_all_registrations_is_asked_again_until_they_have",
    ),
    Guard(
        "a preview from before the gates closed confirms nothing",
        (
            Edit(
                "services/scheduling/previews/commands.py",
                "if before and not is_anew and domain.is_same_question(before[0], asked):",
                "if before and domain.is_same_question(before[0], asked):",
            ),
        ),
        "tests/integration/test_arming.py::test_a_preview_from_before_the_gates_closed_confirms_nothing",
    ),
    Guard(
        "what has changed is approved only by whoever has read it",
        (
            Edit(
                "services/scheduling/decisions/commands/deciding.py",
                "        if read != known.checked:",
                "        if False:",
            ),
        ),
        "tests/integration/test_arming.py::test_somebody_else_approves_what_has_changed_and_only_what_they_have_read",
    ),
    Guard(
        "nobody is waited for longer than ten minutes",
        (
            Edit(
                "services/scheduling/decisions/domain/arming.py",
                "    if until is None or now < until:",
                "    if not decision.has_drifted or until is None or now < until:",
            ),
        ),
        "tests/integration/test_arming.py"
        "::test_without_an_answer_within_ten_minutes_it_is_undone_and_says_who_did_not_answer",
    ),
    Guard(
        "nobody is reminded while a decision can be undone",
        (
            Edit(
                "services/notifications/messages/jobs/waiting.py",
                "if conference is not None and conference.held_by and not is_cancelled:",
                "if False:",
            ),
        ),
        "tests/integration/test_notifications_reminders.py"
        "::test_while_a_decision_can_be_undone_nobody_is_reminded_and_afterwards_once_or_not_at_all",
    ),
    Guard(
        "the news of a release waits while a decision can be undone",
        (
            Edit(
                "services/scheduling/releases/jobs.py",
                "if conference and conference.deciding and not held.is_over:",
                "if False:",
            ),
        ),
        "tests/integration/test_releases_news.py"
        "::test_the_news_of_a_release_waits_while_a_decision_can_be_undone_and_goes_on_once",
    ),
    Guard(
        "what is paid while the gates are closed is kept",
        (Edit("services/registration/registering/handlers.py", "change = hold_back(registration, word)", "return"),),
        "tests/integration/registration/test_held.py"
        "::test_who_pays_meanwhile_is_confirmed_when_it_is_undone_and_not_before",
    ),
    Guard(
        "undoing one decision opens no gate that the next one has closed",
        (
            Edit(
                "services/registration/changing/commands/held_conference.py",
                "conference.is_cancelled or conference.is_held:",
                "conference.is_cancelled:",
            ),
        ),
        "tests/integration/registration/test_held.py"
        "::test_who_was_undone_late_does_not_open_the_gates_that_the_next_decision_has_closed",
    ),
    Guard(
        "every service forgets who was erased",
        (Edit("shared/parts.py", '"shared.statements", "shared.erasing")', '"shared.statements")'),),
        "tests/integration/test_erasing.py::test_nothing_says_any_more_who_somebody_was_and_the_books_are_whole",
    ),
    Guard(
        "whoever has a credit left is not erased",
        (
            Edit(
                "services/payments/erasing/domain.py",
                "credit.id for credit in open_credits if credit.left_minor",
                "credit.id for credit in open_credits if False",
            ),
        ),
        "tests/integration/payments/test_open_money.py::test_who_has_a_credit_left_is_not_erased",
    ),
    Guard(
        "whoever has money open is not erased",
        (Edit("services/payments/erasing/domain.py", "return order.owed_minor > 0 or", "return"),),
        "tests/integration/test_erasing.py::test_whoever_is_to_attend_or_owes_stays",
    ),
    Guard(
        "a backup shows nobody's name",
        (Edit("deploy/sealed_copies.py", "    if not facts:\n", "    if facts:\n"),),
        "tests/unit/test_personal.py::test_a_backup_shows_nobody_and_comes_back_as_it_was",
    ),
    Guard(
        "a backup does not bring back what is wholly of who was erased",
        (Edit("deploy/sealed_copies.py", "        if personal.is_removed and any(", "        if False and any("),),
        "tests/unit/test_personal.py::test_what_is_wholly_theirs_goes_with_them",
    ),
    Guard(
        "a backup without its keys is refused before anything is touched",
        (Edit("deploy/restore.py", "        _must_open(manifest, of=of, keys=keys)\n", ""),),
        "tests/integration/test_backup.py"
        "::test_a_backup_whose_keys_are_not_there_is_refused_before_anything_is_touched",
    ),
    Guard(
        "contact data are sealed before they are kept",
        (Edit("shared/unit.py", "        subject = said.sealed_for\n", '        subject = ""\n'),),
        "tests/integration/test_contact_data.py::test_the_archive_shows_nobodys_name_and_who_listens_reads_it",
    ),
    Guard(
        "what is sealed for one person says nothing of another",
        (Edit("shared/contracts/envelope.py", 'return f"{said.type}/{subject}"', "return said.type"),),
        "tests/unit/test_sealing.py::test_what_is_sealed_for_one_person_says_nothing_of_another",
    ),
    Guard(
        "no second key is made for who was erased",
        (
            Edit(
                "shared/keys.py",
                '{"$unset": {"key": ""}, "$min": {"erased_at": host_now()}}',
                '{"$set": {"key": new_key()}}',
            ),
        ),
        "tests/integration/test_contact_data.py::test_nothing_is_said_any_more_of_who_was_erased",
    ),
    Guard(
        "keys that are not there are missed, and nobody is taken for erased",
        (
            Edit("shared/keys.py", "    if subject not in found:\n", "    if False:\n"),
            Edit("shared/keys.py", "    return found[subject]\n", "    return found.get(subject)\n"),
        ),
        "tests/integration/test_contact_data.py::test_keys_of_another_installation_stop_the_story_and_not_the_person",
    ),
    Guard(
        "what a payer is told is no word to who attends",
        (Edit("services/scheduling/decisions/handlers.py", " and not is_payer(event.recipient)", ""),),
        "tests/integration/test_scheduling_news.py::test_what_the_payer_of_an_order_is_told_is_no_word_to_an_attendee",
    ),
    Guard(
        "who pays for others is led to the order, and not to an attendee's page",
        (
            Edit(
                "services/notifications/messages/jobs/wording.py",
                "case _ if is_payer(message.recipient):",
                "case _ if False:",
            ),
        ),
        "tests/integration/test_notifications_messages.py"
        "::test_who_pays_for_others_is_led_to_the_order_by_every_message_even_where_it_is_of_one",
    ),
    Guard(
        "a new name waits for who is taking the option under the old one",
        (
            Edit(
                "services/registration/changing/commands/renamed_option.py",
                "    if counter is not None:\n        unit.save(OPTION_PLACES, Change(counter))",
                "    if False:\n        unit.save(OPTION_PLACES, Change(counter))",
            ),
        ),
        "tests/integration/registration/test_renaming.py"
        "::test_who_is_taking_the_option_under_its_old_name_is_waited_for_and_told_too",
    ),
    Guard(
        "who registers in French is written to in French",
        (
            Edit(
                "services/registration/registering/pages/form.py",
                '            "language": form.get("language") or language(),\n',
                "",
            ),
        ),
        "tests/integration/registration/test_languages.py::"
        "test_who_registers_in_french_is_written_to_and_answered_in_french_whatever_the_browser",
    ),
    Guard(
        "a desk reads what is its association's, and nothing else",
        (Edit("shared/reach.py", '    return {at: {"$in": sorted(reach.conferences)}}', "    return {}"),),
        "tests/contract/test_who_may.py::test_nothing_of_an_association_is_found_by_an_account_of_another",
    ),
    Guard(
        "letters that a form names are one's own",
        (
            Edit(
                "services/notifications/delivery/api.py",
                '    reach.must_reach(documents.MESSAGES, asked["letters"])\n',
                "",
            ),
        ),
        "tests/contract/test_who_may.py::test_what_a_form_or_a_body_names_is_not_found_either",
    ),
    Guard(
        "a draft is seen by its own association alone",
        (Edit("services/scheduling/conferences/store.py", "return conference.is_public or is_among", "return True"),),
        "tests/integration/test_associations.py::test_a_draft_is_there_for_its_own_association_alone",
    ),
    Guard(
        "an event about no conference is shown to whoever keeps the installation alone",
        (Edit("shared/reach.py", "bool(conference) and sees(conference)", "sees(conference)"),),
        "tests/integration/test_associations.py::test_an_event_about_no_conference_is_for_whoever_keeps_the_installation",
    ),
    Guard(
        "only an association's own people say where its money goes",
        (
            Edit(
                "services/registration/associations/store.py",
                "    return bool(g.reach.association == id_)",
                "    return bool(id_)",
            ),
        ),
        "tests/integration/test_association_words.py::test_only_who_keeps_it_may_and_only_for_their_own",
    ),
    Guard(
        "a translation that says other facts than its sentence is named",
        (
            Edit(
                "deploy/translations/checking.py",
                '            yield "has not the same facts"',
                "            pass",
            ),
        ),
        "tests/unit/test_translations.py::test_what_is_missing_or_says_something_else_is_named",
    ),
    Guard(
        "a word that is not marked is found in a template that readers see",
        (
            Edit(
                "deploy/translations/sentences.py",
                '        elif kind == "data" and not is_marked:',
                "        elif False:",
            ),
        ),
        "tests/unit/test_translations.py::test_words_outside_every_mark_are_found_in_text_and_attributes",
    ),
    Guard(
        "a desk is English whatever its clerk's browser asks for",
        (
            Edit(
                "shared/web/languages.py",
                '    if not has_request_context() or not g.get("languages_offered"):',
                "    if not has_request_context():",
            ),
        ),
        "tests/unit/test_translations.py::test_a_desk_is_english_and_offers_no_choice",
    ),
    Guard(
        "a file that anybody may keep is in the language of its address and of nothing else",
        (Edit("shared/web/languages.py", "    g.language_by_address = True\n", ""),),
        "tests/integration/test_releases_web.py::"
        "test_a_file_is_in_the_language_that_its_address_asks_for_whoever_fetches_it",
    ),
    Guard(
        "a paused run does nothing",
        (
            Edit("services/registration/changing/jobs.py", "if run.mode is not Mode.RUNNING or _waits(", "if _waits("),
            Edit(
                "services/registration/changing/jobs.py",
                "run is not None and run.goes_on and boot",
                "run is not None and boot",
            ),
        ),
        "tests/integration/registration/test_runs.py::test_a_run_that_is_paused_does_nothing_until_it_is_let_go_on",
    ),
    Guard(
        "what somebody changes is stamped with them",
        (Edit("shared/unit.py", "        if acting is None or not acting.words:", "        if True:"),),
        "tests/integration/test_acting.py::test_what_a_person_changes_carries_their_name_here_and_their_id_everywhere",
    ),
    Guard(
        "what follows from an event names who set it going",
        (Edit("shared/unit.py", '            return self.cause.actor or ""', '            return ""'),),
        "tests/integration/test_acting.py::test_who_hears_an_event_acts_for_whoever_set_it_going",
    ),
    Guard(
        "a token that has ended is refused",
        (
            Edit(
                "services/registration/tokens/domain.py",
                "    if owner is None or owner.is_closed or not token.holds(now):",
                "    if owner is None or owner.is_closed:",
            ),
        ),
        "tests/integration/test_tokens.py::test_a_token_that_its_owner_ends_is_refused_everywhere_within_seconds",
    ),
    Guard(
        "a role that is revoked is no script's any more",
        (
            Edit(
                "services/registration/tokens/domain.py",
                "each for each in token.roles if each in owner.roles or Held(each.role) in owner.roles",
                "token.roles",
            ),
        ),
        "tests/integration/test_tokens.py::test_a_revoked_role_and_a_closed_account_end_what_their_scripts_may",
    ),
    Guard(
        "a script neither invites nor makes tokens",
        (Edit("shared/principals.py", "        if self.is_script and action in FOR_PEOPLE:", "        if False:"),),
        "tests/integration/test_tokens.py::test_a_script_neither_invites_nor_makes_tokens",
    ),
    Guard(
        "a browser's statement is no script's",
        (
            Edit(
                "shared/statements.py",
                "found and found.principal.is_script and not found.is_over",
                "found and not found.is_over",
            ),
        ),
        "tests/integration/test_tokens.py::test_what_is_shown_at_the_wrong_door_opens_nothing",
    ),
    Guard(
        "the board says who holds up a cancellation",
        (Edit("services/scheduling/decisions/handlers.py", "by=unit.actor, at=event.at", 'by="", at=event.at'),),
        "tests/integration/test_scheduling_news.py::test_the_board_says_who_holds_it_up_until_it_goes_on",
    ),
    Guard(
        "a step that is under way when its run is paused is undone",
        (Edit("services/registration/changing/commands/steering.py", "    unit.schedule(RUNS, run.id, due())\n", ""),),
        "tests/integration/registration/test_runs.py::test_a_step_that_is_under_way_when_its_run_is_paused_is_undone",
    ),
    Guard(
        "a run counts only when nobody is left",
        (
            Edit(
                "services/registration/changing/jobs.py",
                "    if _is_any(unit, kind.left(run), index=kind.index):",
                "    if False:",
            ),
        ),
        "tests/integration/registration/test_runs.py"
        "::test_whoever_is_found_when_a_run_counts_is_done_in_its_next_revision",
    ),
    Guard(
        "a service doesn't start on states of an earlier shape",
        (
            Edit(
                "shared/migrating.py",
                "        if migration.left(database):\n            raise",
                "        if False:\n            raise",
            ),
        ),
        "tests/integration/registration/test_runs.py"
        "::test_runs_that_an_earlier_version_had_begun_go_on_to_the_same_end",
    ),
    Guard(
        "a name that begins like a formula is text in a spreadsheet",
        (
            Edit(
                "shared/web/spreadsheets.py",
                """    return f"'{text}" if text""",
                """    return text if text""",
            ),
        ),
        "tests/unit/test_tables.py::test_no_text_becomes_a_formula",
    ),
    Guard(
        "a cell of a workbook that begins like a formula is text",
        (
            Edit(
                "shared/web/workbook.py",
                "sheet.write_string(row, column, ",
                "sheet.write_formula(row, column, ",
            ),
        ),
        "tests/unit/test_tables.py::test_no_text_becomes_a_formula",
    ),
    Guard(
        "a place in a list names a value and never an operator of the database",
        (
            Edit(
                "shared/web/paging.py",
                "    if not isinstance(value, str | int | float | bool | datetime) or not isinstance(id_, str):",
                "    if value is None:",
            ),
        ),
        "tests/integration/test_paging.py::test_a_place_that_no_page_led_to_is_refused",
    ),
    Guard(
        "a page of a list goes on behind the last row, among equals too",
        (
            Edit(
                "shared/web/paging.py",
                '    return {"$or": [{sort.field: {beyond: value}}, {sort.field: value, "_id": {beyond: id_}}]}',
                "    return {sort.field: {beyond: value}}",
            ),
        ),
        "tests/integration/test_paging.py::test_every_row_is_shown_once_and_in_order",
    ),
    Guard(
        "what is left of unpaid places when one ends by itself is asked for again",
        (
            Edit(
                "services/registration/registering/domain/holding.py",
                "    if not registration.is_time_over or not held_options(registration):\n        return change",
                "    if True:\n        return change",
            ),
        ),
        "tests/integration/test_unpaid_places.py"
        "::test_what_is_left_when_one_unpaid_place_ends_by_itself_is_not_held_for_ever",
    ),
    Guard(
        "an event that nobody says fails the check of the map",
        (
            Edit(
                "deploy/catalogue/faults.py",
                "        if not is_said and not event.why_unsaid:",
                "        if False:",
            ),
        ),
        "tests/unit/test_catalogue.py::test_an_event_that_nobody_says_is_a_fault_unless_it_says_why",
    ),
    Guard(
        "an event that nobody hears fails the check of the map",
        (
            Edit(
                "deploy/catalogue/faults.py",
                "        if not is_heard and not event.why_unheard:",
                "        if False:",
            ),
        ),
        "tests/unit/test_catalogue.py::test_an_event_that_nobody_hears_is_a_fault_unless_it_says_why",
    ),
    Guard(
        "a job that is not declared is refused when it is started",
        (
            Edit(
                "shared/unit.py",
                "        if self._starts is not None and collection.name not in self._starts:",
                "        if False:",
            ),
        ),
        "tests/integration/test_jobs.py::test_a_job_that_is_not_declared_is_not_started",
    ),
    Guard(
        "who acts on a job has said so, or the job is not claimed",
        (
            Edit(
                "shared/jobs.py",
                "        if declared is None or declared.of != kind.collection.name:",
                "        if False:",
            ),
        ),
        "tests/integration/test_jobs.py::test_a_job_on_which_nobody_has_declared_to_act_is_not_claimed",
    ),
    Guard(
        "a job that nobody starts fails the check of the map",
        (Edit("deploy/catalogue/faults.py", "            if collection not in started:", "            if False:"),),
        "tests/unit/test_catalogue.py::test_a_job_that_nobody_starts_is_a_fault",
    ),
    Guard(
        "a part imports none above it, as its service's manifest has them",
        (
            Edit(
                "deploy/catalogue/contract.py",
                "    illegal = graph.find_illegal_dependencies_for_layers(layers=layers, containers={container})",
                "    illegal = set()",
            ),
        ),
        "tests/unit/test_parts.py::test_a_part_that_imports_what_is_above_it_breaks_the_contract",
    ),
    Guard(
        "a part has its rooms and nothing else",
        (Edit("deploy/catalogue/parts.py", "    return sorted(files - rooms)\n", "    return []\n"),),
        "tests/unit/test_parts.py::test_what_is_none_of_the_rooms_has_no_place_in_a_part",
    ),
    Guard(
        "a sentence that is cut fails the check of the map",
        (Edit("deploy/catalogue/faults.py", "        if not line.endswith(ENDS):", "        if False:"),),
        "tests/unit/test_catalogue.py::test_a_docstring_whose_first_line_breaks_off_is_a_fault",
    ),
    Guard(
        "the map is read from every module of a service, in whatever part it stands",
        (
            Edit(
                "deploy/catalogue/reading.py",
                "            yield from modules_of(found.name)",
                "            yield importlib.import_module(found.name)",
            ),
        ),
        "tests/unit/test_catalogue.py::test_every_module_of_a_service_is_read_but_for_programs_of_their_own",
    ),
    Guard(
        "no badge without a seat is welcomed in green",
        (
            Edit(
                "services/scheduling/attendance/pages/monitor.py",
                "    if found and entry and holders is not None and found.person not in holders:",
                "    if False:",
            ),
        ),
        "tests/integration/test_attendance_pages.py"
        "::test_a_badge_without_a_seat_is_let_in_or_sent_to_the_desk_and_its_scan_is_kept",
    ),
    Guard(
        "a dispute that no refund waits for is on the desk all the same",
        (
            Edit(
                "services/payments/waiting/store.py",
                '    return _pile(database, DISPUTES, {"state": DisputeState.OPEN}, field="opened_on")',
                "    return None",
            ),
        ),
        "tests/integration/payments/test_waiting.py"
        "::test_whatever_waits_is_on_the_desk_with_its_age_and_the_rest_of_the_run_settles",
    ),
    Guard(
        "a conference that has begun is not said never to take place",
        tuple(
            Edit(
                f"services/notifications/messages/templates/conference_cancelled/{body}",
                "{% set has_begun = cancellation.cancelled_on >= conference.starts %}",
                "{% set has_begun = false %}",
            )
            for body in ("body.txt", "body.html")
        ),
        "tests/unit/test_notifications_wording.py"
        "::test_a_conference_that_has_begun_is_cancelled_from_now_on_and_held_sessions_count",
    ),
    Guard(
        "nothing of the draft is overwritten unseen",
        (
            Edit(
                "services/scheduling/programme/domain/programme.py",
                "    if seen is None or seen == version:",
                "    if True:",
            ),
        ),
        "tests/integration/test_programme_api.py::test_the_later_editor_is_refused_and_told_who_changed_what",
    ),
    Guard(
        "a room stays while a session is placed in it",
        (Edit("services/scheduling/programme/store/draft.py", "    if found:\n", "    if False:\n"),),
        "tests/integration/test_programme_api.py::test_a_room_can_not_be_taken_out_while_a_session_is_placed_in_it",
    ),
    Guard(
        "an import does what its dry run has shown",
        (
            Edit(
                "services/scheduling/programme/commands/editing.py",
                "    if seen not in (None, digest_of_effects(imported.effects)):",
                "    if False:",
            ),
        ),
        "tests/integration/test_programme_exchange.py::test_what_was_changed_after_the_dry_run_is_not_overwritten_unseen",
    ),
    Guard(
        "who was restored from a backup does not work before it knows what it had said",
        (Edit("shared/restoring.py", "    if first is not None:\n", "    if False:\n"),),
        "tests/integration/test_restoring.py::"
        "test_who_is_told_by_the_topic_of_more_than_the_database_knows_refuses_to_start",
    ),
    Guard(
        "after a restore no number is given out twice",
        (Edit("shared/unit.py", "        held.event_count = max(held.event_count, last)\n", ""),),
        "tests/integration/test_restoring.py::"
        "test_after_a_restore_what_is_said_again_keeps_its_number_and_is_heard_once",
    ),
    Guard(
        "after a restore nothing new is said before what had been said",
        (Edit("shared/recall.py", "    if facts:\n        first", "    if False:\n        first"),),
        "tests/unit/test_recall.py::test_another_fact_waits_for_what_had_been_said",
    ),
    Guard(
        "a price that no card can be charged with is not set",
        (
            Edit(
                "services/registration/prices/domain/chargeable.py",
                "amount_minor and (amount_minor < least or",
                "False and (amount_minor < least or",
            ),
        ),
        "tests/integration/registration/test_form.py"
        "::test_a_price_that_no_card_can_be_charged_with_is_refused_where_it_is_set",
    ),
    Guard(
        "no free seat is taken while one speaks oneself",
        (
            Edit(
                "services/scheduling/agendas/domain/rosters.py",
                "        if each.session != session and each.starts <",
                "        if False and each.starts <",
            ),
        ),
        "tests/integration/test_scheduling_my_agenda.py"
        "::test_no_seat_is_taken_while_one_speaks_oneself_and_both_sessions_are_named",
    ),
    Guard(
        "nobody moves to a session at the time of another seat",
        (
            Edit(
                "services/registration/changing/commands/choices.py",
                "*_, to = free_for(unit, conference, (*held, to), person",
                "*_, to = free_for(unit, conference, (to,), person",
            ),
        ),
        "tests/integration/registration/test_session_cancelled.py"
        "::test_nobody_moves_to_a_session_at_the_time_of_another_seat_or_of_their_own_talk",
    ),
    Guard(
        "a restart changes nothing about when all refunds are compared",
        (
            Edit(
                "services/payments/listening/commands.py",
                "    unit.add(ROUNDS, Round(id=round_), job=due(host_now() + timedelta(seconds=after_seconds)))\n",
                "    unit.save(ROUNDS, Change(Round(id=round_)))\n"
                "    unit.schedule(ROUNDS, round_, due(host_now() + timedelta(seconds=after_seconds)))\n",
            ),
        ),
        "tests/integration/payments/test_pace.py"
        "::test_the_refunds_are_compared_by_their_own_clock_whatever_is_restarted",
    ),
    Guard(
        "nobody is registered at a sum that no card can be charged with",
        (Edit("services/registration/prices/domain/chargeable.py", "    if amount_minor > most:", "    if False:"),),
        "tests/integration/registration/test_form.py"
        "::test_a_sum_that_no_card_can_be_charged_with_registers_nobody_and_names_another_way",
    ),
    Guard(
        "after a restore no message is sent that had been accepted",
        (
            Edit(
                "services/notifications/delivery/jobs/recording.py",
                "    said = unit.had_said(message.id)\n",
                "    said = []\n",
            ),
        ),
        "tests/chaos/test_restore_in_town.py::"
        "test_an_installation_restored_to_the_middle_of_a_run_pays_and_writes_nothing_twice_and_forgets_nothing",
    ),
    Guard(
        "a backup is of one moment",
        (Edit("deploy/backup.py", '{"level": "snapshot", "atClusterTime": at}', '{"level": "majority"}'),),
        "tests/integration/test_backup.py::test_a_backup_is_of_one_moment_in_all_four_databases",
    ),
    Guard(
        "no service starts on half of a backup",
        (Edit("shared/mongo.py", "        if UNDER_RESTORE in existing:\n", "        if False:\n"),),
        "tests/integration/test_backup.py::"
        "test_a_restore_that_was_broken_off_lets_no_service_start_until_it_is_done_again",
    ),
    Guard(
        "nobody outside sees metrics",
        (Edit("shared/web/app.py", "        if EDGE in request.headers or ", "        if False and "),),
        "tests/integration/test_edge.py::test_nobody_outside_sees_metrics_however_the_path_is_written",
    ),
    Guard(
        "only the proxy's word about a client is believed",
        (
            Edit("shared/process.py", '"trusted_proxy": settings.trusted_proxy', '"trusted_proxy": "*"'),
            Edit("shared/process.py", "if settings.trusted_proxy else {}", "if True else {}"),
        ),
        "tests/integration/test_edge.py::test_nobody_elses_word_about_a_client_is_believed",
    ),
    Guard(
        "no encoding opens the metrics at the front door",
        (Edit("deploy/proxy/Caddyfile", "@closed path_regexp (?i)/metrics/*$", "@closed path /metrics"),),
        "tests/integration/test_front_door.py::test_no_encoding_of_a_path_opens_what_is_closed",
    ),
    Guard(
        "the front door takes away what a client says of itself",
        (Edit("deploy/proxy/Caddyfile", "\trequest_header -X-Forwarded-*\n", ""),),
        "tests/integration/test_front_door.py::test_what_a_client_says_of_itself_is_taken_away_and_the_door_is_named",
    ),
    Guard(
        "every link that is mailed begins at the front door",
        (
            Edit(
                "deploy/town/wiring.py",
                '_URL": self.front_url for service in SERVICES}',
                '_URL": self._url(service) for service in SERVICES}',
            ),
        ),
        "tests/integration/test_local.py::test_every_link_in_a_mail_begins_at_the_front_door",
    ),
    Guard(
        "nothing of the finance desk is shown to another desk's people",
        (Edit("services/payments/waiting/pages/front.py", "(Action.SEE_MONEY, finder)", "(Action.SEE_DESKS, finder)"),),
        "tests/integration/test_front_desks.py::test_an_order_is_found_by_every_number_that_somebody_may_have_written",
    ),
    Guard(
        "a search by another desk finds no conference in draft",
        (
            Edit(
                "services/scheduling/visits/pages/front.py",
                ' if within is None else {"$or": [{"life": {"$ne": "draft"}}, {"_id": {"$in": sorted(within)}}]}',
                "",
            ),
        ),
        "tests/integration/test_front_desks.py"
        "::test_the_committee_finds_conferences_drafts_sessions_and_speakers_and_finance_what_is_public",
    ),
    Guard(
        "what a search has found stays in no cache",
        (
            Edit(
                "shared/web/front.py",
                'response.headers["Cache-Control"] = "no-store"',
                "assert response.headers",
            ),
        ),
        "tests/integration/test_front_registration.py::test_what_these_pages_say_stays_nowhere",
    ),
    Guard(
        "a desk that does not answer is said so",
        (Edit("shared/web/static/desk.js", 'place.querySelector(".away").hidden = false;', ""),),
        "tests/e2e/test_front.py::test_a_desk_that_does_not_answer_is_said_so_and_the_others_are_shown",
    ),
    Guard(
        "no spreadsheet calculates",
        (
            Edit(
                "services/scheduling/programme/domain/tables.py",
                """    return f"'{text}" if _is_calculated(text) or""",
                """    return f"'{text}" if False and""",
            ),
        ),
        "tests/unit/test_programme_tables.py"
        "::test_what_a_spreadsheet_would_calculate_is_marked_in_the_file_and_comes_back_unmarked",
    ),
    Guard(
        "who was corrected does not register a second time under the wrong name",
        (
            Edit(
                "services/registration/registering/commands.py",
                "    if known is None and found and not is_by_committee:",
                "    if False:",
            ),
        ),
        "tests/integration/registration/test_corrections.py"
        "::test_who_was_corrected_is_found_by_the_right_name_and_never_registered_a_second_time",
    ),
    Guard(
        "two people are made one only when the desk says so",
        (
            Edit(
                "services/registration/correcting/commands.py",
                "    if not is_same_person:",
                "    if False:",
            ),
        ),
        "tests/integration/registration/test_corrections.py"
        "::test_two_who_are_one_are_refused_until_the_desk_says_so_and_are_one_from_then_on",
    ),
    Guard(
        "a correction overwrites none that was made since the form was opened",
        (
            Edit(
                "services/registration/correcting/commands.py",
                "    if seen not in (None, unit.version_of(PEOPLE, known.id)):",
                "    if False:",
            ),
        ),
        "tests/integration/registration/test_corrections.py"
        "::test_who_corrects_after_somebody_else_is_told_and_overwrites_nothing",
    ),
    Guard(
        "a letter that was posted is not written again by a correction",
        (
            Edit(
                "services/notifications/messages/jobs/waiting.py",
                """        {"state": State.ACCEPTED, "channel": "letter", "posted_at": None},""",
                """        {"state": State.ACCEPTED, "channel": "letter"},""",
            ),
            Edit(
                "services/notifications/messages/domain/messages.py",
                """message.state is State.ACCEPTED and message.posted_at is None""",
                """message.state is State.ACCEPTED""",
            ),
        ),
        "tests/integration/test_notifications_corrections.py::test_a_letter_that_was_posted_is_not_written_again",
    ),
    Guard(
        "an address that a desk had typed is lost by no correction of something else",
        (
            Edit(
                "services/notifications/contacts/domain.py",
                "    if known is None or known.source is not Source.DESK or not changed",
                "    if True or known is None or known.source is not Source.DESK or not changed",
            ),
        ),
        "tests/integration/test_notifications_corrections.py"
        "::test_an_address_that_the_desk_of_messages_had_typed_stands_until_that_very_one_is_corrected",
    ),
    Guard(
        "the link of a new mail address works once",
        (
            Edit(
                "services/registration/correcting/domain/addresses.py",
                "    if change.kept_as is State.PROVED:",
                "    if False:",
            ),
        ),
        "tests/integration/registration/test_my_contact.py::test_the_link_of_a_new_address_works_once",
    ),
    Guard(
        "a new mail address that was replaced does not count",
        (
            Edit(
                "services/registration/correcting/domain/addresses.py",
                "    if change.kept_as is State.REPLACED:",
                "    if False:",
            ),
        ),
        "tests/integration/registration/test_my_contact.py"
        "::test_an_address_that_is_asked_for_again_replaces_the_one_before",
    ),
    Guard(
        "a new mail address lapses when nobody opens its link",
        (
            Edit(
                "services/registration/correcting/domain/addresses.py",
                "        is_late = self.kept_as is State.ASKED and now > self.asked_at + KEPT",
                "        is_late = False",
            ),
        ),
        "tests/integration/registration/test_my_contact.py"
        "::test_a_link_that_nobody_opened_in_time_lapses_and_may_be_asked_for_again",
    ),
    Guard(
        "opening the link of a new mail address changes nothing until its button is pressed",
        (
            Edit(
                "services/registration/correcting/pages/mine.py",
                """    if request.method == "POST":
        database().run""",
                """    if True:
        database().run""",
            ),
        ),
        "tests/integration/registration/test_my_contact.py"
        "::test_a_new_address_is_asked_for_and_counts_once_its_link_was_opened_and_its_button_pressed",
    ),
    Guard(
        "the proof of a new mail address goes to that address",
        (
            Edit(
                "services/notifications/delivery/jobs/sender.py",
                "to_address=message.address or contact.email",
                "to_address=contact.email",
            ),
        ),
        "tests/integration/test_notifications_corrections.py"
        "::test_the_proof_goes_to_the_new_address_and_the_word_about_it_to_the_old_each_once",
    ),
    Guard(
        "a speaker who registers is one person",
        (
            Edit(
                "services/registration/people/handlers.py",
                """        identity="" if known else identity,""",
                """        identity="",""",
            ),
        ),
        "tests/integration/registration/test_speakers.py::"
        "test_a_speaker_who_registers_is_the_person_whom_scheduling_introduced",
    ),
    Guard(
        "what costs nothing is given",
        (
            Edit(
                "services/registration/registering/domain/admission.py",
                "    if not (category.is_offered or is_by_committee or is_invited):",
                "    if False:",
            ),
        ),
        "tests/integration/registration/test_doors.py::"
        "test_a_price_of_nothing_is_on_no_public_form_and_taken_from_no_stranger",
    ),
    Guard(
        "an invitation is used once",
        (
            Edit(
                "services/registration/registering/commands.py",
                '    if unit.find(REGISTRATIONS, {"invitation": invitation}):',
                "    if False:",
            ),
            Edit(
                "services/registration/registering/store.py",
                '            name="invitation",\n            unique=True,',
                '            name="invitation",',
            ),
        ),
        "tests/integration/registration/test_doors.py::test_an_invitation_registers_one_person_once",
    ),
    Guard(
        "prices are seen before they are owed",
        (
            Edit(
                "services/registration/prices/domain/fees.py",
                "    if seen and seen != digest(fees, currency=currency):",
                "    if False:",
            ),
        ),
        "tests/integration/registration/test_doors.py::"
        "test_a_form_that_was_open_while_prices_or_terms_changed_registers_nobody_until_they_agree",
    ),
    Guard(
        "nobody registers when it is over",
        (
            Edit(
                "services/registration/prices/domain/conferences.py", "    if conference.is_over(now):", "    if False:"
            ),
        ),
        "tests/integration/registration/test_doors.py::"
        "test_after_the_last_day_registration_itself_refuses_and_says_when_it_ended",
    ),
    Guard(
        "an open payment page holds its places",
        (
            Edit(
                "services/payments/receipts/handlers.py",
                "is_page_open=page is not None and page.state == OPEN)",
                "is_page_open=False)",
            ),
        ),
        "tests/integration/test_unpaid_places.py::"
        "test_a_place_whose_payment_page_is_open_is_free_only_once_the_provider_has_closed_the_page",
    ),
    Guard(
        "a page that was paid is not given up",
        (
            Edit(
                "services/payments/provider/jobs/gateway.py",
                '        return str(found["status"]) == "expired"',
                "        return True",
            ),
        ),
        "tests/integration/test_unpaid_places.py::test_who_pays_in_the_last_moment_keeps_the_place",
    ),
    Guard(
        "an order that was given up can be paid again though its session was cancelled meanwhile",
        (
            Edit(
                "services/registration/registering/domain/holding.py",
                "    return tuple(each for each in registration.options if each.is_standing)",
                "    return tuple(each for each in registration.options if each.state is OptionState.HELD)",
            ),
        ),
        "tests/integration/test_unpaid_places.py::"
        "test_a_session_that_is_cancelled_while_the_bank_decides_leaves_nobody_who_cannot_pay_the_rest",
    ),
    Guard(
        "a promised or part-paid place never ends by the clock",
        (
            Edit(
                "services/payments/orders/domain/giving_up.py",
                "    return bool(order.owed_minor) and not order.paid_minor and not is_promised",
                "    return bool(order.owed_minor)",
            ),
        ),
        "tests/integration/test_unpaid_places.py::"
        "test_a_place_on_an_accepted_purchase_order_or_paid_in_part_never_ends_by_the_clock",
    ),
    Guard(
        "no foreign form is kept through a sign-in",
        (Edit("shared/web/again.py", " or request.is_json or not _is_ours():", " or request.is_json:"),),
        "tests/integration/test_accounts.py::test_nothing_is_kept_of_a_form_that_stood_elsewhere",
    ),
    Guard(
        "nothing behind a personal link is stored",
        (Edit("shared/web/app.py", '        if "token" in (request.view_args or {}):', "        if False:"),),
        "tests/contract/test_personal_links.py",
    ),
    Guard(
        "a speaker's address is proved",
        (
            Edit(
                "services/registration/registering/commands.py",
                "    if person is not None and person.is_introduced and not is_by_committee:",
                "    if False:",
            ),
        ),
        "tests/integration/registration/test_speakers.py::"
        "test_who_registers_as_a_speaker_proves_the_address_before_they_see_or_stop_anything_of_hers",
    ),
    Guard(
        "who works for one conference reads what is of that one",
        (
            Edit(
                "shared/reach.py",
                "    if within is not None:\n        reach = Reach(",
                "    if within is not None and not who.association:\n        reach = Reach(",
            ),
        ),
        "tests/integration/test_single_conferences.py::test_lists_and_pages_show_the_conference_that_somebody_works_for",
    ),
    Guard(
        "who works for one conference decides nothing of a whole association",
        (
            Edit(
                "shared/principals.py",
                "        return frozenset() if action in OF_ASSOCIATION else frozenset(held)\n",
                "        return frozenset(held)\n",
            ),
        ),
        "tests/contract/test_who_may.py::"
        "test_what_is_for_a_whole_association_is_refused_to_who_is_trusted_with_one_conference",
    ),
    Guard(
        "who isn't allowed is kept out",
        (
            Edit(
                "shared/auth.py",
                "            if within is not None and not within:",
                "            if within is not None and not within and not who.is_staff:",
            ),
        ),
        "tests/contract/test_who_may.py::test_a_role_comes_in_where_the_table_says_and_nowhere_else",
    ),
    Guard(
        "what has ended is believed no more",
        (Edit("shared/statements.py", "and not _has_ended(found) else None", "else None"),),
        "tests/integration/test_accounts.py::test_who_signed_out_is_out_everywhere_even_with_what_was_copied",
    ),
    Guard(
        "a session ends with the password that it began with",
        (
            Edit(
                "services/registration/accounts/domain.py",
                "is_of_now = account.sessions_from is None or self.begun_at >= account.sessions_from",
                "is_of_now = True",
            ),
        ),
        "tests/integration/test_accounts.py"
        "::test_another_password_ends_every_session_of_before_and_not_the_one_it_begins",
    ),
    Guard(
        "a mailbox alone opens no account with a second factor",
        (
            Edit(
                "services/registration/accounts/pages/invitations.py",
                "    if not account.second_factor:",
                "    if True:",
            ),
        ),
        "tests/integration/test_accounts.py::test_who_only_reads_somebodys_mail_does_not_get_past_their_second_factor",
    ),
    Guard(
        "another address is asked for with the password",
        (
            Edit(
                "services/registration/accounts/pages/addresses.py",
                '    has_password(own, request.form.get("password", ""))',
                "    has_password",
            ),
        ),
        "tests/integration/test_accounts.py"
        "::test_another_address_counts_once_its_link_was_opened_and_takes_a_password_to_ask_for",
    ),
    Guard(
        "a provider vouches for its own association alone",
        (
            Edit(
                "services/registration/accounts/domain.py",
                "is_theirs = account is not None and account.association == provider.association",
                "is_theirs = account is not None",
            ),
        ),
        "tests/integration/test_openid.py::test_who_is_not_invited_there_is_refused_and_told_what_to_do",
    ),
    Guard(
        "an address counts once the provider has made sure of it",
        (
            Edit(
                "services/registration/accounts/domain.py",
                "if not is_known and not identity.is_mail_verified:",
                "if False:",
            ),
        ),
        "tests/integration/test_openid.py::test_who_is_not_invited_there_is_refused_and_told_what_to_do",
    ),
    Guard(
        "who comes back from a provider was sent by this browser",
        (
            Edit(
                "services/registration/accounts/pages/openid.py",
                "    if not brought or not secrets.compare_digest(brought.encode(), said.encode()):",
                "    brought = said\n    if not brought:",
            ),
        ),
        "tests/integration/test_openid.py::test_an_answer_counts_once_and_in_the_browser_that_asked",
    ),
    Guard(
        "a code of a second factor counts once",
        (
            Edit(
                "services/registration/accounts/domain.py",
                "if account.second_factor and step <= account.code_step:",
                "if False:",
            ),
        ),
        "tests/integration/test_accounts.py::test_a_second_factor_is_asked_for_and_a_code_counts_once",
    ),
    Guard(
        "who guesses shuts out nobody else",
        (
            Edit(
                "services/registration/accounts/pages/signing_in.py",
                'request.remote_addr or ""',
                '""',
            ),
        ),
        "tests/integration/test_accounts.py::test_who_guesses_is_shut_out_and_the_owner_is_not",
    ),
    Guard(
        "an account belongs to its association",
        (
            Edit(
                "services/registration/accounts/commands.py",
                "(association and known.association != association)",
                "False",
            ),
        ),
        "tests/integration/test_accounts.py::test_an_administrator_says_nothing_about_another_associations_accounts",
    ),
    Guard(
        "a personal link ends with its purpose",
        (Edit("shared/auth.py", "    if is_over and host_now().date() - made > HELD_ANYWAY:", "    if False:"),),
        "tests/integration/test_personal_links.py::"
        "test_a_registrants_link_ends_a_while_after_the_conference_and_is_renewed_by_mail_to_the_address_known",
    ),
    Guard(
        "one moment, one session",
        (
            Edit(
                "services/scheduling/attendance/domain/points.py",
                "        if do_overlap(each.windows, taken):",
                "        if False:",
            ),
        ),
        "tests/unit/test_attendance_points.py::test_no_two_attendances_that_count_share_a_moment",
    ),
    Guard(
        "a scan is stored once",
        (
            Edit(
                "services/scheduling/attendance/domain/attendance.py",
                "    if any(each.id == scan.id for each in attendance.scans):",
                "    if False:",
            ),
        ),
        "tests/unit/test_attendance_ledger.py::test_a_scan_that_is_sent_again_is_stored_once",
    ),
    Guard(
        "points wait for a review",
        (
            Edit(
                "services/scheduling/attendance/domain/points.py", "    if approval.must_be_reviewed:", "    if False:"
            ),
        ),
        "tests/unit/test_attendance_points.py::test_a_session_that_is_not_as_it_was_approved_earns_nothing",
    ),
    Guard(
        "no points before the end",
        (
            Edit(
                "services/scheduling/attendance/domain/points.py",
                "return Verdict.NOT_OVER if now < entry.ends else None",
                "return None",
            ),
        ),
        "tests/integration/test_attendance.py::test_points_are_posted_when_the_session_is_over_and_not_before",
    ),
    Guard(
        "a presenter's own sessions",
        (Edit("services/scheduling/attendance/pages/presenting.py", "if person in each.speakers and", "if"),),
        "tests/integration/test_attendance_pages.py::"
        "test_a_presenter_judges_nobody_elses_session_and_nobody_who_was_not_there",
    ),
    Guard(
        "places",
        (
            Edit("shared/places.py", "    if had(place, envelope):", "    if False:"),
            Edit("shared/places.py", " or place.waiting[0].sequence != place.last_sequence + 1:", ":"),
        ),
        "tests/integration/test_plumbing.py::test_an_event_that_was_published_twice_is_handled_once",
    ),
    Guard(
        "conditional offsets",
        (Edit("shared/worker.py", ', "next": began}', "}"),),
        "tests/integration/test_plumbing.py::test_a_batch_that_another_worker_has_committed_is_undone",
    ),
    Guard(
        "a number that the database can't keep",
        (
            Edit(
                "shared/contracts/envelope.py",
                "    if not _SEQUENCE.fullmatch(text) or int(text) > SEQUENCE_MAX:",
                "    if not _SEQUENCE.fullmatch(text):",
            ),
        ),
        "tests/unit/test_reading.py"
        "::test_whatever_a_record_is_reading_it_never_raises_and_a_place_can_keep_what_was_read",
    ),
    Guard(
        "a conflict that never passes ends",
        (
            Edit(
                "shared/worker.py",
                "is_hopeless = is_clash(error) and self._count >= CLASH_COUNT_MAX",
                "is_hopeless = False",
            ),
        ),
        "tests/integration/test_faults.py::test_a_conflict_that_never_passes_is_its_events_own_failure",
    ),
    Guard(
        "a part of the programme that is kept is kept by language",
        (
            Edit(
                "services/scheduling/releases/pages/visiting.py",
                "name, key, _zone(), language())",
                "name, key, _zone(), locale())[:6]",
            ),
        ),
        "tests/integration/test_visiting.py::test_the_programme_is_read_in_one_s_own_language_whoever_opened_it_before",
    ),
    Guard(
        "a page that nobody offers in the reader's language is found",
        (Edit("services/scheduling/attendance/pages/verifying.py", "offer_all(blueprint)", ""),),
        "tests/contract/test_words.py::test_nothing_that_a_reader_sees_is_english_only",
    ),
    Guard(
        "a kept text with a percent sign is no template",
        (
            Edit(
                "services/scheduling/programme/domain/programme.py",
                'phrase(text.replace("%", "%%"))',
                "phrase(text)",
            ),
        ),
        "tests/unit/test_programme_edits.py::test_an_edit_with_a_percent_sign_is_said_as_it_is",
    ),
    Guard(
        "another event under a number that was had",
        (Edit("shared/places.py", "    if other := contradicts(place, envelope):", "    if other := '':"),),
        "tests/integration/test_faults.py"
        "::test_another_event_under_a_number_that_was_had_stops_its_story_and_raises_an_alarm",
    ),
    Guard(
        "what waits is laid aside when it is too much",
        (Edit("shared/stories.py", "        kept, aside = lay_aside(place)", "        kept, aside = place, ()"),),
        "tests/integration/test_faults.py"
        "::test_what_waits_behind_a_parked_event_outgrows_no_document_and_is_told_in_order",
    ),
    Guard(
        "what was laid aside and came again is not taken up",
        (
            Edit(
                "shared/stories.py",
                'ahead = {"place": place.id, "sequence": {"$gt": place.last_sequence}}',
                'ahead = {"place": place.id}',
            ),
        ),
        "tests/integration/test_faults.py"
        "::test_what_is_laid_aside_and_comes_again_with_what_was_missing_is_told_once_and_stops_nothing",
    ),
    Guard(
        "what a reader doesn't know waits",
        (
            Edit(
                "shared/stories.py",
                "            if envelope.type not in self.types or envelope.type in self.held:",
                "            if False:",
            ),
        ),
        "tests/integration/test_rolling_upgrade.py"
        "::test_two_versions_of_an_event_run_side_by_side_while_readers_are_upgraded_one_by_one",
    ),
    Guard(
        "a new handler's events wait for its history",
        (
            Edit(
                "shared/stories.py",
                "            if envelope.type not in self.types or envelope.type in self.held:",
                "            if envelope.type not in self.types:",
            ),
        ),
        "tests/integration/test_rolling_upgrade.py"
        "::test_a_new_handler_is_given_the_history_and_its_new_events_wait_for_that",
    ),
    Guard(
        "nobody is told of history",
        (Edit("services/notifications/messages/commands.py", "    if unit.is_history:", "    if False:"),),
        "tests/integration/test_notifications_messages.py"
        "::test_of_what_is_history_everything_is_learned_and_nobody_is_told",
    ),
    Guard(
        "who makes a job wakes those who rest",
        (Edit("shared/mongo.py", "        if unit.has_scheduled:\n", "        if False:\n"),),
        "tests/integration/test_bells.py::test_a_job_loop_at_rest_is_woken_by_whoever_makes_a_job",
    ),
    Guard(
        "a job loop that only fails gives no sign",
        (
            Edit(
                "shared/jobs.py",
                "        if not self._has_failed:\n            self.progress",
                "        if True:\n            self.progress",
            ),
        ),
        "tests/integration/test_progress.py::test_a_job_loop_in_which_everything_fails_for_a_minute_is_stuck",
    ),
    Guard(
        "claim fence",
        (Edit("shared/jobs.py", '"_id": self.id, "job.token": self.token', '"_id": self.id'),),
        "tests/integration/test_jobs.py::test_who_has_lost_the_lease_records_nothing",
    ),
    Guard(
        "matched_count check",
        (Edit("shared/unit.py", "if result.matched_count != len(guarded):", "if False:"),),
        "tests/integration/test_plumbing.py::test_a_unit_whose_guarded_update_matches_nothing_is_undone",
    ),
    Guard(
        "listing before a resend",
        (
            Edit(
                "services/payments/refunds/jobs.py",
                "\n            own, strangers = self._find(refund, intent)\n",
                "\n            own, strangers = None, []\n",
            ),
        ),
        "tests/integration/payments/test_listing.py"
        "::test_a_refund_that_the_provider_has_forgotten_the_key_of_is_found_in_its_list",
    ),
    Guard(
        "listing before the first send",
        (
            Edit(
                "services/payments/refunds/jobs.py",
                "\n            own, strangers = self._find(refund, intent)\n",
                "\n            own, strangers = self._find(refund, intent) if is_in_doubt(refund) else (None, [])\n",
            ),
        ),
        "tests/integration/payments/test_listing.py::test_payments_that_came_back_from_a_backup_pay_no_refund_twice",
    ),
    Guard(
        "a refund made by hand is taken off what is sent",
        (
            Edit(
                "services/payments/refunds/jobs.py",
                "        if strangers and not may_still_arrive(",
                "        if False and not may_still_arrive(",
            ),
        ),
        "tests/integration/payments/test_outside.py"
        "::test_what_was_refunded_by_hand_is_not_sent_though_the_provider_would_pay_it_twice",
    ),
    Guard(
        "a cheque is recorded for the payee that finance saw",
        (
            Edit(
                "services/payments/refunds/domain/recording.py",
                "    if refund.payee is None or seen == refund.payee_version:",
                "    if True:",
            ),
        ),
        "tests/integration/payments/test_refunds.py::test_a_cheque_is_recorded_only_for_the_payee_that_finance_saw",
    ),
    Guard(
        "an old answer takes no bank's decision back",
        (
            Edit(
                "services/payments/refunds/commands/noting.py",
                "    if seen is not None and unit.version_of(DISPUTES, told.id) != seen:",
                "    if False:",
            ),
        ),
        "tests/integration/payments/test_disputes_again.py::test_an_old_answer_takes_no_decision_back",
    ),
    Guard(
        "word of a refund made outside waits for ours on its way",
        (
            Edit(
                "services/payments/refunds/commands/noting.py",
                "    elif must_wait(unit, payment, told):",
                "    elif False:",
            ),
        ),
        "tests/integration/payments/test_outside.py"
        "::test_word_of_a_refund_made_outside_waits_while_one_of_ours_is_on_its_way",
    ),
    Guard(
        "a label makes no two sums equal",
        (
            Edit(
                "services/payments/refunds/domain/refunds.py",
                "    return (told.refund, told.amount_minor, told.currency) == "
                "(refund.id, refund.amount_minor, refund.currency)",
                "    return told.refund == refund.id",
            ),
        ),
        "tests/integration/payments/test_outside.py::test_a_label_makes_no_two_sums_equal",
    ),
    Guard(
        "the gate's $inc",
        (
            Edit(
                "services/registration/registering/commands.py",
                '{"$inc": {"entered_count": 1}}',
                '{"$set": {"is_open": True}}',  # writes nothing new
            ),
        ),
        "tests/integration/registration/test_cancellation.py"
        "::test_a_registration_in_flight_while_the_gates_close_is_ended_too",
    ),
    Guard(
        "places of an option",
        (
            Edit(
                "services/registration/prices/commands/places.py", '"is_open": True, **_HAS_PLACE}', '"is_open": True}'
            ),
        ),
        "tests/integration/registration/test_options.py::test_no_option_is_oversold_however_many_ask_at_once",
    ),
    Guard(
        "closed places of a cancelled session",
        (Edit("services/registration/prices/commands/places.py", '"is_open": True, **_HAS_PLACE}', "**_HAS_PLACE}"),),
        "tests/integration/registration/test_session_cancelled.py::test_nobody_buys_a_seat_in_a_cancelled_session",
    ),
    Guard(
        "places kept for a waitlist are not sold",
        (
            Edit(
                "services/registration/prices/commands/places.py",
                '{"$add": ["$taken_count", {"$ifNull": ["$set_aside_count", 0]}]}',
                '"$taken_count"',
            ),
        ),
        "tests/integration/registration/test_waiting.py"
        "::test_no_place_is_sold_and_kept_at_once_however_many_buy_while_others_come_to_wait",
    ),
    Guard(
        "a seat that no order pays for is said",
        (Edit("services/scheduling/agendas/domain/places.py", "if each not in roster.owed)]", "if False)]"),),
        "tests/integration/test_paid_seats_story.py::test_seats_that_no_order_pays_for_are_said_of_each_person",
    ),
    Guard(
        "a paid seat is offered with a place only",
        (
            Edit(
                "services/scheduling/agendas/domain/waitlist.py",
                "while roster.offerable_count and roster.waiting:",
                "while roster.free_count and roster.waiting:",
            ),
        ),
        "tests/integration/test_paid_seats_story.py",
    ),
    Guard(
        "an answer to an older word keeps no place",
        (
            Edit(
                "services/scheduling/agendas/domain/places.py",
                "(event.product, event.revision) != (roster.product, roster.wanted_revision)",
                "event.product != roster.product",
            ),
        ),
        "tests/integration/test_paid_seats_story.py"
        "::test_a_place_given_back_and_wanted_again_is_not_offered_on_an_old_answer",
    ),
    Guard(
        "what a payment has left",
        (
            Edit(
                "services/payments/endings/commands.py",
                '"_id": taking.payment, "refundable_minor": {"$gte": taking.amount_minor}',
                '"_id": taking.payment',
            ),
        ),
        "tests/integration/payments/test_options.py::test_more_than_a_payment_has_left_never_leaves_it",
    ),
    Guard(
        "a sum of 64 bits is a number like any other",
        (Edit("shared/mongo.py", "            type_registry=_TYPES,\n", ""),),
        "tests/integration/payments/test_large_sums.py"
        "::test_three_delegates_at_nine_million_rupiah_are_cancelled_to_the_end",
    ),
    Guard(
        "one run that fails keeps no other from settling",
        (
            Edit(
                "services/payments/books/jobs.py",
                "        except Exception as error:  # whatever it is",
                "        except PyMongoError as error:  # whatever it is",
            ),
        ),
        "tests/integration/payments/test_large_sums.py"
        "::test_a_run_that_can_not_go_on_is_shown_with_its_reason_and_the_others_settle",
    ),
    Guard(
        "a payment under way is not void",
        (Edit("services/payments/endings/domain/settlement.py", "    if settlement.awaited_minor:", "    if False:"),),
        "tests/integration/payments/test_delayed.py"
        "::test_a_cancellation_never_says_void_of_a_payment_that_is_under_way",
    ),
    Guard(
        "a fee that is not there yet is no fee of 0",
        (
            Edit(
                "services/payments/provider/jobs/gateway.py",
                'our_amount(booked["fee"], currency) if is_known else None',
                'our_amount(booked["fee"], currency) if is_known else 0',
            ),
        ),
        "tests/integration/payments/test_balance.py::test_a_fee_that_nothing_tells_of_is_asked_for",
    ),
    Guard(
        "what can't be explained is a person's",
        (
            Edit(
                "services/payments/bank/commands.py", "    unit.add(STRAYS, unexplained_move(move, now=unit.now))\n", ""
            ),
        ),
        "tests/integration/payments/test_balance.py"
        "::test_a_line_that_no_rule_explains_is_on_finance_s_desk_with_its_sum_once",
    ),
    Guard(
        "people at a slow provider leave the house its threads",
        (
            Edit(
                "services/payments/provider/jobs/gateway.py",
                "                if not is_ours:\n",
                "                if False:\n",
            ),
        ),
        "tests/integration/payments/test_pace.py"
        "::test_a_slow_provider_holds_up_no_health_and_no_webhook_and_charges_nobody",
    ),
    Guard(
        "one budget for all processes",
        (
            Edit(
                "services/payments/provider/jobs/pace.py",
                '{"_id": self._account}, list(stages)',
                '{"_id": f"{self._account}:{id(self)}"}, list(stages)',
            ),
        ),
        "tests/integration/payments/test_pace.py::test_no_more_leave_in_any_second_than_the_budget_over_all_processes",
    ),
    Guard(
        "a clock that is set back doesn't undo the budget",
        (
            Edit(
                "services/payments/provider/jobs/pace.py",
                '    raised_at = {"$min": [{"$ifNull": ["$raised_at", "$$now"]}, "$$now"]}',
                '    raised_at = {"$ifNull": ["$raised_at", "$$now"]}',
            ),
        ),
        "tests/integration/payments/test_pace.py"
        "::test_a_database_whose_clock_is_set_back_neither_stops_refunds_nor_lets_them_all_go",
    ),
    Guard(
        "a purchase order covers its limit once",
        (
            Edit(
                "services/payments/orders/domain/purchase_orders.py",
                "    used_minor = sum(covered_minor(each) for each in others)",
                "    used_minor = 0",
            ),
        ),
        "tests/integration/test_groups_story.py"
        "::test_one_purchase_order_covers_its_limit_once_over_all_orders_of_its_payer",
    ),
    Guard(
        "no attendee decides about the money of an order of several",
        (
            Edit(
                "services/registration/changing/pages/mine.py",
                "    if registration.is_of_several:\n        raise",
                "    if False:\n        raise",
            ),
        ),
        "tests/integration/test_groups_story.py::test_no_attendee_of_an_order_decides_about_its_money",
    ),
    Guard(
        "an order of several ends once, with its last registration",
        (
            Edit(
                "services/registration/changing/commands/ending.py",
                "    if any(each.is_live for each in members):",
                "    if False:",
            ),
        ),
        "tests/integration/test_groups_story.py::test_the_payer_of_a_cancelled_conference_decides_for_all",
    ),
    Guard(
        "of an order of several no sums are promised before payments has said any",
        (
            Edit(
                "services/registration/changing/pages/leaving.py",
                "        if self.registration.is_of_several and (self.order is None or self.order.owed_minor is None):",
                "        if False:",
            ),
        ),
        "tests/integration/test_leaving_pages.py"
        "::test_of_an_order_of_several_no_sums_are_promised_before_payments_has_said_any",
    ),
    Guard(
        "who registers again for the same paid session keeps that seat",
        (
            Edit(
                "services/scheduling/agendas/domain/agendas.py",
                "    return all_ - {each.session for each in agenda.paid if each.registration != registration}",
                "    return all_",
            ),
        ),
        "tests/integration/test_scheduling_leaving.py"
        "::test_who_registers_again_for_the_same_paid_session_keeps_that_seat",
    ),
    Guard(
        "who registers again is a delegate by that registration alone",
        (
            Edit(
                "services/scheduling/agendas/domain/agendas.py",
                "agenda.is_delegate and agenda.admitted_by != registration",
                "agenda.is_delegate",
            ),
        ),
        "tests/integration/test_scheduling_leaving.py"
        "::test_who_registers_again_is_a_delegate_once_that_is_paid_and_not_before",
    ),
    Guard(
        "a leaving that is heard of late takes no badge of the registration after",
        (
            Edit(
                "services/scheduling/attendance/handlers.py",
                "known is not None and known.registration == event.registration and known.is_live",
                "known is not None and known.is_live",
            ),
        ),
        "tests/integration/test_scheduling_leaving.py"
        "::test_a_leaver_s_badge_opens_no_door_and_that_of_who_registered_again_does",
    ),
    Guard(
        "a lost dispute pays no more than it took",
        (
            Edit(
                "services/payments/refunds/domain/disputes.py",
                "amount_minor = min(refund.amount_minor, dispute.payable_minor)",
                "amount_minor = refund.amount_minor",
            ),
        ),
        "tests/unit/test_payments_endings.py"
        "::test_whatever_banks_take_back_of_an_order_of_several_no_cent_is_lost_or_paid_twice",
    ),
    Guard(
        "a refund that a bank has paid after the loss was booked takes the loss back",
        (
            Edit(
                "services/payments/refunds/domain/disputes.py",
                "        disputed_minor=left_minor,\n        loss_minor=amount_minor - left_minor,\n",
                "        disputed_minor=amount_minor,\n        loss_minor=0,\n",
            ),
        ),
        "tests/unit/test_payments_endings.py"
        "::test_whatever_banks_take_back_of_an_order_of_several_no_cent_is_lost_or_paid_twice",
    ),
    Guard(
        "whoever ends a registration goes through a gate",
        (
            Edit(
                "services/registration/changing/commands/leaving.py",
                "    if about.is_cancelled or not _is_through(unit, about):",
                "    if about.is_cancelled:",
            ),
        ),
        "tests/integration/test_leaving.py::test_a_cancellation_waits_for_who_is_leaving_and_knows_that_they_have",
    ),
    Guard(
        "a registration leaves its order once",
        (
            Edit(
                "services/payments/endings/domain/leaving.py",
                "    if order.has_left(left.registration):",
                "    if False:",
            ),
        ),
        "tests/integration/test_leaving.py::test_a_double_click_is_one_and_a_second_person_is_told_who_was_first",
    ),
    Guard(
        "money for an order that everybody has left goes back",
        (
            Edit(
                "services/payments/receipts/domain/receipts.py",
                "    is_late = order.is_over",
                "    is_late = order.settlement is not None",
            ),
        ),
        "tests/integration/test_leaving.py::test_money_that_comes_after_the_last_has_left_goes_back",
    ),
    Guard(
        "who has left a conference may register again",
        (
            Edit(
                "services/registration/registering/store.py",
                '"person": {"$in": list(persons)}, "left": None}',
                '"person": {"$in": list(persons)}}',
            ),
        ),
        "tests/integration/test_leaving.py::test_their_place_goes_to_who_waits_and_they_may_come_again",
    ),
    Guard(
        "a story waits for what another one tells of",
        (
            Edit(
                "shared/stories.py",
                "                    if unit.load(collection, id_) is None:",
                "                    if False:",
            ),
        ),
        "tests/integration/test_early_stories.py"
        "::test_what_came_too_early_waits_for_the_other_story_and_keeps_its_own_order",
    ),
    Guard(
        "what an ending keeps stays on the order as a line",
        (
            Edit(
                "services/payments/endings/domain/mechanism.py",
                "lines=(*order.lines, kept)) if kept_minor else order",
                "lines=(*order.lines, kept)) if False else order",
            ),
        ),
        "tests/unit/test_payments_options.py"
        "::test_whatever_happens_to_options_and_orders_every_cent_finds_exactly_one_end",
    ),
    Guard(
        "a registration of before orders were said of has one",
        (Edit("services/registration/app.py", "migrations=(EARLIER_ORDERS, OLD_RUNS)", "migrations=(OLD_RUNS,)"),),
        "tests/integration/test_earlier_orders.py"
        "::test_what_payments_had_not_heard_before_the_upgrade_is_owed_for_all_the_same",
    ),
    Guard(
        "orders of before are carried over once",
        (
            Edit(
                "services/payments/orders/store.py",
                '    older=Older(lacks="lines", now=with_lines),\n',
                "",
            ),
        ),
        "tests/integration/test_carrying.py::test_orders_of_before_are_found_by_their_run_once_they_were_carried_over",
    ),
    Guard(
        "a run waits for the bank's word",
        (
            Edit(
                "services/payments/orders/domain/endings.py",
                " and not open_ and not self.awaited_minor",
                " and not open_",
            ),
        ),
        "tests/integration/payments/test_delayed.py"
        "::test_a_payment_under_way_that_is_heard_of_only_after_the_cancellation_holds_the_run",
    ),
    Guard(
        "a run's end is saved under the version that was seen",
        (
            Edit(
                "services/payments/completing/commands.py",
                "if loaded is None or unit.version_of(RUNS, run) != seen.version or",
                "if loaded is None or",
            ),
        ),
        "tests/integration/payments/test_cancellation.py"
        "::test_a_run_that_is_disturbed_while_it_is_counted_is_not_settled",
    ),
    Guard(
        "kept balances are held against the entries",
        (Edit("services/payments/books/domain/ledger.py", "or after.balances == head.balances", "or True"),),
        "tests/integration/payments/test_books.py::test_kept_balances_that_are_not_those_of_the_entries_are_found",
    ),
    Guard(
        "registration's word about a person",
        (
            Edit(
                "services/notifications/contacts/domain.py",
                "    if known.source is not Source.SCHEDULING and known.can_be_reached:",
                "    if False:",
            ),
        ),
        "tests/integration/test_notifications_messages.py"
        "::test_what_registration_told_of_a_person_counts_whenever_scheduling_introduces_them",
    ),
    Guard(
        "who has paid is not reminded",
        (
            Edit(
                "services/notifications/messages/jobs/waiting.py",
                "is_agreed or is_cancelled or answered(unit.database, whose, session=unit.session)",
                "is_agreed or is_cancelled",
            ),
        ),
        "tests/integration/test_notifications_reminders.py"
        "::test_who_has_paid_or_has_nothing_to_pay_any_more_hears_nothing",
    ),
    Guard(
        "who pays before the mail is written is not reminded",
        (Edit("services/notifications/messages/domain/messages.py", "    if is_answered:", "    if False:"),),
        "tests/integration/test_notifications_reminders.py"
        "::test_a_payment_that_comes_before_the_mail_is_written_makes_it_needless",
    ),
    Guard(
        "nobody is reminded of a payment that a bank has been asked for",
        (
            Edit(
                "services/notifications/messages/jobs/waiting.py",
                "if not (is_agreed or is_cancelled or",
                "if not (is_cancelled or",
            ),
        ),
        "tests/integration/test_notifications_reminders.py::test_nobody_is_reminded_while_a_bank_has_been_asked_to_pay",
    ),
    Guard(
        "a reminder that has not left is needless once a bank has been asked to pay",
        (
            Edit(
                "services/notifications/messages/store/background.py",
                "(is_cancelled or is_agreed or ",
                "(is_cancelled or ",
            ),
        ),
        "tests/integration/test_notifications_reminders.py"
        "::test_a_reminder_that_has_not_left_is_needless_once_a_bank_has_been_asked_to_pay",
    ),
    Guard(
        "a lease lives as long as its mail is on its way",
        (
            Edit(
                "services/notifications/delivery/jobs/recording.py",
                "            claim.renew(unit)\n",
                "            pass\n",
            ),
        ),
        "tests/integration/test_notifications_pace.py"
        "::test_a_server_slow_at_the_final_dot_gets_one_copy_however_long_it_takes",
    ),
    Guard(
        "copies of a mail in doubt come to an end",
        (
            Edit(
                "services/notifications/delivery/domain/sending.py",
                "    return message.is_critical and message.sent_again < SENT_AGAIN_MAX",
                "    return message.is_critical",
            ),
        ),
        "tests/integration/test_notifications_pace.py::test_copies_of_a_mail_that_nobody_knows_about_come_to_an_end",
    ),
    Guard(
        "one person's mails are never on their way together",
        (
            Edit(
                "services/notifications/delivery/jobs/sender.py",
                "            busy.add(recipient)\n",
                "            pass\n",
            ),
        ),
        "tests/integration/test_notifications_pace.py"
        "::test_several_mails_are_on_their_way_and_each_person_gets_theirs_in_order",
    ),
    Guard(
        "what comes first goes along",
        (Edit("services/notifications/delivery/jobs/turns.py", "    if due:\n", "    if False:\n"),),
        "tests/integration/test_notifications_pace.py"
        "::test_a_critical_message_takes_along_what_its_recipient_must_read_before_it",
    ),
    Guard(
        "a rule against us bounces nobody",
        (
            Edit(
                "services/notifications/delivery/jobs/mailer.py",
                '    return Sent(End.AGAINST_RULES if " 5.7." in reason else End.REFUSED, reason)',
                "    return Sent(End.REFUSED, reason)",
            ),
        ),
        "tests/integration/test_notifications_pace.py::test_a_relay_that_refuses_everybody_for_a_while_bounces_nobody",
    ),
    Guard(
        "no password in clear",
        (Edit("services/notifications/delivery/jobs/mailer.py", "        raise _NoSecrecy", "        pass"),),
        "tests/integration/test_notifications_smtp.py::test_a_password_never_travels_in_clear",
    ),
    Guard(
        "all registrants known",
        (
            Edit(
                "services/notifications/messages/jobs/waiting.py",
                "    if len(ids) != run.closed_count or digest_of(ids) != run.closed_digest:",
                "    if False:",
            ),
        ),
        "tests/integration/test_notifications_programme.py"
        "::test_no_speaker_is_told_before_it_is_known_who_of_them_is_registered",
    ),
    Guard(
        "one message for a speaker who is registered",
        (
            Edit(
                "services/notifications/messages/domain/messages.py",
                "    if message.is_to_speaker and is_registrant:",
                "    if False:",
            ),
        ),
        "tests/integration/test_notifications_programme.py"
        "::test_a_speaker_is_told_once_that_the_conference_is_cancelled_with_their_money_if_they_are_registered",
    ),
    Guard(
        "what was told stays told",
        (
            Edit(
                "services/notifications/programme/domain.py",
                "        if known is None or known.sequence <= item.sequence:",
                "        if True:",
            ),
        ),
        "tests/integration/test_notifications_programme.py"
        "::test_an_older_release_heard_late_does_not_turn_back_what_was_told",
    ),
    Guard(
        "a claim saves the agenda",
        (
            Edit(
                "services/scheduling/agendas/commands.py",
                "claiming = unit.save(AGENDAS, Change(domain.claiming(agenda, roster.session)))",
                "claiming = agenda",
            ),
        ),
        "tests/integration/test_scheduling_agendas_api.py"
        "::test_two_sign_ups_of_one_person_at_the_same_time_do_not_both_go_unseen",
    ),
    Guard(
        "paid places taken over once",
        (
            Edit(
                "services/scheduling/agendas/handlers.py",
                "if agenda.is_ended or agenda.paid_place(place.session, registration=place.registration):",
                "if agenda.is_ended:",
            ),
        ),
        "tests/integration/test_scheduling_agendas_heard.py"
        "::test_a_seat_that_was_given_away_from_a_no_show_does_not_come_back_when_an_event_is_heard_again",
    ),
    Guard(
        "who paid keeps the seat",
        (
            Edit(
                "services/scheduling/agendas/domain/waitlist.py",
                "for hold in (Hold.SIGNED_UP, Hold.OFFERED) for each",
                "for hold in Hold for each",
            ),
        ),
        "tests/unit/test_scheduling_waitlist_histories.py",
    ),
    Guard(
        "whatever ends offers what is free",
        (
            Edit(
                "services/scheduling/agendas/domain/waitlist.py",
                "while roster.offerable_count and roster.waiting:",
                "if roster.offerable_count and roster.waiting:",
            ),
        ),
        "tests/unit/test_scheduling_waitlist_histories.py",
    ),
    Guard(
        "the draft that was seen",
        (
            Edit(
                "services/scheduling/releases/domain/releasing.py",
                "    if seen.digest == differences.digest(draft, last):",
                "    if True:",
            ),
        ),
        "tests/integration/test_releases.py"
        "::test_a_draft_that_was_changed_after_the_preview_is_not_released_and_it_is_said_who_changed_what",
    ),
    Guard(
        "releases told in order",
        (
            Edit(
                "services/scheduling/releases/jobs.py",
                "        if _is_behind_another(database, claim.state):",
                "        if False:",
            ),
        ),
        "tests/integration/test_releases_news.py::test_releases_in_quick_succession_are_told_in_their_order",
    ),
    Guard(
        "who is told is told once",
        (
            Edit(
                "services/scheduling/releases/jobs.py",
                '{"fanout": held.id, "is_told": False}',
                '{"fanout": held.id}',
            ),
        ),
        "tests/integration/test_releases_news.py::test_a_step_that_is_taken_again_tells_nobody_again",
    ),
    Guard(
        "no more seats than the room has",
        (
            Edit(
                "services/scheduling/agendas/domain/waitlist.py",
                "    has_free_seat = roster.open_count > 0",
                "    has_free_seat = True",
            ),
        ),
        "tests/integration/test_scheduling_agendas_api.py"
        "::test_seats_go_to_who_comes_first_and_the_others_wait_in_order",
    ),
    Guard(
        "an offered seat is not held yet",
        (
            Edit(
                "services/scheduling/releases/domain/news.py",
                "                if seat.hold is not Hold.OFFERED:",
                "                if True:",
            ),
        ),
        "tests/integration/test_releases_news.py"
        "::test_whoever_waits_is_told_so_until_they_have_taken_the_seat_that_a_larger_room_offers_them",
    ),
    Guard(
        "an entry of the points ledger has one id, whoever adds it",
        (
            Edit(
                "services/scheduling/attendance/domain/ledger.py",
                'return f"{conference}:{person}:{number:05}"',
                "return f\"{conference}:{person}:{__import__('uuid').uuid4()}\"",
            ),
        ),
        "tests/unit/test_attendance_ledger.py::test_two_who_reckon_at_once_would_add_the_same_entries",
    ),
    Guard(
        "claim of a fan-out",
        (Edit("services/scheduling/releases/jobs.py", "    claim.keep(unit)\n", ""),),
        "tests/integration/test_releases_news.py::test_nobody_is_told_twice_by_a_job_that_comes_back_from_the_dead",
    ),
    Guard(
        "no news of a cancelled conference",
        (
            Edit(
                "services/scheduling/releases/jobs.py",
                "    if conference and conference.is_cancelled and not held.is_over:",
                "    if False:",
            ),
        ),
        "tests/integration/test_releases_news.py"
        "::test_a_cancelled_conference_stops_the_news_of_a_release_that_is_under_way",
    ),
    Guard(
        "a proposal and a cancellation at the same moment",
        (
            Edit(
                "services/scheduling/call/commands/proposals.py",
                "    known, call = conference_stays(unit, conference), _call(unit, conference)",
                "    known, call = must_go_on(unit, conference), _call(unit, conference)",
            ),
        ),
        "tests/integration/test_call.py::test_a_proposal_at_the_moment_of_a_cancellation_is_refused",
    ),
    Guard(
        "the last day for confirming",
        (
            Edit(
                "services/scheduling/call/domain/speaking.py",
                "    if confirm_by and now >= end_of_day(confirm_by, zone):",
                "    if False:",
            ),
        ),
        "tests/integration/test_speaking.py::test_nobody_confirms_after_the_last_day_and_the_page_says_what_to_do",
    ),
    Guard(
        "a link is one person's",
        (
            Edit(
                "services/scheduling/call/domain/speaking.py",
                "next((each for each in session.cast if each.person == person), None)",
                "next(iter(session.cast), None)",
            ),
        ),
        "tests/integration/test_speaking.py::test_a_link_gives_no_right_to_sessions_of_somebody_else",
    ),
    Guard(
        "nobody comes on stage while the cast of a cancelled conference is told",
        (
            Edit(
                "services/scheduling/programme/store/draft.py",
                '    unit.require(CONFERENCES, {"_id": conference}, {"$inc": {"programme_change_count": 1}})\n',
                "",
            ),
        ),
        "tests/integration/test_scheduling_news.py"
        "::test_who_comes_on_stage_while_the_conference_is_being_cancelled_is_refused_or_told",
    ),
    Guard(
        "a registrant is told of a cancellation once it is known whether they were to speak",
        (
            Edit(
                "services/notifications/messages/domain/messages.py",
                "    if is_told_of_parts(message, conference) and (cast is None or not cast.is_complete):",
                "    if False:",
            ),
        ),
        "tests/integration/test_notifications_programme.py"
        "::test_a_registrant_is_told_at_once_when_it_is_known_that_nobody_was_to_speak",
    ),
    Guard(
        "what one release means for one person is said in events that fit",
        (
            Edit(
                "services/scheduling/releases/domain/news.py",
                "        if parts[-1] and size > room:",
                "        if False:",
            ),
        ),
        "tests/integration/test_releases_news.py"
        "::test_who_starred_hundreds_of_sessions_hears_of_all_of_them_in_events_that_fit",
    ),
    Guard(
        "who changes a draft's days, zone or currency has read what stands on them",
        (
            Edit(
                "services/scheduling/programme/domain/standing.py",
                "    if told and agreed != digest_of(told):",
                "    if False:",
            ),
        ),
        "tests/integration/test_scheduling_pages.py"
        "::test_a_draft_s_days_zone_and_currency_change_once_somebody_has_read_what_stands_on_them",
    ),
    Guard(
        "what is forgiven is forgiven where it lies, and nowhere else",
        (
            Edit(
                "services/scheduling/solver/timetable.py",
                "            for newcomer in (each for each in sessions if each not in today):\n",
                "            for newcomer in ():\n",
            ),
        ),
        "tests/unit/test_solver_repair.py::test_nobody_joins_what_is_too_crowded_already",
    ),
    Guard(
        "what the incident has hit is not forgiven",
        (
            Edit(
                "services/scheduling/solver/grid.py",
                "        if home is not None and happened.can_stay(number):",
                "        if home is not None:",
            ),
        ),
        "tests/unit/test_solver_repair.py"
        "::test_what_broke_a_rule_before_may_stay_so_and_all_else_is_repaired_and_proven_around_it",
    ),
    Guard(
        "no session is sold beyond its seats",
        (
            Edit(
                "services/registration/prices/commands/places.py", '["$place_count", "$seat_count"]', '["$place_count"]'
            ),
        ),
        "tests/integration/registration/test_options.py"
        "::test_no_more_places_are_sold_than_the_session_has_seats_and_that_number_is_shown",
    ),
    Guard(
        "nobody is sold two seats at one time",
        (
            Edit(
                "services/registration/registering/domain/seating.py",
                "        if here.seats is not None and there.seats is not None and here.overlaps(there):",
                "        if False:",
            ),
        ),
        "tests/integration/registration/test_options.py"
        "::test_two_seats_at_one_time_are_refused_naming_both_and_a_speaker_s_own_session_wins",
    ),
    Guard(
        "what an import can't hold is a line of its dry run",
        (
            Edit(
                "services/scheduling/programme/domain/schedule_files.py",
                "        self.about.setdefault(what, []).append(name)",
                "        pass",
            ),
        ),
        "tests/integration/test_programme_exchange.py"
        "::test_a_real_schedule_of_another_conference_comes_in_once_one_address_is_given_for_all_its_speakers",
    ),
)


def main(arguments: Sequence[str]) -> int:
    """Sabotage the guards that are asked for; 1 when one was not missed, 2 when none has such a name."""
    options = _options(arguments)
    guards = wanted(GUARDS, words=options.only, proven=_proven(options.proven))
    if not guards:
        print("No guard is left to take out: none has such a name, or all of them are proven.", file=sys.stderr)
        return 2
    source = choose_source()
    print(f"engines: {source.title}; {len(guards)} guards, {options.jobs} at a time", flush=True)
    engines = source.start()
    try:
        faults = _faults(guards, engines.environment, jobs=options.jobs, proven=options.proven)
    finally:
        engines.stop()
    for fault in faults:
        print(f"NOT GUARDED: {fault}", file=sys.stderr)
    print(f"{len(guards) - len(faults)} of {len(guards)} guards are missed by a test when they are gone")
    return 1 if faults else 0


def wanted(guards: Sequence[Guard], *, words: str, proven: Sequence[str]) -> list[Guard]:
    """The guards whose names have these words, without those that were proven before."""
    return [guard for guard in guards if words in guard.name and guard.name not in proven]


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sabotage")
    parser.add_argument("--only", default="", metavar="WORDS", help="guards with these words in their names")
    parser.add_argument("--jobs", type=int, default=workers_here(), metavar="N", help="how many at a time")
    parser.add_argument("--proven", type=Path, metavar="FILE", help="keeps the names of those that were missed")
    return parser.parse_args(arguments)


def _proven(file: Path | None) -> list[str]:
    return file.read_text().splitlines() if file is not None and file.exists() else []


def _faults(guards: Sequence[Guard], environment: Mapping[str, str], *, jobs: int, proven: Path | None) -> list[str]:
    """Why guards are not guarded; says of each, as soon as it is known, what came of it."""
    faults: list[str] = []
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(_fault_of, guard, environment): guard for guard in guards}
        try:
            for number, done in enumerate(as_completed(running), start=1):
                guard, fault = running[done], done.result()
                faults += [fault] if fault else []
                said = f"NOT GUARDED: {fault}" if fault else f"{guard.name}: its test goes red without it"
                print(f"{number}/{len(guards)} {said}", flush=True)
                if proven is not None and not fault:
                    with proven.open("a") as kept:
                        kept.write(f"{guard.name}\n")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return faults


def _fault_of(guard: Guard, environment: Mapping[str, str]) -> str:
    """Why this guard is not guarded; empty when its test is green with it and red without it."""
    with tempfile.TemporaryDirectory(prefix="reconvene-sabotage-") as folder:
        copy = Path(folder)
        _copy_to(copy)
        if not _passes(copy, guard.test, environment):
            return f"{guard.name}: {guard.test} is red although nothing was taken out"
        for edit in guard.edits:
            text = (copy / edit.path).read_text()
            if text.count(edit.guarded) != 1:
                return f"{guard.name}: {edit.path} no longer has {edit.guarded!r} exactly once"
            (copy / edit.path).write_text(text.replace(edit.guarded, edit.unguarded))
        if _passes(copy, guard.test, environment):
            return f"{guard.name}: {guard.test} stays green without it"
    return ""


def _copy_to(copy: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=ignored)
        else:
            shutil.copy(source, copy / name)


def _passes(copy: Path, test: str, environment: Mapping[str, str]) -> bool:
    said = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test],
        cwd=copy,
        env={**os.environ, **environment, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if said.returncode not in (0, 1):  # neither green nor red: the test could not be run at all
        raise SystemExit(f"{test} could not be run:\n{said.stdout[-2000:]}{said.stderr[-2000:]}")
    return said.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
