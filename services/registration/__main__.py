"""`python -m services.registration [web|worker|relay|jobs]`: the service as a process; no argument is all four.

`python -m services.registration invite MAIL NAME ROLE [ASSOCIATION]` invites somebody to the desks and prints the link:
so comes the first administrator.
"""

import sys

from services.registration.accounts.commands import invite_account
from services.registration.accounts.pages.doing import do
from services.registration.accounts.pages.invitations import link
from services.registration.app import create
from shared.ids import new_id
from shared.principals import Held, Role
from shared.problem import Refusal
from shared.process import main, topics_of
from shared.settings import Settings


def invite(asked: list[str]) -> None:
    """Invite somebody in one role, for all of an association; ends with a sentence when that is refused."""
    if len(asked) not in (3, 4) or asked[2] not in set(Role):
        raise SystemExit(f"invite MAIL NAME ROLE [ASSOCIATION]; a role is one of {', '.join(Role)}.")
    parts = create(Settings.from_environment("registration"))
    parts.prepare(topics=topics_of(parts.settings))
    mail, name, role, association = (*asked, "")[:4]
    try:
        invited = do(
            parts.database,
            invite_account,
            mail=mail,
            name=name,
            association=association,
            roles=(Held(Role(role)),),
            invitation=new_id("inv"),
            by="",
            is_mailed=False,
        )
    except Refusal as refusal:
        raise SystemExit(str(refusal)) from None
    print(link(parts.settings, invited))
    parts.database.close()


if sys.argv[1:2] == ["invite"]:
    invite(sys.argv[2:])
else:
    main("registration", create)
