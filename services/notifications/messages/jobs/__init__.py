"""Writes messages, wakes those that waited, and reminds of payments."""
