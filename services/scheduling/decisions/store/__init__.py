"""Where decisions are kept, with what is at stake and what came back, and what waits for one."""
