"""What an e-mail address needs so that every mail server can take it: the same for the forms and for who sends."""

import idna

from shared.sentences import Listed, Phrase, phrase


def what_is_unreachable(address: str) -> Phrase | None:
    """Why mails can't be relied on to reach this address, for whoever typed it; None when they can.

    Domains are written in letters that every server takes; for the part before the @ there is no such spelling.
    """
    strange = sorted({sign for sign in address.rpartition("@")[0] if not sign.isascii()}, key=address.index)
    if not strange:
        return None
    return phrase(
        "There is %(signs)s before the @, and many mail servers can't deliver to such an address. "
        "Please give another address, with plain letters before the @.",
        signs=Listed(tuple(f"“{sign}”" for sign in strange), is_joined=True),
    )


def with_ascii_domain(address: str) -> str | None:
    """The address as every mail server takes it, its domain in the letters of the host names; none if it has none."""
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        return None
