"""What a decision would do to registrations, said before it is taken; nothing is changed by asking."""
