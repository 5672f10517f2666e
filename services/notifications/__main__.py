"""`python -m services.notifications [web|worker|relay|jobs]`; no argument = all four in one process."""

from services.notifications.app import create
from shared.process import main

if __name__ == "__main__":
    main("notifications", create)
