"""Series at the desk, and as everyone may see them."""
