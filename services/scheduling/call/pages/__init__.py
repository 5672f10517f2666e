"""The form that proposes a session, the speakers' own pages, and the desk's."""
