"""Owns the passwords and keys of a local town: made once, kept in its data folder, readable by their owner alone."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

_CONSONANTS, _VOWELS = "bdfghklmnprstvz", "aeiou"
_SYLLABLES_PER_WORD, _WORDS_PER_PASSWORD = 2, 4  # 75 to the power of 8: enough for a desk that slows guesses down


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What only this town knows."""

    secret_key: str
    committee_password: str
    finance_password: str
    stripe_api_key: str
    stripe_webhook_secret: str
    namespace: str  # keeps this town's databases and topics apart on engines that it doesn't have to itself


def kept_keys(data_folder: Path) -> Keys:
    """The town's keys: those of its first start, or new ones if this is it."""
    file = data_folder / "keys.json"
    if not file.exists():
        _keep(file, _new_keys())
    return Keys(**json.loads(file.read_text()))


def _keep(file: Path, keys: Keys) -> None:
    """Whole or not at all: a start that is interrupted must not leave half a file."""
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600), "w") as opened:
        json.dump(asdict(keys), opened, indent=1)
    draft.rename(file)


def _new_keys() -> Keys:
    return Keys(
        secret_key=secrets.token_hex(32),
        committee_password=_password(),
        finance_password=_password(),
        stripe_api_key=f"sk_test_{secrets.token_hex(16)}",
        stripe_webhook_secret=f"whsec_{secrets.token_hex(16)}",
        namespace=secrets.token_hex(4),
    )


def _password() -> str:
    """Made-up words that can be typed from a screen without mistaking a letter."""
    return "-".join(_word() for _ in range(_WORDS_PER_PASSWORD))


def _word() -> str:
    return "".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(_SYLLABLES_PER_WORD))
