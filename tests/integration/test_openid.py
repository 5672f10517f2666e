"""Signing in with an association's own provider: a real one, whose people come, and who is refused and told why."""

import hmac
import html
import json
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.test import TestResponse

from services.registration.accounts import commands
from services.registration.accounts.domain import Account
from services.registration.accounts.pages.doing import do
from services.registration.accounts.pages.openid import COOKIE
from services.registration.accounts.store import account_by_mail
from services.registration.app import create
from services.registration.providers.domain import Provider, SignInRefused
from services.registration.providers.jobs.configured import configured
from services.registration.providers.jobs.door import verified
from services.registration.providers.store import ASKED
from shared.clock import host_now
from shared.ids import new_id
from shared.principals import Held, Role
from shared.process import Parts
from shared.settings import SettingMissing
from tests.namespaces import Namespace
from tests.openid.running import CLIENT_ID, CLIENT_SECRET, RunningProvider, provider
from tests.town import running, settings_for

SIGN_IN, SEND, BACK = (f"/registration/accounts/{each}" for each in ("sign-in", "openid/iimc", "openid/back"))
HTML = {"Accept": "text/html", "Origin": "http://localhost"}


def named(issuer: str, **changed: str) -> dict[str, Any]:
    one = {"id": "iimc", "association": "iimc", "title": "IIMC account", "issuer": issuer, "client_id": CLIENT_ID}
    return {"OPENID_PROVIDERS": json.dumps([{**one, **changed}]), "OPENID_SECRET_IIMC": CLIENT_SECRET}


@dataclass
class House:
    """Registration, which believes one provider, and that provider."""

    parts: Parts
    provider: RunningProvider

    def invited(self, mail: str, *, association: str = "iimc") -> Account:
        """Somebody who is invited to the finance desk."""
        account: Account = do(
            self.parts.database,
            commands.invite_account,
            mail=mail,
            name="Zoe Zimmer",
            association=association,
            roles=(Held(Role.FINANCE),),
            invitation=new_id("inv"),
            by="",
            is_mailed=False,
        )
        return account

    def sent(self, **more: str) -> tuple[FlaskClient, TestResponse]:
        """A browser whose owner pressed the button, and where it was led."""
        client = self.parts.web.test_client()
        return client, send(client, **more)

    def comes(self, subject: str, **more: str) -> tuple[FlaskClient, TestResponse]:
        """Somebody signs in there, and comes back."""
        client, led = self.sent(**more)
        assert led.status_code == 303, led.text
        back = self.provider.signed(led.location, subject)
        return client, client.get(back.removeprefix("http://localhost"), headers=HTML)


def send(client: FlaskClient, **more: str) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]*)"', client.get(SIGN_IN, headers=HTML).text)
    assert token
    return client.post(SEND, data={"csrf_token": token[1], **more}, headers=HTML)


