"""A params.yaml as text: what is read back is what was meant, in a file that a person reads at once."""

import pytest

from heredity.agents.task import Task
from heredity.cli.project.params import filled_in, scalar
from heredity.cli.project.sizing import ALPHA, Size
from heredity.study.dialect import dropped_quotes, parse_alike
from heredity.study.load import parse_study
from heredity.study.sections import Algorithm, Normalize, Wrapper
from tests.examples import CHECKOUT

TEMPLATES = {name: (CHECKOUT / "template" / name).read_text() for name in ("params.yaml", "founders.yaml")}
PPO = Algorithm(name="PPO", hyperparameters={"n_steps": 128, "batch_size": 64, "learning_rate": 0.001})
SIZE = Size(40_000, 20, 110.0, 100.0)
SCREEN = 40


def text(task=None, threshold=475.0, algorithm=PPO):
    return filled_in(TEMPLATES["params.yaml"], "mine", task or Task("CartPole-v1"), threshold, algorithm, SIZE)


def founders(founder):
    more = {"founder": scalar(founder), "steps": "; the founder took 123456789012"}
    return filled_in(TEMPLATES["founders.yaml"], "mine", Task("CartPole-v1"), 475.0, PPO, SIZE, **more)


def test_the_study_of_one_environment_repeats_it_and_has_a_control():
    study = parse_study(text())
    assert (study.study, study.lineages, study.population, study.founders) == ("mine", 6, 2, ())
    assert [(name, node.after, node.budget) for name, node in study.generations.items()] == [
        ("first", "founders", 40_000), ("second", "first", 40_000),
    ]  # fmt: skip
    assert {node.env.id for node in study.generations.values()} == {"CartPole-v1"}
    assert study.controlled == ("second",)
    assert study.algorithm == PPO
    assert (study.gate.margin, 1 - study.gate.confidence) == (110, pytest.approx(ALPHA))


def test_the_study_of_a_model_is_one_lineage_of_eight_beside_a_control():
    study = parse_study(founders("founders/model.zip"))
    assert (study.lineages, study.population, study.founders) == (1, 8, ("founders/model.zip",))
    assert study.controlled == ("changed",)
    assert study.control_budget("changed", "scratch") == 40_000


@pytest.mark.parametrize("made", [text(), founders("founders/model.zip"), text(Task("Mine-v0", imports=("a.b", "c")))])
def test_a_person_reads_it_on_one_screen_and_nothing_depends_on_its_quotes(made):
    lines = made.splitlines()
    assert len(lines) <= SCREEN
    assert max(map(len, lines)) <= 120
    assert not [line for line in lines if line != line.rstrip() or "$" in line]
    assert dropped_quotes(made) is None


@pytest.mark.parametrize(
    "task",
    [
        Task("Mine-v0", imports=("my.pkg", "größe")),
        Task("namespace/Mine-v0", imports=("pkg",)),
        Task("Mine-v0", wrappers=(Wrapper(name="heredity.wrappers.ZeroBased"), Wrapper(name="a.B"))),
        Task("null", imports=("pkg",)),
        Task("12.5"),
    ],
)
def test_a_task_is_read_as_it_was_written(task):
    for node in parse_study(text(task)).generations.values():
        assert (node.env.id, node.imports, node.env.wrappers) == (task.id, task.imports, task.wrappers)


@pytest.mark.parametrize("threshold", [475.0, -200.0, 0.7, 1e-5, 1e22, 123456789.25, -0.0])
def test_a_threshold_is_read_as_the_number_that_it_is(threshold):
    assert parse_study(text(threshold=threshold)).generations["first"].threshold == threshold


@pytest.mark.parametrize(
    "algorithm",
    [
        Algorithm(name="PPO", policy="MlpPolicy", normalize=Normalize(observation=True, reward=True)),
        Algorithm(name="SAC", hyperparameters={"learning_rate": "lin_0.001", "buffer_size": 100, "tau": 1.0}),
        Algorithm(name="PPO", hyperparameters={"policy_kwargs": {"net_arch": {"pi": [32], "vf": []}, "a": "x: {y}, 'z'",
                                                                "activation_fn": "Tanh", "b": None, "c": False}}),
    ],
)  # fmt: skip
def test_an_algorithm_is_read_as_it_was_told(algorithm):
    assert parse_study(text(algorithm=algorithm)).algorithm == algorithm


@pytest.mark.parametrize("name", ["model.zip", 'a "b" c\'s.zip', "größe: 1.zip", "# no.zip", "- x.zip", "{a}.zip"])
def test_a_founder_of_any_letters_is_read_by_both_as_it_is_called(name):
    assert parse_alike(f"- {scalar(name)}\n") == [name]
    assert parse_study(founders(name)).founders == (name,)
