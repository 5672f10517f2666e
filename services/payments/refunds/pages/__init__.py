"""The pages about refunds: finance's, and the one on which a payee says where a cheque goes."""