@pytest.fixture(scope="module")
def house(module_namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    log = tmp_path_factory.mktemp("provider") / "log"
    with provider(back=f"http://localhost{BACK}", log=log) as there:
        settings = settings_for("registration", module_namespace, **named(there.issuer))
        with running(create, settings, roles=()) as registration:
            yield House(registration.parts, there)


def said(answer: TestResponse) -> str:
    return html.unescape(answer.text)


def test_who_is_invited_comes_by_the_provider_and_goes_where_they_wanted(house: House) -> None:
    house.invited("zoe@iimc.example")
    house.provider.know("zoe", mail="Zoe@IIMC.example")

    client, came = house.comes("zoe", next="/registration/desk?page=2")

    assert (came.status_code, came.location, came.headers["Cache-Control"]) == (
        303,
        "/registration/desk?page=2",
        "no-store",
    )
    assert "Signed in as Zoe Zimmer" in client.get("/registration/desk", headers=HTML).text
    account = account_by_mail(house.parts.database, "zoe@iimc.example")
    assert account
    assert (account.identity, account.invitation) == (f"{house.provider.issuer} zoe", "")


def test_who_came_once_is_known_again_whatever_their_address_is_by_then(house: House) -> None:
    house.invited("yara@iimc.example")
    house.provider.know("yara", mail="yara@iimc.example")
    house.comes("yara")
    house.provider.know("yara", mail="yara@elsewhere.example", is_verified=False)

    assert house.comes("yara")[1].status_code == 303


def test_keys_may_change_at_any_time(house: House) -> None:
    house.invited("xaver@iimc.example")
    house.provider.know("xaver", mail="xaver@iimc.example")
    before = house.comes("xaver")[1]

    house.provider.change_keys("second")

    assert (before.status_code, house.comes("xaver")[1].status_code) == (303, 303)


@pytest.mark.parametrize(
    ("subject", "mail", "is_verified", "association", "words"),
    [
        ("una", "una@iimc.example", False, "iimc", "has not made sure that una@iimc.example is yours"),
        ("nils", "nils@iimc.example", True, None, "Nobody is invited to the desks with this IIMC account"),
        ("luis", "luis@ilcma.example", True, "ilcma", "Nobody is invited to the desks with this IIMC account"),
        ("root", "root@town.example", True, "", "Nobody is invited to the desks with this IIMC account"),
    ],
    ids=["an unverified address", "nobody", "another association's", "an administrator of the whole installation"],
)
def test_who_is_not_invited_there_is_refused_and_told_what_to_do(
    house: House, subject: str, mail: str, is_verified: bool, association: str | None, words: str
) -> None:
    if association is not None:
        house.invited(mail, association=association)
    house.provider.know(subject, mail=mail, is_verified=is_verified)

    client, refused = house.comes(subject)

    assert (refused.status_code, words in said(refused), "You were not signed in" in said(refused)) == (401, True, True)
    assert client.get("/registration/desk", headers=HTML).status_code == 303
    account = account_by_mail(house.parts.database, mail)
    assert account is None or account.identity == ""


def test_an_account_is_one_persons_even_if_another_there_has_its_address(house: House) -> None:
    house.invited("vera@iimc.example")
    house.provider.know("vera", mail="vera@iimc.example")
    house.comes("vera")
    house.provider.know("imposter", mail="vera@iimc.example")

    assert house.comes("imposter")[1].status_code == 401


def test_a_closed_account_stays_closed(house: House) -> None:
    account = house.invited("tilo@iimc.example")
    house.provider.know("tilo", mail="tilo@iimc.example")
    house.comes("tilo")
    do(house.parts.database, commands.close_account, account=account.id, association="iimc", by="acc_other")

    assert house.comes("tilo")[1].status_code == 401


def test_who_breaks_it_off_there_is_not_signed_in(house: House) -> None:
    refused = house.comes("")[1]

    assert (refused.status_code, "was broken off there" in said(refused)) == (401, True)


def test_an_answer_counts_once_and_in_the_browser_that_asked(house: House) -> None:
    house.invited("sara@iimc.example")
    house.provider.know("sara", mail="sara@iimc.example")
    client, led = house.sent()
    back = house.provider.signed(led.location, "sara").removeprefix("http://localhost")

    elsewhere = house.parts.web.test_client().get(back, headers=HTML)
    first = client.get(back, headers=HTML)
    again = client.get(back, headers=HTML)

    assert [each.status_code for each in (elsewhere, first, again)] == [410, 303, 410]
    assert "please begin again" in said(elsewhere)


def test_an_answer_after_ten_minutes_is_too_late(house: House) -> None:
    house.invited("rita@iimc.example")
    house.provider.know("rita", mail="rita@iimc.example")
    client, led = house.sent()
    back = house.provider.signed(led.location, "rita").removeprefix("http://localhost")
    long_ago = host_now().replace(year=2020)
    house.parts.database.mongo[ASKED.name].update_many({}, {"$set": {"made_at": long_ago}})

    refused = client.get(back, headers=HTML)

    assert (refused.status_code, "more than ten minutes ago" in said(refused)) == (410, True)


def test_a_code_that_was_made_up_or_an_answer_of_another_issuer_signs_nobody_in(house: House) -> None:
    for query in ("code=made-up", "code=x&iss=https://evil.example"):
        client, _ = house.sent()
        state = client.get_cookie(COOKIE, path="/registration/accounts/openid")
        assert state
        assert client.get(f"{BACK}?{query}&state={state.value}", headers=HTML).status_code == 401


def test_what_was_typed_comes_back_after_the_provider(house: House) -> None:
    house.invited("quinn@iimc.example")
    house.provider.know("quinn", mail="quinn@iimc.example")
    stranger = house.parts.web.test_client()
    asked = stranger.post("/registration/accounts/renew?next=/registration/clock", data={"now": "2021"}, headers=HTML)
    typed = re.search(r'name="typed" value="([^"]*)"', asked.text)
    assert typed

    _, came = house.comes("quinn", typed=html.unescape(typed[1]))

    assert (came.status_code, "It was not sent yet" in came.text, "2021" in came.text) == (200, True, True)


def test_nobody_is_sent_by_another_page_nor_to_a_provider_that_is_not_named(house: House) -> None:
    client = house.parts.web.test_client()

    assert client.post(SEND, headers=HTML).status_code == 400
    assert client.post("/registration/accounts/openid/other", headers=HTML).status_code == 404


def test_a_provider_that_is_away_is_said_and_nothing_else_stops(namespace: Namespace) -> None:
    settings = settings_for("registration", namespace, **named("http://127.0.0.1:9"))
    with running(create, settings, roles=()) as registration:
        refused = send(registration.client())

    assert (refused.status_code, "is not answering" in said(refused)) == (503, True)
    assert "sign in with your password" in said(refused)


@pytest.mark.parametrize(
    "wrong",
    [
        {"OPENID_PROVIDERS": "no list"},
        {"OPENID_SECRET_IIMC": ""},
        {**named("https://x.example", association="")},
        {"OPENID_PROVIDERS": '[{"id": "iimc", "secret": "x"}]'},
    ],
)
def test_a_provider_that_is_named_wrongly_stops_the_start_with_a_sentence(
    namespace: Namespace, wrong: dict[str, Any]
) -> None:
    with pytest.raises(SettingMissing):
        configured(settings_for("registration", namespace, **(named("https://x.example") | wrong)))


def test_a_secret_may_be_in_a_file(namespace: Namespace, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("of the file\n")
    given = named("https://x.example") | {"OPENID_SECRET_IIMC": "", "OPENID_SECRET_FILE_IIMC": str(file)}

    found = configured(settings_for("registration", namespace, **given))["iimc"]

    assert found
    assert found.secret == "of the file"


# what a provider signs


KEY, OTHER = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})
THERE = Provider(
    id="iimc", association="iimc", title="IIMC account", issuer="https://x.example", client_id=CLIENT_ID, secret="s"
)


