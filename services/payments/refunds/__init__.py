"""Money on its way back: planned, sent, disputed, by cheque, made outside."""
