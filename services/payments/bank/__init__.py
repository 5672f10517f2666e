"""The card provider's balance in our books: its lines, fees and payouts."""