def token(key: Any = KEY, algorithm: str = "RS256", **changed: Any) -> str:
    now = int(time.time())
    claims = {"iss": THERE.issuer, "aud": CLIENT_ID, "sub": "zoe", "iat": now, "exp": now + 60, "nonce": "n"} | changed
    return jwt.encode({"alg": algorithm, "kid": "1"}, claims, key, algorithms=[algorithm])


def signed_with_public_key() -> str:
    """As somebody would who knows no more than what the provider publishes."""
    head, body, _ = token().split(".")
    head = urlsafe_b64encode(b'{"alg":"HS256","kid":"1"}').decode().rstrip("=")
    mark = hmac.digest(KEY.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{urlsafe_b64encode(mark).decode().rstrip('=')}"


def believed(id_token: str) -> dict[str, Any]:
    keys: Any = KeySet([KEY]).as_dict(private=False)
    return verified(id_token, keys=keys, provider=THERE, nonce="n", token={})


def test_what_is_signed_for_us_now_and_for_this_asking_is_believed() -> None:
    assert believed(token())["sub"] == "zoe"


@pytest.mark.parametrize(
    "id_token",
    [
        token(OTHER),
        token(iss="https://evil.example"),
        token(aud="another client"),
        token(nonce="another"),
        token(exp=int(time.time()) - 600),
        signed_with_public_key(),
        token()[:-4] + "AAAA",
        "",
        "eyJhbGciOiJub25lIn0.e30.",
    ],
    ids=["key", "issuer", "audience", "nonce", "time", "public key as secret", "signature", "nothing", "unsigned"],
)
def test_what_is_signed_otherwise_is_not_believed(id_token: str) -> None:
    with pytest.raises(SignInRefused, match="could not be verified"):
        believed(id_token)
