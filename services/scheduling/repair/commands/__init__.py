"""What a repair does, and what it would do."""
