"""Registration, with its database and what it says."""
