"""What it means for an order that its registration, or an option of it, ends."""
