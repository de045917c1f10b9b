"""What an heir takes from its parents (docs/inheritance.md)."""
