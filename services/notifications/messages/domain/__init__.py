"""A message, why it is sent, and what must be known before it can be written; pure."""
