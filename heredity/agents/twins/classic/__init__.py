"""Twins of Gymnasium's classic control, version for version of `gymnasium.envs.classic_control`."""
