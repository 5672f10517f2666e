"""Accounts, transactions that sum to zero, the seal over them and its audit."""
