"""Pages for payers."""
