"""What is corrected about people, and new addresses that have to be proved; pure."""
