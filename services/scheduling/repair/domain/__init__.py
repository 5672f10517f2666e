"""What is to be repaired, and what the solver is asked, without web or database."""
