"""The rules of receipts."""
