"""Mails to the people at the desks: each once, with the link that opens, which is kept nowhere."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.notifications.colleagues.domain import COPIES_MAX, ColleagueMail, State
from services.notifications.colleagues.store import COLLEAGUE_MAILS
from shared.clock import host_now
from shared.contracts.registration import (
    AccountAddressAsked,
    AccountInvited,
    AssociationDescribed,
    CommitteeAsked,
    SecondFactorRemoved,
)
from shared.ids import new_id
from shared.principals import Role
from shared.statements import COOKIE
from shared.web import links
from tests.integration.notifications_house import Town, town
from tests.namespaces import Namespace
from tests.town import statement_of

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def shared_town(module_namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(module_namespace, tmp_path_factory.mktemp("mailbox")) as told:
        yield told


@pytest.fixture
def house(shared_town: Town) -> Town:
    shared_town.forget()
    return shared_town


def invited(*, is_forgotten: bool = False, mail: str = "tom@iimc.example", hours: int = 24) -> AccountInvited:
    return AccountInvited(
        account="acc_tom",
        association="iimc",
        mail=mail,
        name="Tom  Becker\r\nBcc: all@iimc.example",
        invitation="inv_1",
        until=host_now() + timedelta(hours=hours),
        asked=new_id("ask"),
        by_name="" if is_forgotten else "Helen Okafor",
        is_forgotten=is_forgotten,
    )


def post(house: Town) -> None:
    """Let every pause be over, and send what is due."""
    house.end_pauses(COLLEAGUE_MAILS)
    house.run_jobs()


def kept(house: Town) -> list[ColleagueMail]:
    return [COLLEAGUE_MAILS.state(each) for each in house.database.mongo[COLLEAGUE_MAILS.name].find()]


def test_an_invitation_is_mailed_once_with_the_link_that_opens_and_the_link_is_kept_nowhere(house: Town) -> None:
    event = invited()
    link = links.account_invitation(house.parts.settings, "acc_tom", "inv_1")

    house.hear(event)
    house.hear(event)
    post(house)
    post(house)

    (mail,) = house.mails()
    assert (mail.recipients, mail.subject) == (("tom@iimc.example",), "You are invited to the conference desks")
    assert link in mail.text
    assert f'href="{link}"' in mail.html
    assert "Helen Okafor invites you" in mail.text
    assert [each.state for each in kept(house)] == [State.ACCEPTED]
    mongo = house.database.mongo
    everything = [str(each) for name in mongo.list_collection_names() for each in mongo[name].find()]
    assert not [each for each in everything if link.rpartition("/")[2] in each]


def test_what_a_name_holds_stays_in_its_line(house: Town) -> None:
    house.hear(invited())
    post(house)

    (mail,) = house.mails()
    assert "Dear Tom Becker Bcc: all@iimc.example," in mail.text
    assert mail.recipients == ("tom@iimc.example",)


def test_a_forgotten_password_is_told_apart_from_an_invitation(house: Town) -> None:
    house.hear(invited(is_forgotten=True))
    post(house)

    (mail,) = house.mails()
    assert mail.subject == "Choose another password"
    assert "your password stays as it is" in mail.text


def test_another_address_is_proved_there_and_told_where_one_is_known(house: Town) -> None:
    until = host_now() + timedelta(days=3)
    house.hear(
        AccountAddressAsked(
            account="acc_tom", association="iimc", name="Tom", mail="new@iimc.example",
            mail_before="old@iimc.example", change="adr_1", until=until,
        )
    )  # fmt: skip
    post(house)
    post(house)

    mails = {mail.recipients[0]: mail for mail in house.mails()}
    link = links.account_address(house.parts.settings, "acc_tom", "adr_1")
    assert sorted(mails) == ["new@iimc.example", "old@iimc.example"]
    assert link in mails["new@iimc.example"].text
    assert link not in mails["old@iimc.example"].text
    assert "sign in as new@iimc.example" in mails["old@iimc.example"].text


def test_who_is_asked_for_no_code_any_more_is_told_by_whom(house: Town) -> None:
    event = SecondFactorRemoved(
        account="acc_tom", association="iimc", mail="tom@iimc.example", name="Tom", by="acc_helen",
        by_name="Helen Okafor", removal="rem_1", at=host_now(),
    )  # fmt: skip
    house.hear(event)
    house.hear(event)
    post(house)

    (mail,) = house.mails()
    assert mail.recipients == ("tom@iimc.example",)
    assert "Helen Okafor has taken away the second factor" in mail.text
    assert "If you did not ask for this" in mail.text


def test_a_lost_answer_sends_the_same_mail_again_and_not_for_ever(house: Town) -> None:
    house.plan_faults(drop_after_data=4 * COPIES_MAX)
    house.hear(invited())
    for _ in range(4 * COPIES_MAX):  # a busy machine may not even connect
        post(house)

    assert [each.state for each in kept(house)] == [State.IN_DOUBT]
    assert len({mail.message_id for mail in house.mails()}) == 1
    assert len(house.mails()) == COPIES_MAX


def test_a_mail_whose_link_is_over_is_not_sent(house: Town) -> None:
    house.hear(invited(hours=-1))
    post(house)

    assert (house.mails(), [each.state for each in kept(house)]) == ([], [State.LATE])


def test_an_invitation_that_came_back_waits_for_the_administrators_of_its_association(house: Town) -> None:
    house.plan_faults(refuse=1, code=550)
    house.hear(invited())
    post(house)

    assert [shown(house, Role.ADMINISTRATOR, each) for each in ("iimc", "ilcma", "")] == [True, False, True]
    assert not shown(house, Role.FINANCE, "iimc")
    house.hear(invited())
    post(house)
    assert not shown(house, Role.ADMINISTRATOR, "iimc")


def shown(house: Town, role: Role, association: str) -> bool:
    client = house.client()
    client.set_cookie(COOKIE, statement_of(house.parts.settings, role, association=association), path="/")
    return "about their account did not arrive" in client.get("/notifications/desk/waiting", headers=HTML).text


def test_a_committee_is_asked_once_to_serve_again_and_answers_go_to_the_association(house: Town) -> None:
    asked = CommitteeAsked(
        account="acc_tom",
        association="iimc",
        mail="tom@iimc.example",
        name="Tom Becker",
        award="award_1",
        year=2025,
        city="St. Louis, Missouri",
        title="79th Annual Conference",
        cancelled_title="74th Annual Conference",
    )
    house.hear(AssociationDescribed(association="iimc", name="Institute", sender_address="office@iimc.example"))

    house.hear(asked)
    house.hear(asked)
    post(house)
    post(house)

    (mail,) = house.mails()
    assert (mail.recipients, mail.subject) == (
        ("tom@iimc.example",),
        "Will you serve on the host committee again?",
    )
    assert (
        "You were on the host committee of the 74th Annual Conference, which was cancelled. The board has now awarded "
        "2025 to St. Louis, Missouri: it is to be the 79th Annual Conference."
    ) in " ".join(mail.text.split())
    assert b"\nReply-To: Reconvene <office@iimc.example>" in mail.content
