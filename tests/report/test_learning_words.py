"""By what members learned, and on what: what is set, what is default, and whether it was a twin."""

from dataclasses import replace

from heredity.report.learning_words import (
    algorithm_sentence,
    engine_text,
    learning_text,
    listed,
    twin_sentence,
)
from heredity.report.methods import methods
from heredity.study.sections import Algorithm, Normalize, Train


def trained(results, **changes):
    """Return results whose second generation was trained otherwise."""
    first, second = results.outcomes
    train = second.node.train.model_copy(update=changes)
    return replace(results, outcomes=(first, replace(second, node=second.node.model_copy(update={"train": train}))))


def test_normalisation_and_the_engine_are_said():
    algorithm = Algorithm(name="PPO", n_envs=1, normalize=Normalize(observation=True))
    told = learning_text(algorithm, Train(engine="sb3", environments="gymnasium"))
    assert told.startswith("PPO (MlpPolicy, 1 environment per member; by default learning_rate 0.0003, ")
    assert told.endswith(
        ", observations normalized by running statistics, trained by the engine sb3 on Gymnasium's environments"
    )
    both = algorithm.model_copy(update={"normalize": Normalize(observation=True, reward=True)})
    assert "observations and rewards normalized by" in learning_text(both, Train())
    assert engine_text(Train(engine="cohort", environments="envpool")) == "the engine cohort on EnvPool's environments"
    on_gpu = Train(engine="cohort", environments="jax", device="cuda", shard=64)
    twins = "the engine cohort on environments' twins in JAX"
    assert engine_text(on_gpu) == f"{twins}, 64 members at a time on a GPU"


def test_generations_that_learned_alike_are_told_together(results):
    assert algorithm_sentence(results).startswith("The learning algorithm was PPO (MlpPolicy, 2 environments")
    apart = algorithm_sentence(trained(results, engine="sb3"))
    assert apart.startswith("Members of first learned by PPO (")
    assert "; members of second learned by PPO (" in apart
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_it_is_said_where_a_twin_was_played(results):
    assert twin_sentence(results) == ""
    twin = trained(results, engine="cohort", environments="jax")
    assert twin_sentence(twin) == (
        "Members of second were trained and judged on twins in JAX of their environments, which were written to be "
        "alike; survivors were confirmed on the originals."
    )
    assert "further episodes of the original environment that did not choose them" in methods(twin)
    both = replace(twin, outcomes=(twin.outcomes[1],))
    assert twin_sentence(both).startswith("All members were trained and judged on twins")
