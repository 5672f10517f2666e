"""People in sessions: what they starred, which seats they hold or wait for, and their own agenda.

A person is known here by the id that registration tells of; no address is needed, and none is kept.
"""
