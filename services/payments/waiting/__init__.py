"""What waits for finance, and since when."""
