"""Attendance and points: who was in which session, what it earns by a scheme's rules, and the papers that say so."""
