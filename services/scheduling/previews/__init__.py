"""What a decision would do, asked of all services and shown together before it is taken."""
