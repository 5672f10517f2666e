"""Looks at what the card provider's word is about, and reads its lists."""
