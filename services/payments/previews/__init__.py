"""What a decision would do with money, said before it is taken; nothing is changed by asking."""
