"""Asks the card provider, and no faster than it likes."""
