"""Everybody whom the gate hears of plays as in training: members, finalists of a race, nulls, champion, reference."""

import pytest
import sb3_contrib

from heredity.agents.agent import Agent, fresh_agent, write_agent, write_agents
from heredity.agents.archives import unpack_zip
from heredity.layout import Layout
from heredity.pipeline.confirmation import confirmed
from heredity.pipeline.inputs.confirm import ConfirmInput
from heredity.pipeline.inputs.evaluate import EvaluateInput, Playing
from heredity.pipeline.players import evaluated
from heredity.study.load import load_study
from heredity.study.sections import Evaluate
from tests.masked import MASKABLE, PPO, STEPS, masked


def one_by_one(work_on, work, **_):
    return [work_on(item) for item in work]


def played(tmp_path, task, **compared):
    """Return every split's returns by player: four members raced to two, and whoever they are compared with."""
    agents = {f"m{seed:02d}": fresh_agent(MASKABLE, task, seed) for seed in range(4)}
    for name, agent in compared.items():
        write_agent(agent, tmp_path / f"{name}.zip")
    playing = Playing(
        task=task,
        evaluate=Evaluate(episodes=3, select_episodes=6, finalists=2, deterministic=False),
        algorithm=MASKABLE,
        masked=True,
        **{name: str(tmp_path / f"{name}.zip") for name in compared},
    )
    shared = {"generation": "one", "seed": 0, "seed_name": "one"}
    layout = Layout(tmp_path)
    write_agents(layout.arm("one", "inherited").models, agents)
    given = EvaluateInput(**shared, playing=playing)
    evaluation = evaluated(given, playing, agents, layout, one_by_one)
    again = confirmed(ConfirmInput(**shared, at_most=2, playing=playing.alone()), ["m00", "m01"], layout, one_by_one)
    assert not evaluation.failures
    splits = {**evaluation.played, **again}
    return {
        split: {name: set(each.returns.tolist()) for name, each in members.items()} for split, members in splits.items()
    }


def test_every_split_of_a_strict_environment_is_played_by_the_allowed_actions(tmp_path):
    task = masked(strict=True)
    splits = played(tmp_path, task, champion=fresh_agent(MASKABLE, task, 7), reference=fresh_agent(MASKABLE, task, 8))
    assert splits.keys() == {"report", "select", "null", "champion", "reference", "confirm"}
    assert all(returns == {STEPS} for members in splits.values() for returns in members.values())


@pytest.mark.parametrize("foreign", [False, True])
def test_a_model_plays_as_what_it_was_made_with_and_not_as_the_studys_algorithm(tmp_path, foreign):
    told, untold = (fresh_agent(algorithm, masked(), 7) for algorithm in (MASKABLE, PPO))
    if foreign:  # as Stable-Baselines3 saves it
        told, untold = (Agent(_saved(name, tmp_path)) for name in ("MaskablePPO", "PPO"))
    splits = played(tmp_path, masked(), champion=told, reference=untold)
    assert splits["champion"] == {"champion": {STEPS}}
    assert max(splits["reference"]["reference"]) < STEPS


def _saved(name, tmp_path):
    module = sb3_contrib if name == "MaskablePPO" else __import__("stable_baselines3")
    getattr(module, name)("MlpPolicy", masked().make(), seed=0, device="cpu").save(tmp_path / "model.zip")
    content = (tmp_path / "model.zip").read_bytes()
    assert "heredity.json" not in unpack_zip(content)
    return content


def test_who_learned_nothing_is_told_what_members_are_told(tiny, write_study):
    def masked_of(name, null_policies):
        tiny["algorithm"]["name"], tiny["evaluate"]["null_policies"] = name, null_policies
        return Playing.of(load_study(write_study(tiny)), "first").masked

    assert masked_of("MaskablePPO", True)
    assert not masked_of("PPO", True)
    assert not masked_of("MaskablePPO", False)  # nobody is there to be told
