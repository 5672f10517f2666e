"""Pure rules, tested without engines, in milliseconds."""
