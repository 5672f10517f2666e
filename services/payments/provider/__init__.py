"""The one door to the card provider: calls only."""
