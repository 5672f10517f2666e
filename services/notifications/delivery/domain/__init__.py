"""How a message is sent, what a mail looks like, and what a desk can do about one; pure."""
