"""What stands between an environment and the process that plays it."""
