"""What an heir inherited is what it does before it learns, against its parents on the same episodes."""

from dataclasses import asdict, replace

import pytest

from heredity.agents.agent import fresh_agent, pack
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.evaluation.episodes import evaluate, run_trial
from heredity.inheritance.heirs import Donor, inherit
from heredity.inheritance.pedigree import Births, read_births, write_births
from heredity.pipeline.births import HeirsWanted
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.zero_shot import with_zero_shots
from heredity.study.inherit_rule import InheritRule
from heredity.study.load import load_study
from heredity.study.sections import Algorithm
from tests.here import here

CARTPOLE, ACROBOT = Task("CartPole-v1"), Task("Acrobot-v1")
PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 64})


@pytest.fixture
def given(tiny, write_study):
    return InheritInput.of(load_study(write_study(tiny)), "second").model_copy(update={"algorithm": PPO})


def one_sided():
    """Return an agent that always pushes to the right, so that the pole falls at once."""
    model = build(PPO, CARTPOLE, 0, 0)
    model.policy.action_net.bias.data[1] = 20.0
    return pack(model, PPO)


def births(given, donors, task=CARTPOLE, population=2, **rule):
    given = given.model_copy(update={"task": task})
    heirs = inherit(donors, task, InheritRule(**rule), population=population, seed=1, algorithm=PPO)
    return [heir.birth for heir in with_zero_shots(heirs, [HeirsWanted(given, "", donors)], given, here)]


def test_a_copy_does_what_its_parent_does_and_a_new_last_layer_does_not(given):
    donors = {"a": Donor(one_sided())}
    given = given.model_copy(update={"zero_shot_episodes": 5})
    one, two = births(given, donors)
    expected = evaluate(
        donors["a"].agent, CARTPOLE, episodes=5, seed=given.seeds.integer("zero_shot"), deterministic=False
    ).returns.mean()
    assert one.zero_shot == two.zero_shot == one.parents_zero_shot == expected
    other, _ = births(given, donors, operator="features")
    assert other.inherited_fraction > 0.95
    assert other.zero_shot > 1.5 * other.parents_zero_shot == 1.5 * expected


def test_a_parent_with_other_spaces_is_not_played_and_fresh_weights_have_none(given):
    heir, immigrant = births(given, {"a": Donor(fresh_agent(PPO, CARTPOLE, 0))}, ACROBOT, immigrants=1)
    assert (heir.zero_shot, heir.parents_zero_shot) == (-500.0, None)
    assert (immigrant.zero_shot, immigrant.parents_zero_shot) == (None, None)


def test_a_parent_plays_once_for_its_heirs_and_for_those_that_do_as_it_does(given, monkeypatch):
    played = []

    def counted(trial):
        played.append(trial.agent)
        return run_trial(trial)

    monkeypatch.setattr("heredity.pipeline.untrained.run_trial", counted)
    parent, other = pack(build(PPO, CARTPOLE, 0, 0).learn(64), PPO), fresh_agent(PPO, CARTPOLE, 1)
    births(given, {"a": Donor(parent)}, population=3)
    assert len(played) == 1, "copies act by the weights of their parent, whatever their optimizers"
    births(given, {"a": Donor(parent)}, population=3, operator="features")
    assert len(played) == 1 + 4
    births(given, {"a": Donor(parent), "b": Donor(other)}, population=4)
    assert len(played) == 1 + 4 + 2


def test_equal_weights_that_are_played_with_another_algorithm_play_for_themselves(given):
    bent = PPO.model_copy(update={"hyperparameters": {"n_steps": 64, "policy_kwargs": {"activation_fn": "ReLU"}}})
    model = build(PPO, CARTPOLE, 0, 0)
    model.policy.action_net.weight.data *= 100  # decided enough that the layers before it matter
    given = given.model_copy(update={"algorithm": bent, "zero_shot_episodes": 20})
    [heir] = births(given, {"a": Donor(pack(model, PPO))}, population=1)
    assert heir.zero_shot != heir.parents_zero_shot


def test_births_keep_both_and_older_pedigrees_have_neither(given, tmp_path):
    [birth] = births(given, {"a": Donor(fresh_agent(PPO, CARTPOLE, 0))}, population=1)
    for number, each in enumerate((birth, replace(birth, zero_shot=None, parents_zero_shot=None))):
        write_births(tmp_path / f"{number}.json", Births("second", "first", (each,)))
    text = (tmp_path / "1.json").read_text()
    (tmp_path / "1.json").write_text(text.replace('"zero_shot": null,', "").replace('"parents_zero_shot": null,', ""))
    kept, older = (asdict(read_births(tmp_path / f"{number}.json").heirs[0]) for number in (0, 1))
    assert (kept["zero_shot"], kept["parents_zero_shot"]) == (birth.zero_shot, birth.parents_zero_shot)
    assert (older["zero_shot"], older["parents_zero_shot"]) == (None, None)
