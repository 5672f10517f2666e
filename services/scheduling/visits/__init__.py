"""What visitors open: their own agenda, and the page on which an old personal link is renewed."""
