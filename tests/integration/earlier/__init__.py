"""An installation as an earlier version left it, carried over to this one."""
