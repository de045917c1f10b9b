"""Reinforcement-learning agents trained in generations."""
