"""The benchmark: what the town does in a second and what that costs, beside the goals. It measures and never judges."""
