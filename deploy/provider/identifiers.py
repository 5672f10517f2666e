"""Owns how identifiers look: a prefix that names the kind, then a part nobody can guess."""

import secrets

_RANDOM_BYTES = 12


def new_id(prefix: str) -> str:
    return prefix + secrets.token_hex(_RANDOM_BYTES)
