"""Plans and repairs: jobs that let the solver work in a process of its own, and what they propose to the committee."""
