"""The refund run of one cancelled conference."""
