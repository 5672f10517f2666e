"""People: who somebody is, told by e-mail address and name together, and how they can be reached."""
