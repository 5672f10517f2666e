"""`python -m services.scheduling [web|worker|relay|jobs]`: the service as a process; no argument is all four."""

from services.scheduling.app import create
from shared.process import main

main("scheduling", create)
