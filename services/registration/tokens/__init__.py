"""Tokens by which somebody's own scripts act for them: made, exchanged for a short statement, and ended."""
