"""Registering: who is admitted at which price, the form and the desk, and the places held until they are paid."""
