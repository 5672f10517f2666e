"""What is written about receipts."""
