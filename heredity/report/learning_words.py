"""By what members learned, and what they were trained on, in words that leave no default out."""

from collections.abc import Iterable

from heredity.report.default_settings import default_settings
from heredity.report.results import Results
from heredity.report.task_words import setting_text
from heredity.study.sections import Algorithm, Train, on_cpu

ENVIRONMENTS = {
    "auto": "environments of its choice",
    "gymnasium": "Gymnasium's environments",
    "envpool": "EnvPool's environments",
    "jax": "environments' twins in JAX",
}
"""What train.environments says members were trained on."""


def algorithm_sentence(results: Results) -> str:
    """Say by what the members of every generation learned; of those by the same, once."""
    told = {outcome.name: learning_text(outcome.node.algorithm, outcome.node.train) for outcome in results.outcomes}
    if len(set(told.values())) == 1:
        return f"The learning algorithm was {next(iter(told.values()))}"
    said = "; ".join(f"members of {names} learned by {what}" for what, names in named_together(told))
    return f"M{said[1:]}"


def learning_text(algorithm: Algorithm, train: Train) -> str:
    """Say by what an arm learned, by which engine and on which environments: what is set, and then what is default."""
    set_here = "".join(f", {name} {setting_text(value)}" for name, value in algorithm.hyperparameters.items())
    unset = ", ".join(f"{name} {setting_text(value)}" for name, value in default_settings(algorithm).items())
    copies = f"{algorithm.n_envs} environment{'' if algorithm.n_envs == 1 else 's'} per member"
    by_default = f"; by default {unset}" if unset else ""
    described = f"{algorithm.name} ({algorithm.policy}, {copies}{set_here}{by_default})"
    return f"{described}, {_normalized(algorithm)}, trained by {engine_text(train)}"


def engine_text(train: Train) -> str:
    """Say which engine trained, on which kind of environments, and where that was no CPU."""
    together = f", {train.shard} members at a time" if train.engine != "sb3" else ""
    place = "" if on_cpu(train.device) else f"{together} on a GPU"
    return f"the engine {train.engine} on {ENVIRONMENTS[train.environments]}{place}"


def twin_sentence(results: Results) -> str:
    """Say which generations were trained and judged on a twin and not on the environment itself; "" for none."""
    names = [outcome.name for outcome in results.outcomes if outcome.node.train.environments == "jax"]
    if not names:
        return ""
    who = "All members" if len(names) == len(results.outcomes) else f"Members of {listed(names)}"
    own = "in JAX of their environments, which were written to be alike"
    return f"{who} were trained and judged on twins {own}; survivors were confirmed on the originals."


def named_together(told: dict[str, str]) -> list[tuple[str, str]]:
    """Return what is said of generations, each saying once, with the names of those that it is said of."""
    alike: dict[str, list[str]] = {}
    for name, said in told.items():
        alike.setdefault(said, []).append(name)
    return [(said, listed(names)) for said, names in alike.items()]


def listed(names: Iterable[str]) -> str:
    """Return "a, b and c"."""
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last


def _normalized(algorithm: Algorithm) -> str:
    normalize = algorithm.normalize
    kinds = {"observations": normalize.observation, "rewards": normalize.reward}
    told = [kind for kind, is_on in kinds.items() if is_on]
    return f"{listed(told)} normalized by running statistics" if told else "neither observations nor rewards normalized"
