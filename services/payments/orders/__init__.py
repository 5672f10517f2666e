"""What a registration owes: its invoice, options, purchase order, and the payments towards it."""
