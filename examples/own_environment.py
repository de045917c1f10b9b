"""An environment of your own: train a population on it, and see that a policy which has learned nothing fails."""

import gymnasium
import numpy as np

from heredity import Algorithm, GateRule, InheritRule, Shard, Task, Train, decide, evaluate, inherit, train


class Corridor(gymnasium.Env):
    """Eight cells in a row: walk to the last one, which alone pays, before 20 steps are over."""

    observation_space = gymnasium.spaces.Box(0.0, 1.0, (1,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)  # left, right

    def reset(self, *, seed=None, options=None):  # noqa: ARG002
        """Begin in one of the first three cells."""
        super().reset(seed=seed)
        self.cell = int(self.np_random.integers(3))
        return self._seen(), {}

    def step(self, action):
        """Go one cell to the left or to the right."""
        self.cell = min(max(self.cell + 2 * int(action) - 1, 0), 7)
        return self._seen(), float(self.cell == 7), self.cell == 7, False, {}

    def _seen(self):
        return np.array([self.cell / 7], np.float32)


gymnasium.register("Corridor-v0", entry_point=Corridor, max_episode_steps=20)

if __name__ == "__main__":
    task = Task("Corridor-v0", threshold=0.9)
    ppo = Algorithm(name="PPO", n_envs=8, hyperparameters={"n_steps": 32, "batch_size": 64})
    founders = inherit({}, task, InheritRule(), population=4, seed=0, algorithm=ppo)
    members = train(Shard("corridor", "inherited", task, ppo, Train(engine="sb3", window=20), 4000, 20, founders))
    returns = {member.name: evaluate(member, task, episodes=50, seed=1) for member in members}
    nobody = {name: evaluate(name, task, episodes=50, seed=1) for name in ("random", "constant")}
    decision = decide(returns, GateRule(), threshold=task.threshold, null_returns=nobody)
    print(*members, sep="\n")
    for name, candidate in decision.ranked():
        print(f"{name}: {'passed' if candidate.passed else 'refused'}: {candidate.reason}")
    print(decision)
