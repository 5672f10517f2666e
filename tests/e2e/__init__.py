"""People in a real browser, on a town that runs for real."""
