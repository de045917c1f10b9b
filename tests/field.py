"""Environments and classes as users write them: a cue of three to match, shown in many ways, and a goal to be at."""

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import MultiInputActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

STEPS = 10
VECTOR = spaces.Box(0, 1, (3,), np.float32)
IMAGE = spaces.Box(0, 255, (36, 36, 3), np.uint8)
BOX = spaces.Box(-5, 5, (1,), np.float32)

SHOWN = {
    "vector": VECTOR,
    "choice": spaces.Discrete(3),
    "choices": spaces.MultiDiscrete([3, 2]),
    "bits": spaces.MultiBinary(3),
    "image": IMAGE,
    "small image": spaces.Box(0, 255, (7, 7, 3), np.uint8),
    "dict": spaces.Dict({"vector": spaces.Box(0, 100, (3,), np.float32), "choice": spaces.Discrete(3)}),
    "dict of image": spaces.Dict({"image": IMAGE, "vector": VECTOR}),
    "nested": spaces.Dict({"inner": spaces.Dict({"vector": VECTOR})}),
    "tuple": spaces.Tuple((VECTOR, spaces.Discrete(3))),
    "goal": spaces.Dict(dict.fromkeys(("observation", "achieved_goal", "desired_goal"), BOX)),
}
PLAYED = {
    "Discrete": spaces.Discrete(3),
    "MultiDiscrete": spaces.MultiDiscrete([3, 2]),
    "MultiBinary": spaces.MultiBinary(3),
    "Box": spaces.Box(-1, 1, (1,), np.float32),
}


SHOWN["dict of mask"] = spaces.Dict({"vector": VECTOR, "action_mask": spaces.MultiBinary(3)})


class Cue(gymnasium.Env):
    """Pays 1 for the cue and 0 for anything else; the cue changes every step. Every action is allowed."""

    def __init__(self, shown="vector", played="Discrete"):
        self.observation_space, self.action_space, self.shown = SHOWN[shown], PLAYED[played], shown

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.cue = int(self.np_random.integers(3))
        return self._shown(self.observation_space, self.shown), {}

    def step(self, action):
        paid = float(int(np.ravel(action)[0]) == self.cue)
        self.cue = int(self.np_random.integers(3))
        return self._shown(self.observation_space, self.shown), paid, False, False, {}

    def action_masks(self):
        space = self.action_space
        many = {"Discrete": 3, "MultiDiscrete": 5, "MultiBinary": 6}.get(type(space).__name__, 1)
        return np.ones(many, bool)

    def _shown(self, space, kind):
        if isinstance(space, spaces.Dict):
            return {key: self._shown(part, key) for key, part in space.items()}
        if isinstance(space, spaces.Tuple):
            return tuple(self._shown(part, kind) for part in space)
        if isinstance(space, spaces.Discrete):
            return self.cue
        if isinstance(space, spaces.MultiDiscrete):
            return np.array([self.cue, self.cue % 2])
        shown, most = (
            np.zeros(space.shape, space.dtype),
            1 if isinstance(space, spaces.MultiBinary) else space.high.max(),
        )
        shown[(slice(None),) * (len(space.shape) > 1) + (self.cue,)] = most
        return shown


class ToldByKey(gymnasium.Env):
    """Shows beside the cue what is allowed: the cue and what comes after it."""

    observation_space, action_space = SHOWN["dict of mask"], PLAYED["Discrete"]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.cue = int(self.np_random.integers(3))
        return self._shown(), {}

    def step(self, action):
        if not self._shown()["action_mask"][action]:
            raise ValueError(f"{action} is not allowed")
        paid = float(action == self.cue)
        self.cue = int(self.np_random.integers(3))
        return self._shown(), paid, False, False, {}

    def _shown(self):
        mask = np.isin(np.arange(3), (self.cue, (self.cue + 1) % 3)).astype(np.int8)
        return {"vector": np.eye(3, dtype=np.float32)[self.cue], "action_mask": mask}


class Counted(Cue):
    """A simulator of which only some are open: `alive` now, `most` at a time since somebody set that to 0."""

    alive = most = 0

    def __init__(self, licenses=99, shown="vector", played="Discrete"):
        super().__init__(shown, played)
        if Counted.alive >= licenses:
            raise RuntimeError("no license left")
        self.is_open, Counted.alive = True, Counted.alive + 1
        Counted.most = max(Counted.most, Counted.alive)

    def close(self):
        Counted.alive, self.is_open = Counted.alive - self.is_open, False


class Goal(gymnasium.Env):
    """One dimension, and a goal in it, as hindsight takes them; of three actions the middle one stands still."""

    def __init__(self, played="Box"):
        self.observation_space, self.action_space = SHOWN["goal"], PLAYED[played]

    def compute_reward(self, achieved_goal, desired_goal, info):
        return -(np.abs(achieved_goal - desired_goal).max(-1) > 0.25).astype(np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x, self.goal = np.zeros(1, np.float32), self.np_random.uniform(-3, 3, 1).astype(np.float32)
        return self._shown(), {}

    def step(self, action):
        moved = action if isinstance(self.action_space, spaces.Box) else action - 1
        self.x = np.clip(self.x + np.asarray(moved, np.float32).reshape(1), -5, 5).astype(np.float32)
        paid = float(self.compute_reward(self.x, self.goal, {}))
        return self._shown(), paid, False, False, {"is_success": paid == 0.0}

    def _shown(self):
        return {"observation": self.x.copy(), "achieved_goal": self.x.copy(), "desired_goal": self.goal.copy()}


class Tenfold(gymnasium.RewardWrapper):
    """Pays ten times as much, and 100 more."""

    def reward(self, reward):
        return 10 * reward + 100


class Seen(BaseFeaturesExtractor):
    """Some keys of a dictionary, in one layer."""

    def __init__(self, observation_space, keys, features_dim=8):
        super().__init__(observation_space, features_dim)
        self.keys = keys
        self.linear = torch.nn.Linear(sum(int(np.prod(observation_space[key].shape)) for key in keys), features_dim)

    def forward(self, observations):
        return self.linear(torch.cat([observations[key].flatten(1) for key in self.keys], 1))


class AsymmetricPolicy(MultiInputActorCriticPolicy):
    """An actor that sees `actor_keys` of a dictionary, and a critic that sees all of it."""

    def __init__(self, *args, actor_keys, **kwargs):
        self.actor_keys = actor_keys
        super().__init__(*args, **{**kwargs, "share_features_extractor": False})

    def make_features_extractor(self):
        is_actors = not hasattr(self, "features_extractor")  # which is made first
        return Seen(self.observation_space, self.actor_keys if is_actors else list(self.observation_space.spaces))


class TinyExtractor(BaseFeaturesExtractor):
    """One convolution, for images that NatureCNN cannot take."""

    def __init__(self, observation_space, features_dim=8):
        super().__init__(observation_space, features_dim)
        height, width = observation_space.shape[1:]
        self.layers = torch.nn.Sequential(torch.nn.Conv2d(observation_space.shape[0], 2, 2), torch.nn.Flatten())
        self.linear = torch.nn.Linear(2 * (height - 1) * (width - 1), features_dim)

    def forward(self, images):
        return self.linear(self.layers(images))


gymnasium.register("Cue-v0", entry_point="tests.field:Cue", max_episode_steps=STEPS)
gymnasium.register("Counted-v0", entry_point="tests.field:Counted", max_episode_steps=STEPS)
gymnasium.register("ToldByKey-v0", entry_point="tests.field:ToldByKey", max_episode_steps=STEPS)
gymnasium.register("Goal-v0", entry_point="tests.field:Goal", max_episode_steps=STEPS)
