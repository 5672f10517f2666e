"""The SMTP conversation with servers of different tempers: they pipeline, refuse one step, are slow, or hang up."""

import email
import email.policy
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from services.notifications.delivery.jobs import mailer as door
from services.notifications.delivery.jobs.mailer import End, MailServerAway, Sent
from tests.integration.mail_servers import CERTIFICATE, Temper, mail, mailer, server


@pytest.fixture(params=[False, True], ids=["one command at a time", "pipelining"])
def temper(request: pytest.FixtureRequest) -> Temper:
    """A server of either kind."""
    return Temper(pipelines=request.param)


def test_a_batch_goes_over_one_connection(temper: Temper) -> None:
    with server(temper) as port:
        sender = mailer(port)
        ends = [sender.send(mail(text=f"{number}\n.\n..dots")).end for number in range(3)]
        sender.close()

    assert ends == [End.ACCEPTED] * 3
    assert temper.connection_count == 1
    texts = [email.message_from_bytes(content, policy=email.policy.default) for content in temper.accepted]
    bodies = [text.get_body(("plain",)) for text in texts]
    lines = [body.get_content().splitlines() for body in bodies if body]
    assert lines == [[str(number), ".", "..dots"] for number in range(3)]


def test_a_refused_recipient_is_refused_alone(temper: Temper) -> None:
    temper.refuses["gone@millbrook.example"] = "550 5.1.1 gone@millbrook.example is unknown"
    with server(temper) as port:
        sender = mailer(port)
        ends = [sender.send(mail(address)) for address in ("gone@millbrook.example", "dana@millbrook.example")]
        sender.close()

    assert ends == [Sent(End.REFUSED, "550 5.1.1"), Sent(End.ACCEPTED)], "the reason names nobody"
    assert len(temper.accepted) == 1


def test_a_recipient_put_off_goes_later(temper: Temper) -> None:
    temper.refuses["dana@millbrook.example"] = "450 4.2.1 later"
    with server(temper) as port:
        sent = mailer(port).send(mail())

    assert sent == Sent(End.LATER, "450 4.2.1")


def test_a_sender_that_the_server_does_not_like_bounces_nobody(temper: Temper) -> None:
    temper.refuses["conference@reconvene.example"] = "553 5.7.1 not yours"
    with server(temper) as port:
        sent = mailer(port).send(mail())

    assert sent == Sent(End.AGAINST_RULES, "553 5.7.1")


REFUSED_BY_RULE: dict[str, dict[str, Any]] = {
    "a recipient by a rule": {"refuses": {"dana@millbrook.example": "550 5.7.1 relaying denied"}},
    "a recipient, and says no more": {"refuses": {"dana@millbrook.example": "554 no"}},
    "the content by a rule": {"refuses_content": "554 5.7.9 message refused by policy"},
}


@pytest.mark.parametrize("case", REFUSED_BY_RULE)
def test_a_rule_against_us_is_later_and_never_a_bounce(case: str, temper: Temper) -> None:
    for name, value in REFUSED_BY_RULE[case].items():
        setattr(temper, name, value)
    with server(temper) as port:
        sent = mailer(port).send(mail())

    assert sent.end is End.AGAINST_RULES


def test_content_that_nobody_would_take_is_refused_for_good(temper: Temper) -> None:
    temper.refuses_content = "554 5.6.0 malformed"
    with server(temper) as port:
        sent = mailer(port).send(mail())

    assert sent == Sent(End.REFUSED, "554 5.6.0")


def test_a_server_that_has_no_service_for_us_is_away() -> None:
    """554 as a greeting: a rule against whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        answering = threading.Thread(target=_greet, args=(listening, b"554 no service here\r\n"))
        answering.start()
        sent = mailer(listening.getsockname()[1]).send(mail())
        answering.join()

    assert sent == Sent(End.NOT_SENT, "SMTPConnectError 554")


def _greet(listening: socket.socket, greeting: bytes) -> None:
    with listening.accept()[0] as connection:
        connection.sendall(greeting)
        connection.recv(100)


@pytest.mark.parametrize("takes_utf8", [True, False])
def test_a_domain_beyond_ascii_is_written_as_every_server_takes_it(temper: Temper, takes_utf8: bool) -> None:
    temper.takes_utf8 = takes_utf8
    with server(temper) as port:
        sent = mailer(port).send(mail("dana@faß.example"))

    assert sent.end is End.ACCEPTED
    assert temper.recipients == ["dana@xn--fa-hia.example"]
    assert b"dana@xn--fa-hia.example" in temper.accepted[0]


def test_letters_before_the_at_that_a_server_does_not_take_are_refused_in_words(temper: Temper) -> None:
    temper.takes_utf8 = False
    with server(temper) as port:
        sent = mailer(port).send(mail("zoë@millbrook.example"))

    assert sent == Sent(End.REFUSED, "the mail server can't take letters like these before the @")


def test_a_password_never_travels_in_clear() -> None:
    """The server would take it; it offers no encryption."""
    temper = Temper(takes_passwords=True)
    with server(temper) as port, pytest.raises(MailServerAway, match="NoSecrecy"):
        mailer(port, account="office:secret@").open()

    assert temper.passwords == []


def test_a_password_is_given_only_to_the_server_whose_certificate_is_trusted() -> None:
    temper = Temper(takes_passwords=True, has_tls=True)
    with server(temper) as port:
        with pytest.raises(MailServerAway, match="SSLCertVerificationError"):
            mailer(port, account="office:secret@").open()
        refused = list(temper.passwords)
        sent = mailer(port, account="office:secret@", SMTP_CA_FILE=str(CERTIFICATE)).send(mail())

    assert refused == []
    assert temper.passwords == [(b"secret", True)]
    assert sent.end is End.ACCEPTED


def test_a_server_on_this_machine_is_spoken_to_in_clear_where_the_settings_say_so() -> None:
    temper = Temper(takes_passwords=True)
    with server(temper) as port:
        sent = mailer(port, account="office:secret@", SMTP_TLS="plain").send(mail())

    assert temper.passwords == [(b"secret", False)]
    assert sent.end is End.ACCEPTED


def test_an_address_beyond_ascii_arrives(temper: Temper) -> None:
    with server(temper) as port:
        sent = mailer(port).send(mail("zoë@millbrook.example"))

    assert sent.end is End.ACCEPTED


def test_a_server_that_is_too_slow_leaves_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "LAST_ANSWER_SECONDS_MAX", 0.5)
    with server(Temper(delay_seconds=2.0)) as port:
        sent = mailer(port).send(mail())

    assert sent.end is End.IN_DOUBT


@pytest.mark.parametrize("answers", [lambda: 421, lambda: None], ids=["says so", "hangs up"])
def test_a_connection_closed_while_nothing_was_sent_is_opened_again(
    answers: Callable[[], int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers close what was idle for too long; the mail after that must not suffer."""
    temper = Temper()
    with server(temper) as port:
        sender = mailer(port)
        sender.open()
        assert sender._smtp is not None
        if answers():
            monkeypatch.setattr(sender._smtp, "getreply", lambda: (421, b"4.4.2 idle for too long"))
        else:
            assert sender._smtp.sock is not None
            sender._smtp.sock.shutdown(socket.SHUT_RDWR)
        sent = sender.send(mail())

    assert sent.end is End.ACCEPTED
    assert temper.connection_count == 2
