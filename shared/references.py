"""Owns payment references: what a payer writes on a cheque or a transfer, there from the moment somebody registers.

A reference is made from the order's id alone, so that no service waits for another to name it, and carries the two
check digits of ISO 11649, so that a slip of the pen is seen and never somebody else's order.
"""

import hashlib
import re

DIGIT_COUNT = 12
INVOICE_PREFIX = r"(?!RF)[A-Z]{2,6}"  # what stands before an invoice's number; RF is a payment reference's
_RF = "271500"  # the letters as the standard counts them, and two places for the check digits


def digits_of(order: str) -> str:
    """Twelve digits that people can read out; the invoice's number has the same."""
    return f"{int(hashlib.sha256(order.encode()).hexdigest(), 16) % 10**DIGIT_COUNT:0{DIGIT_COUNT}}"


def payment_reference(order: str) -> str:
    """`RF18 1234 5678 9012`."""
    digits = digits_of(order)
    return f"RF{check_digits(digits)} {digits[:4]} {digits[4:8]} {digits[8:]}"


def digits_as_typed(text: str) -> str | None:
    """The digits of a reference as somebody copied it from a cheque, blanks and case aside; None if it is none, or if
    its check digits say that it was copied wrongly."""
    found = re.fullmatch(r"RF(\d{2})(\d{12})", "".join(filter(str.isalnum, text)).upper(), re.ASCII)
    return found[2] if found and found[1] == check_digits(found[2]) else None


def check_digits(digits: str) -> str:
    """The two digits by which a slip of the pen shows."""
    return f"{98 - int(digits + _RF) % 97:02}"
