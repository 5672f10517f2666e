"""The call for sessions, proposals and who is on stage, without web or database."""
