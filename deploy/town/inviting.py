"""Inviting somebody to the desks of a town, as whoever runs it does: the first administrator comes so."""

import os
import subprocess

from deploy.town.programs import REPOSITORY, of_module
from deploy.town.wiring import Wiring

SECONDS_MAX = 60.0


def invite(wiring: Wiring, *, mail: str, name: str, role: str, association: str) -> str:
    """The link by which this person comes, once."""
    told = wiring.told("registration")
    command = [*of_module("services.registration"), "invite", mail, name, role, association]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=os.environ | told, capture_output=True, text=True, timeout=SECONDS_MAX, check=True
    )
    return done.stdout.strip().splitlines()[-1]
