"""What acts, and the task it acts on."""
