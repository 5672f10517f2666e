"""What is written about refunds."""
