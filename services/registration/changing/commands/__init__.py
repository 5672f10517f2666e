"""What is asked about cancellations: what registrants choose, and whether a run goes on."""
