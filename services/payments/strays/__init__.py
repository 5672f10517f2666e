"""Money at the card provider that fits nothing of ours, until a person has looked."""
