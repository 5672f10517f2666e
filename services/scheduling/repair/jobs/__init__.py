"""The search for a new plan, and the process that does it."""
