"""What is said to whom and why, and in which words of which language."""
