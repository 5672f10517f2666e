"""Several people registered at once for one payer."""
