"""The finance desk: its front, an order with all that has become of it, the books of a conference."""
