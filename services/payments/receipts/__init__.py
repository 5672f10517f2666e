"""Money as it arrives: by card, debit, cheque, transfer or grant."""
