"""Correcting: names and addresses are put right by the desk or by the person themselves, and stay one person's."""
