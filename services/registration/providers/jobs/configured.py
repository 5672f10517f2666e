"""The providers that an installation names: `OPENID_PROVIDERS`, a JSON list, and a secret for each beside it.

Each is `{"id", "association", "title", "issuer", "client_id"}`; its secret is in `OPENID_SECRET_<ID>`, or in the file
that `OPENID_SECRET_FILE_<ID>` names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.registration.providers.domain import Provider
from shared.settings import SettingMissing, Settings

_FORM = (
    'OPENID_PROVIDERS must be a JSON list such as [{"id": "iimc", "association": "iimc", "title": "IIMC account", '
    '"issuer": "https://login.iimc.example", "client_id": "reconvene"}].'
)


@dataclass(frozen=True, slots=True)
class Providers:
    """The providers of this installation, by their ids."""

    known: Mapping[str, Provider]

    def __getitem__(self, id_: str) -> Provider | None:
        """One of them; None for an id that nobody has."""
        return self.known.get(id_)


class _Named(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    association: str
    title: str
    issuer: str
    client_id: str


def configured(settings: Settings) -> Providers:
    """Read them; raises `SettingMissing`."""
    given = settings.environment.get("OPENID_PROVIDERS", "")
    try:
        named = msgspec.json.decode(given, type=list[_Named]) if given else []
    except msgspec.MsgspecError as error:
        raise SettingMissing(f"{_FORM} ({error})") from None
    found = {each.id: _provider(settings, each) for each in named}
    if len(found) != len(named):
        raise SettingMissing("OPENID_PROVIDERS names two providers by the same id.")
    return Providers(found)


def _provider(settings: Settings, named: _Named) -> Provider:
    if not (named.id.isascii() and named.id.isalnum() and named.association and named.title):
        raise SettingMissing(f"{_FORM} An id is letters and digits, and each speaks for one association.")
    return Provider(
        id=named.id,
        association=named.association,
        title=named.title,
        issuer=named.issuer,
        client_id=named.client_id,
        secret=_secret(settings, named.id.upper()),
    )


def _secret(settings: Settings, id_: str) -> str:
    file = settings.environment.get(f"OPENID_SECRET_FILE_{id_}", "")
    try:
        secret = Path(file).read_text().strip() if file else settings.environment.get(f"OPENID_SECRET_{id_}", "")
    except OSError:
        secret = ""
    if not secret:
        raise SettingMissing(
            f"OPENID_SECRET_{id_}, or the file that OPENID_SECRET_FILE_{id_} names, must give a secret."
        )
    return secret
