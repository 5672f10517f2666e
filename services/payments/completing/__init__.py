"""How far a refund run has come, and whether it is complete."""
