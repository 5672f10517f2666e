"""A mail as it travels: what is in it, whatever people are called, and settings that make no sense."""

import email
import email.policy
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.delivery.domain.mail import Mail, Origin, content
from services.notifications.delivery.jobs.mailer import End, Mailer, Sent
from services.notifications.messages.domain.words import Words
from shared.settings import SettingMissing, Settings

NOWHERE = "smtp://127.0.0.1:9"  # nothing listens on the discard port


def mailer(
    smtp_url: str = NOWHERE, mail_from: str = "Reconvene <conference@reconvene.example>", **settings: str
) -> Mailer:
    given = {"MONGO_URL": "unused", "KAFKA_BOOTSTRAP_SERVERS": "unused", "SECRET_KEY": "of the tests"}
    mails = {"SMTP_URL": smtp_url, "MAIL_FROM": mail_from}
    return Mailer(Settings.from_environment("notifications", given | mails | settings))


def mail(
    *,
    to_name: str = "Dana Whitfield",
    to_address: str = "dana@millbrook.example",
    subject: str = "You are registered",
    text: str = "Dear Dana",
) -> Mail:
    words = Words(subject=subject, text=text, html=f"<p>{text}</p>", link="https://reconvene.example/x")
    return Mail(
        message="msg_0123",
        purpose="registration_confirmed",
        subject_id="reg_1",
        to_name=to_name,
        to_address=to_address,
        words=words,
    )


def travelling(mail: Mail) -> bytes:
    return content(mail, origin=Origin(name="Reconvene", address="conference@reconvene.example"))


def parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def test_a_mail_carries_its_identity_and_both_forms() -> None:
    message = parsed(travelling(mail(text="Für Zoë: £5\n.a dot")))

    assert message["Message-ID"] == "<msg_0123@reconvene.example>"
    assert message["X-Reconvene-Purpose"] == "registration_confirmed"
    assert message["X-Reconvene-Subject"] == "reg_1"
    assert message["X-Reconvene-Message"] == "msg_0123"
    assert message["From"] == "Reconvene <conference@reconvene.example>"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ["Für Zoë: £5", ".a dot"]


def test_the_same_message_has_the_same_message_id_whenever_it_is_sent() -> None:
    ids = {parsed(travelling(mail(subject=subject)))["Message-ID"] for subject in ("first", "second")}

    assert ids == {"<msg_0123@reconvene.example>"}


NAMES = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn", "Co", "Cf", "Zs", "Mn", "Me")), max_size=120
)


@settings(deadline=None)
@given(name=NAMES, subject=NAMES)
def test_any_name_and_subject_arrive_as_they_are_on_short_ascii_lines(name: str, subject: str) -> None:
    sent = travelling(mail(to_name=name, subject=subject))

    message = parsed(sent)
    assert sent.isascii()
    assert max(len(line) for line in sent.split(b"\r\n")) <= 200
    assert message["Subject"] == subject
    assert message["To"].addresses[0].addr_spec == "dana@millbrook.example"
    # The parser of structured headers puts a space between the parts of a long name; the decoder beside it does not.
    raw = email.message_from_bytes(sent, policy=email.policy.compat32)["To"].rpartition("<")[0]
    assert str(make_header(decode_header(raw))).strip() == name
    assert message.defects == []


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_can_add_a_header(text: str) -> None:
    message = parsed(
        travelling(mail(to_name=text + "\r\nBcc: all@example.org", subject=text + "\r\nBcc: all@example.org"))
    )

    assert message["Bcc"] is None
    assert len(message.keys()) == 11


@pytest.mark.parametrize(
    "address", ["", "dana", "dana@", "@x.example", "a b@x.example", "a@x.example\r\nDATA", "<a@x.y>"]
)
def test_what_is_no_address_is_refused_before_a_server_is_asked(address: str) -> None:
    assert mailer().send(mail(to_address=address)) == Sent(End.REFUSED, "not an address")


def test_a_server_that_is_away_has_nothing_of_the_mail() -> None:
    assert mailer().send(mail()) == Sent(End.NOT_SENT, "ConnectionRefusedError")


@pytest.mark.parametrize("smtp_url", ["http://mail.example", "smtp://", "mail.example:25"])
def test_a_mail_server_s_address_that_makes_no_sense_is_said_at_start(smtp_url: str) -> None:
    with pytest.raises(SettingMissing, match="SMTP_URL must be"):
        mailer(smtp_url)


def test_a_sender_that_is_no_address_is_said_at_start() -> None:
    with pytest.raises(SettingMissing, match="MAIL_FROM must be"):
        mailer(mail_from="Reconvene")


@pytest.mark.parametrize("smtp_url", ["smtp://mail.town.example:25", "smtps://127.0.0.1:465", "smtp://10.0.0.5:25"])
def test_speaking_in_clear_is_for_a_server_on_this_machine_alone(smtp_url: str) -> None:
    with pytest.raises(SettingMissing, match="SMTP_TLS=plain is for a mail server on this machine"):
        mailer(smtp_url, SMTP_TLS="plain")


@pytest.mark.parametrize("smtp_url", ["smtp://127.0.0.1:25", "smtp://localhost:25", "smtp://[::1]:25"])
def test_speaking_in_clear_is_allowed_on_this_machine(smtp_url: str) -> None:
    assert not mailer(smtp_url, SMTP_TLS="plain").is_open


def test_a_way_of_encrypting_that_nobody_knows_is_said_at_start() -> None:
    with pytest.raises(SettingMissing, match="SMTP_TLS must be verified or plain, not 'ssl3'"):
        mailer(SMTP_TLS="ssl3")
