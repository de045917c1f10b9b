"""What is told of a study that has run."""
