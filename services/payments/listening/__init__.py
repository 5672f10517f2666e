"""The card provider's word: heard at the door, or read from its lists."""
