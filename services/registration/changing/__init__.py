"""Changing: what becomes of a registration or an option that the organiser cancels, and what its registrant chooses."""
