"""The four independent services; none imports another."""
