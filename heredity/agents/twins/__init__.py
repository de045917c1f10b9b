"""Environments and policies as pure functions of arrays."""
