"""As much of Brax 0.14.2 as is asked of it."""
