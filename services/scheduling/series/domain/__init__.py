"""What a series is, which year is free, and what an award makes: pure."""
