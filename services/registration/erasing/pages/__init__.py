"""What the desk sees before and after somebody is erased."""
