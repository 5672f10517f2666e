"""`python -m services.registration [web|worker|relay|jobs]`: the service as a process; no argument is all four."""

from services.registration.app import create
from shared.process import main

main("registration", create)
