"""Engine cohort: PPO with an MLP policy, all members of a shard trained by one compiled program."""
