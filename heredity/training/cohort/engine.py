"""The loop of the cohort engine: collect, update, record, until every member is done."""

from functools import cache

from stable_baselines3 import PPO

from heredity.agent import pack
from heredity.seeds import seed_integers
from heredity.training import OnProgress, Shard, Trained
from heredity.training.cohort.crew import Crew
from heredity.training.cohort.learner import numbers, stack, unstack
from heredity.training.cohort.policy import Policy
from heredity.training.cohort.rollout import collect
from heredity.training.cohort.upbringing import Lessons
from heredity.training.cohort.update import Shape, make_update
from heredity.training.recorder import Recorder, failures_named

_compiled = cache(make_update)


def train_cohort(shard: Shard, report: OnProgress) -> list[Trained]:
    """Train every member of a shard from its initial agent until its threshold or its budget."""
    recorders = []
    for member in shard.members:
        with failures_named(shard, member):
            recorders.append(Recorder(shard, member, seed_integers(member.seed, 3)[2], report))
    crew = Crew(shard)
    _learn(shard, crew, recorders, Lessons.of(shard, recorders))
    crew.envs.close()
    return [
        recorder.trained(pack(model, shard.algorithm_of(member)))
        for recorder, model, member in zip(recorders, crew.models, shard.members, strict=True)
    ]


def _learn(shard: Shard, crew: Crew, recorders: list[Recorder], lessons: Lessons) -> None:
    """Collect and update until nobody is active; a member's model is written back when it stops."""
    model = crew.models[0]
    policy = Policy.of(model.action_space, model.policy.activation_fn.__name__)
    stops_early = any(model.target_kl is not None for model in crew.models)
    update = _compiled(Shape(policy, model.batch_size, model.normalize_advantage, stops_early))
    learner, index = stack(crew.models), 0
    while crew.active:
        rollout = collect(crew, learner.weights, policy, index)
        for m in crew.active:
            _count(crew.models[m], shard.budget_steps)
        taught = lessons.added(crew, policy, rollout, numbers(crew.models))
        learner = update(learner, *taught, crew.padded(), len(crew.active))
        index += 1
        for m in list(crew.active):
            if recorders[m].record(crew.models[m]) or crew.models[m].num_timesteps >= shard.budget_steps:
                unstack(learner, m, crew.models[m])
                crew.stop(m)


def _count(model: PPO, budget_steps: int) -> None:
    """Move a model's clock past one rollout and its updates."""
    model.num_timesteps += model.n_steps * model.n_envs
    model._n_updates += model.n_epochs
    model._update_current_progress_remaining(model.num_timesteps, budget_steps)
