"""Associations: who each is in law, where it is written to, and where its money goes."""
