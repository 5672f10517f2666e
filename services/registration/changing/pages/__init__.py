"""The pages about what changes: a registrant's own, and the desk's of what is under way."""
