"""Prices: what a conference sells, at which price and on which terms, and how many places there are of each option.

It keeps registration's own copy of the conference, because what is sold, until when and for which seats is one thing.
"""
