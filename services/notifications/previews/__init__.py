"""Whom a decision would be told, and in which words, said before it is taken; nothing is sent by asking."""
