"""Twins of MiniGrid's environments, seen through FlatView."""
