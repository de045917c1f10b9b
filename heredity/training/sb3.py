"""Engine sb3: Stable-Baselines3 as it is, any algorithm, one member after another, one torch thread."""

from stable_baselines3.common.callbacks import BaseCallback

from heredity.agent import pack, unpack
from heredity.seeds import seed_integers
from heredity.training import Member, OnProgress, Shard, Trained
from heredity.training.kickstart import HeldNear, Kickstart
from heredity.training.recorder import Recorder, failures_named


def train_sb3(shard: Shard, report: OnProgress) -> list[Trained]:
    """Train every member of a shard from its initial agent until its threshold or its budget."""
    trained = []
    for member in shard.members:
        with failures_named(shard, member):
            trained.append(_train(shard, member, report))
    return trained


def _train(shard: Shard, member: Member, report: OnProgress) -> Trained:
    model_seed, env_seed, zero_shot_seed = seed_integers(member.seed, 3)
    recorder = Recorder(shard, member, zero_shot_seed, report)
    algorithm = shard.algorithm_of(member)
    kickstart = Kickstart.of(shard, member, recorder.curve)
    model = unpack(member.initial, algorithm, shard.task, model_seed, env_seed)
    model.learn(shard.budget_steps, callback=[*([HeldNear(kickstart)] if kickstart else []), _Between(recorder)])
    if not recorder.reached and model.num_timesteps > recorder.curve[-1].env_steps:
        recorder.record(model)
    if (envs := model.get_env()) is not None:
        envs.close()
    return recorder.trained(pack(model, algorithm))


class _Between(BaseCallback):
    """Records between rollouts. Stopping at the threshold costs one more step, which nothing is learned from."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.recorder = recorder

    def _on_rollout_start(self) -> None:
        if self.recorder.due(self.model):
            self.recorder.record(self.model)

    def _on_step(self) -> bool:
        return not self.recorder.reached
