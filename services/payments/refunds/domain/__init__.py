"""The rules of refunds."""
