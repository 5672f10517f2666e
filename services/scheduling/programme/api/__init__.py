"""The draft as JSON, and as files."""
