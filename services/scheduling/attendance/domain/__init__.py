"""Scans, badges, presence and the points for it, without web or database."""
