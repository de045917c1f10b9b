"""What `heredity init` makes, and how: whole, or not at all."""
