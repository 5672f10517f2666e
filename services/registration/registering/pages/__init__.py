"""The pages on which people register, and the desk that looks after them."""
