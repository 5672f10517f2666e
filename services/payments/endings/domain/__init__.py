"""The rules of endings."""
