"""`python -m services.payments [web|worker|relay|jobs ...]`; without an argument, all four in one process."""

from services.payments.app import create
from shared.process import main

if __name__ == "__main__":
    main("payments", create)
