"""Badge codes: short, signed, written so that they can be read aloud; and the list by which a phone knows them offline.

A code is made from the key and the attendee's id, so none is stored, none can be guessed, and the same person always
has the same. Its last sign is a check, so that a slip of the finger is seen before anything is sent.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O and U, which are taken for others
BODY_LENGTH = 11  # 55 bits: nobody tries that many at a door
LENGTH = BODY_LENGTH + 1
HASH_LENGTH = 16
_LIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})


def code_of(key: str, attendee: str) -> str:
    """The code on somebody's badge."""
    digest = hmac.digest(key.encode(), f"reconvene:badge:{attendee}".encode(), "sha256")
    number = int.from_bytes(digest[:8], "big")
    body = "".join(SIGNS[(number >> (5 * place)) & 31] for place in range(BODY_LENGTH))
    return body + _check(body)


def read_code(text: str) -> str:
    """A code as it was scanned or typed, in its one form; empty when it can't be one of ours."""
    signs = re.sub(r"[^0-9A-Za-z]", "", text).upper().translate(_LIKE)
    if len(signs) != LENGTH or not set(signs) <= set(SIGNS) or _check(signs[:-1]) != signs[-1]:
        return ""
    return signs


def printed(code: str) -> str:
    """The code in three groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def hash_of(conference: str, code: str) -> str:
    """How a phone knows a code without holding it."""
    return hashlib.sha256(f"{conference}:{code}".encode()).hexdigest()[:HASH_LENGTH]


def digest_of_list(hashes: Iterable[str]) -> str:
    """What tells a whole list from a torn one."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def _check(body: str) -> str:
    # Odd weights, so that every single wrong sign changes the sum.
    return SIGNS[sum((2 * place + 1) * SIGNS.index(sign) for place, sign in enumerate(body)) % 32]


def printed_proof(proof: str) -> str:
    """A verification code in groups of four."""
    return "-".join(proof[start : start + 4] for start in range(0, len(proof), 4))


def read_proof(text: str) -> str:
    """A verification code as somebody typed it, in its one form."""
    return re.sub(r"[^0-9A-Za-z]", "", text[:64]).upper().translate(_LIKE)
