"""Who holds the conference that a page is about: its name and logo for the page's head, and the languages it offers.

Kept for a few seconds by each process, since every page of a conference asks for it.
"""

import hashlib
import time
from collections import OrderedDict

from flask import Flask, current_app
from pymongo.errors import PyMongoError

from shared.associations import UNDESCRIBED, Association
from shared.described import association_of
from shared.mongo import Database
from shared.parts import current
from shared.settings import Settings
from shared.web import links

KEPT_SECONDS, KEPT_COUNT = 5.0, 500


def host_of(conference: str) -> Association:
    """Whose a conference is, as this service knows it now, or knew it some seconds ago; nobody's where it has none."""
    kept: OrderedDict[str, tuple[float, Association]] = current_app.extensions.setdefault("hosts", OrderedDict())
    now = time.monotonic()
    known = kept.get(conference)
    if known is not None and known[0] > now:
        return known[1]
    found = _asked(conference) if conference else UNDESCRIBED
    kept[conference] = (now + KEPT_SECONDS, found)
    while len(kept) > KEPT_COUNT:
        kept.popitem(last=False)
    return found


def _asked(conference: str) -> Association:
    try:
        return association_of(current(Database), conference)
    except PyMongoError:  # the page says what is wrong; who holds the conference must not keep it from doing so
        return UNDESCRIBED


def logo_of(host: Association) -> str:
    """The address of its logo, another one for each picture; empty where it has none."""
    if not host.logo:
        return ""
    return links.logo(current(Settings), host.id, hashlib.sha256(host.logo.encode()).hexdigest()[:16])


def add_to(app: Flask) -> None:
    """Let templates say who holds a conference."""
    app.jinja_env.globals |= {"host_of": host_of, "logo_of": logo_of}
