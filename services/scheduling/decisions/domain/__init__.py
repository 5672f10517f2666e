"""The record of a decision and its board in words and figures, without web or database."""
