"""Erasing a person: what says who they were is destroyed, what was paid and counted stays."""
