"""params.yaml: what is read, and that each mistake is refused with one line that helps."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from heredity.agents.task import make_task
from heredity.errors import StudyError
from heredity.pipeline.check import check_study
from heredity.pipeline.checked import checked_study
from heredity.study.load import load_study
from tests.examples import CHECKOUT, TINY
from tests.here import here


def put(content, key, value):
    """Set a dotted key in nested dictionaries."""
    *path, last = key.split(".")
    for name in path:
        content = content[name]
    content[last] = value


FIRST, HEIRS = TINY["generations"]["first"], TINY["generations"]["second"]
CUDA = {"engine": "cohort", "device": "cuda", "environments": "auto"}

# fmt: off
MISTAKES = [
    ("gate.confidense", 0.9, r"gate\.confidense: unknown key; did you mean confidence\?"),
    ("popullation", 4, r"popullation: unknown key; did you mean population\?"),
    ("generations.first.gate", {"at_mots": 1}, r"generations\.first\.gate\.at_mots: unknown key; did you mean at_most"),
    ("population", "8", r"population: expected a positive number of members per lineage, got '8'; write for example 8"),
    ("population", 0, r"population: expected a positive number of members per lineage, got 0"),
    ("population", True, r"population: expected a positive number of members per lineage, got True"),
    ("lineages", 0, r"lineages: expected a positive number of independent lineages, got 0"),
    ("lineages", 1001, r"lineages: expected a positive .*, at most 1000, got 1001"),
    ("seed", -1, r"seed: expected a whole number from 0, got -1"),
    ("generations.first.budget", -5, r"generations\.first\.budget: expected a positive number .*, got -5; write for"),
    ("generations.first.budget", 1.5, r"generations\.first\.budget: expected a positive number .*, got 1\.5"),
    ("generations.first.budget", 63, r"generations\.first\.budget: expected at least one rollout of 64 steps, got 63"),
    ("generations.first.threshold", float("nan"), r"generations\.first\.threshold: expected a finite number, got nan"),
    ("gate.confidence", float("inf"), r"gate\.confidence: expected a finite number, got inf"),
    ("gate.confidence", 1.5, r"gate\.confidence: expected .*, got 1\.5; write for example 0\.95"),
    ("gate.at_most", True, r"yaml: gate\.at_most: expected a positive number of members .*, or null, got True; write"),
    ("gate.at_most", 0, r"yaml: gate\.at_most: expected a positive number of members .*, or null, got 0; write"),
    ("generations.first.gate", {"at_most": True}, r"first\.gate\.at_most: expected a positive number .*, got True"),
    ("gate.error", "population", r"gate\.error: expected member or family, got 'population'; write for example member"),
    ("gate.error", 0.05, r"gate\.error: expected member or family, got 0\.05"),
    ("gate.method", "exact", r"gate\.method: expected nothing: one bound serves all returns, got 'exact'; write"),
    ("gate.margin", -0.1, r"gate\.margin: expected by how much the gate's bar lies below the threshold, got -0\.1"),
    ("gate.margin", float("inf"), r"gate\.margin: expected a finite number, got inf"),
    ("gate.margin", 1e300, r"gate\.margin: expected by how much .*, at most 1e\+\d+, got 1e\+300"),
    *(
        ("gate", {"margin": 1.5, **rule}, rf"first\.gate\.margin: expected 0, because rule {rule['rule']} asks for no "
            r"threshold, got 1\.5$")
        for rule in ({"rule": "top", "at_most": 1}, {"rule": "spread"}, {"rule": "champion", "champion": "parent"})
    ),
    (
        "gate.confidence", 0.9999999,
        r"first\.gate\.confidence: expected an error of at least 0\.000001 for a member's bound, got 1e-07; write",
    ),
    (
        "gate", {"confidence": 0.9999985, "error": "family"},  # two members
        r"first\.gate\.confidence: expected an error of at least 0\.000001 for a member's bound, got 7\.5e-07; write",
    ),
    (
        "gate", {"confidence": 0.9999985, "when_none": "extend", "extend_budget": 64},  # two looks
        r"first\.gate\.confidence: expected an error of at least 0\.000001 for a member's bound, got 7\.5e-07; write",
    ),
    ("evaluate.floor", "0", r"evaluate\.floor: expected the lowest return that an episode can have, or null, got '0'"),
    ("evaluate.floor", False, r"evaluate\.floor: expected the lowest return .*, got False; write for example 0\.0"),
    ("evaluate.floor", float("nan"), r"evaluate\.floor: expected a finite number, got nan"),
    ("evaluate.floor", -1e300, r"evaluate\.floor: expected the lowest return that an episode can have, or null, got"),
    (
        "evaluate.floor", 20.0,
        r"first\.evaluate\.floor: expected a return below the gate's bar 20, got 20, at which everybody passes$",
    ),
    (
        "generations.first", {**FIRST, "evaluate": {"floor": 15.0}, "gate": {"margin": 5.0}},
        r"first\.evaluate\.floor: expected a return below the gate's bar 15, got 15, at which everybody passes$",
    ),
    (
        "generations.first", {**FIRST, "threshold": "registered", "evaluate": {"floor": 475.0}},
        r"first\.evaluate\.floor: expected a return below the gate's bar 475, got 475, at which everybody passes$",
    ),
    (
        "generations.second.inherit", {"operator": "soup", "at_most": 1},
        r"second\.inherit\.at_most: expected at least 2 donors, because soup mixes them, got 1$",
    ),
    ("generations.second.inherit", {"operator": "crossover"}, r"second\.inherit\.at_most: expected .* crossover mixes"),
    ("generations.first.known_returns", {"lowest": 0}, r"first\.known_returns: unknown key; write evaluate: \{floor"),
    ("known_returns", {"lowest": 0.0}, r"yaml: known_returns: unknown key; "),
    ("compare", {"first": "second"}, r"yaml: compare: expected a list of pairs of generations on one task"),
    ("compare", ["first", "second"], r"yaml: compare\.0: expected a list of pairs of generations on one task"),
    ("compare", [["first", 2]], r"yaml: compare\.0\.1: expected a list of pairs of generations on one task"),
    ("compare", [["first", "second", "first"]], r"yaml: compare\.0: expected a list of pairs"),
    ("inherit.at_most", 0, r"inherit\.at_most: expected a positive number of donors per lineage, or null, got 0"),
    ("generations.second.inherit", {"donors": "bad"}, r"second\.inherit\.donors: expected survivors, random, failed"),
    ("inherit.donors", "failed", r"first\.inherit\.donors: expected survivors or random, because no gate saw"),
    ("inherit.donors", "worst", r"first\.inherit\.donors: expected survivors or random, because .* got 'worst'"),
    ("inherit.rank", "task", r"inherit\.rank: expected own or next, got 'task'; write for example next"),
    ("inherit.rank_episodes", 0, r"inherit\.rank_episodes: expected a positive number of episodes per donor on"),
    (
        "generations.second.inherit", {"compete": True, "immigrants": 1},
        r"second\.inherit\.compete: expected false, because by rank: own nobody plays .*, got True; write rank: next",
    ),
    (
        "generations.second.inherit", {"compete": True, "rank": "next"},
        r"second\.inherit\.compete: expected immigrants that compete, got none; write immigrants: 1",
    ),
    (
        "generations.second", {"after": "first", "env": "Acrobot-v1", "budget": 128, "inherit": {"rank": "next"}},
        r"second\.inherit\.rank: expected own, because members of first cannot play Acrobot-v1, got 'next': .*shape",
    ),
    ("inherit.operator", "kickstrat", r"inherit\.operator: expected one of copy, .*, got 'kickstrat'"),
    ("generations.second.inherit", {"kickstart": 0.0}, r"second\.inherit\.kickstart: expected a positive weight"),
    ("generations.second.inherit", {"update_share": 1.1}, r"second\.inherit\.update_share: expected the share of"),
    (
        "generations.second", {"after": "first", "env": "CartPole-v1", "threshold": 20.0, "budget": 128,
            "algorithm": {"name": "TRPO"}, "inherit": {"operator": "kickstart"}},
        r"second\.inherit\.operator: expected algorithm PPO or A2C for kickstart, got TRPO; use distil",
    ),
    (
        "inherit.replay_buffer", "keep",
        r"first\.algorithm: inherit\.replay_buffer: keep expects a replay buffer, got PPO; write reset",
    ),
    ("inherit.hyperparameters", {"n_steps": 8}, r"inherit\.hyperparameters\.n_steps: expected one of clip_range, .*'n"),
    (
        "inherit", {"hyperparameters": {"tau": 0.1}, "perturb": {"tau": [0.5, 2]}},
        r"inherit\.hyperparameters\.tau: expected no perturb of it as well, got 'tau'",
    ),
    ("evaluate.env", "CartPole-v9", r"first\.evaluate\.env: expected the id .* got 'CartPole-v9'; did you mean"),
    ("evaluate.env", "Acrobot-v1", r"first\.evaluate\.env: expected the spaces that members train on, .*, got .*; "),
    ("evaluate.env", {"id": 3}, r"evaluate\.env\.id: expected the id of a registered Gymnasium environment, got 3"),
    ("train.wrappers", ["gymnasium.wrappers.Nothing"], r"first\.env: expected the dotted path of a wrapper, got 'gymn"),
    (
        "train.wrappers", ["gymnasium.wrappers.TimeAwareObservation"],
        r"first\.train\.wrappers: expected the spaces that members train on, .*, got .*; write an environment, or",
    ),
    (
        "algorithm.hyperparameters.policy_kwargs", {"features_extractor_class": "nowhere.nets.Tiny"},
        r"yaml: algorithm: expected modules that Python can import, got 'nowhere\.nets': No module named 'nowhere'",
    ),
    (
        "algorithm.hyperparameters.policy_kwargs", "dict(features_extractor_class=tests.field.Cue)",
        r"features_extractor_class: expected the dotted path of a class .*, got 'tests\.field\.Cue'; write for example",
    ),
    ("generations.first.env", {"id": "CartPole-v1", "at_once": 0}, r"at_once: expected a positive number of copies"),
    (
        "generations.first.env", {"id": "CartPole-v1", "at_once": 1},
        r"first\.algorithm\.n_envs: expected at most env\.at_once 1, got 2; write n_envs: 1",
    ),
    ("train.device", "gpu", r"train\.device: expected cpu or cuda \(.*\), got 'gpu'; write for example cuda"),
    ("train.device", "cuda:0", r"train\.device: expected cpu or cuda \(.*\), got 'cuda:0'; write for example cuda"),
    ("device", "cuda", r"device: unknown key; write device in train"),
    ("train.patience_steps", 0, r"train\.patience_steps: expected a positive number of steps without a better curve"),
    ("generations.second.after", "frist", r"second\.after: expected founders or one of first, second, got 'frist'"),
    ("generations.first.after", "second", r"first\.after: expected a chain .* got a cycle of first, second"),
    (
        "generations.first.env",
        "CartPole-v9",
        r"first\.env: expected the id .* got 'CartPole-v9'; did you mean CartPole",
    ),
    (
        "generations.first.env",
        "nowhere:Thing-v0",
        r"first\.env: nowhere:Thing-v0 needs the package nowhere: No module named 'nowhere'",
    ),
    (
        "generations.first.import", ["my-pkg"],
        r"generations\.first\.import\.0: expected a list of modules .*, got 'my-pkg'; write for example \[mypkg\]",
    ),
    ("generations.first.import", ["a", 3], r"generations\.first\.import\.1: expected a list of modules .*, got 3; wri"),
    ("import", "mypkg", r"yaml: import: expected a list of modules .*, got 'mypkg'; write for example \[mypkg\]"),
    ("import", ["no.where"], r"yaml: import: expected modules .*, got 'no\.where': No module named 'no'; install it"),
    ("generations.first.import", ["nowhere"], r": generations\.first\.import: expected modules .*, got 'nowhere': No"),
    ("imports", ["mypkg"], r"imports: unknown key; did you mean import\?"),
    ("generations.first.env", "Nobody-s-v0", r"got 'Nobody-s-v0'; .*; for one of your own write import: \[.*\] besi"),
    ("generations.first.env", {"id": "CartPole-v1", "kwargs": {"speed": 2}}, r"first\.env: CartPole-v1 cannot be made"),
    (
        "generations.first.env",
        {"id": "CartPole-v1", "wrappers": ["gymnasium.wrappers.Nothing"]},
        r"first\.env: expected the dotted path of a wrapper, got 'gymnasium\.wrappers\.Nothing'",
    ),
    ("generations.first.algorithm", {"name": "SAC"}, r"generations\.first\.algorithm: SAC .* cannot take CartPole-v1"),
    ("algorithm.policy", "CnnPolicy", r"algorithm: PPO with CnnPolicy cannot take CartPole-v1"),
    ("algorithm.name", "PPOO", r"algorithm\.name: expected an algorithm of .* got 'PPOO'; did you mean PPO\?"),
    ("algorithm.hyperparameters.n_step", 8, r"hyperparameters\.n_step: PPO has no such argument; did you mean n_steps"),
    (
        "algorithm.hyperparameters.n_steps",
        "8",
        r"hyperparameters\.n_steps: expected a value like the default 2048, got",
    ),
    ("algorithm.hyperparameters.learning_rate", "lin_x", r"learning_rate: expected a number after lin_, got 'lin_x'"),
    (
        "algorithm.hyperparameters.policy_kwargs",
        {"activation_fn": "Tahn"},
        r"expected a class of torch\.nn, got 'Tahn'",
    ),
    ("generations.founders", {"after": "first"}, r"generations\.founders"),
    ("control.generations", ["third"], r"control\.generations: expected names out of first, second, got 'third'"),
    ("control.budget", "ancestors", r"control\.budget: expected lineage or matched, got 'ancestors'; write"),
    ("control", None, r"yaml: control: expected which generations have one, got nothing; write for example controls:"),
    ("controls", {"scratch": {"generations": []}}, r"controls\.scratch: expected another name, because control"),
    ("controls", {"m01": {"generations": []}}, r"controls\.m01: expected a name of at most 64 letters, .* of members"),
    ("controls", {"inherited": {"generations": []}}, r"controls\.inherited: expected a name .* other than .*inherited"),
    ("controls", {"a b": {"generations": []}}, r"controls\.a b: expected a name of at most 64 letters, digits"),
    ("controls", {"c": {"generations": ["third"]}}, r"controls\.c\.generations: expected names out of first, second"),
    ("controls", {"c": {"generations": ["first", "first"]}}, r"controls\.c\.generations: expected every generation"),
    ("controls", {"c": {"budget": "matched"}}, r"controls\.c\.generations: expected a list of .*, got nothing"),
    ("controls", {"c": {"generations": [], "budget": "lineage"}}, r"controls\.c\.budget: expected matched, ances"),
    ("controls", {"c": {"generations": [], "select": 1}}, r"controls\.c\.select: expected true or false, got 1; write"),
    ("controls", {"c": {"generations": [], "selects": 1}}, r"controls\.c\.selects: unknown key; did you mean select\?"),
    ("controls", {"c": {"generations": [], "algorithm": {"n_env": 1}}}, r"c\.algorithm\.n_env: unknown key; did you"),
    ("controls", {"c": 3}, r"controls\.c: expected a mapping of controls by name, empty for none, got 3; write"),
    (
        "controls", {"c": {"generations": ["first"], "algorithm": {"name": "SAC"}}},
        r"controls\.c\.algorithm: SAC .* cannot take CartPole-v1",
    ),
    (
        "controls", {"c": {"generations": ["first"], "algorithm": {"hyperparameters": {"n_steps": 512}}}},
        r"controls\.c\.budget: expected at least one rollout of 1024 steps, got 128",
    ),
    (
        "controls", {"c": {"generations": ["first"], "algorithm": {"hyperparameters": {"stats_window_size": 50}}}},
        r"controls\.c\.algorithm\.hyperparameters\.stats_window_size: expected train\.window to say it, which is 100",
    ),
    ("generations.first.controls", {}, r"generations\.first\.controls: unknown key; write controls beside generations"),
    ("inherit.immigrants", 3, r"inherit\.immigrants: expected at most population 2, got 3"),
    ("gate.rule", "luck", r"gate\.rule: expected mean, lower_bound, .* got 'luck'; write for example lower_bound"),
    ("gate", {"rule": "top"}, r"first\.gate\.at_most: expected a value, which rule top needs, got nothing"),
    ("gate", {"rule": "champion"}, r"first\.gate\.champion: expected a value, which rule champion needs"),
    ("gate", {"rule": "champion", "champion": "parent"}, r"first\.gate\.champion: .* because first has no parent"),
    (
        "gate",
        {"rule": "quantile", "quantile": 0.1},
        r"first\.evaluate\.episodes: expected at least 29, which rule quantile needs, got 12",
    ),
    ("gate.effect", 0, r"gate\.effect: expected a positive number of standard deviations, got 0"),
    ("evaluate.select_episodes", 8, r"first\.evaluate\.finalists: expected a number, which select_episodes needs"),
    (
        "algorithm.hyperparameters.stats_window_size",
        50,
        r"size: expected train\.window to say it, which is 100, got 50; write train: \{window: 50\}",
    ),
    ("generations.second.seed_name", "first", r"first\.seed_name: expected a name that no other .*, got 'first'"),
    ("evaluate.step_limit", 0, r"evaluate\.step_limit: expected a positive number of steps per episode, got 0"),
    ("generations.first.threshold", "registred", r"first\.threshold: expected the return .*, or registered, got 'reg"),
    ("inherit.operator", "kopie", r"inherit\.operator: expected one of copy, actor, .*, got 'kopie'; write"),
    ("inherit.critic", "kept", r"inherit\.critic: expected keep, reset or blend, .*, got 'kept'; write"),
    ("inherit.optimiser", "keep", r"inherit\.optimiser: unknown key; did you mean optimizer\?"),
    ("inherit.parent_share", 1.5, r"inherit\.parent_share: expected the parent's share .*, got 1\.5; write for"),
    ("inherit.soup", 1, r"inherit\.soup: expected at least 2 siblings to average, got 1"),
    ("inherit.perturb", {"learning_rate": [0, 2]}, r"inherit\.perturb.*: expected hyperparameters with two positive"),
    ("inherit.perturb", {"n_steps": [0.5, 2]}, r"inherit\.perturb\.n_steps: expected one of clip_range, .*'n_steps'"),
    (
        "generations.second.inherit", {"perturb": {"target_kl": [0.5, 2]}},
        r"second\.inherit\.perturb\.target_kl: expected a hyperparameter with a number, got None; leave it out",
    ),
    (
        "generations.second.inherit", {"operator": "features", "optimizer": "keep"},
        r"second\.inherit\.optimizer: expected reset, because features changes what the moments belong to, got keep",
    ),
    ("gate", {"when_none": "extend"}, r"first\.gate\.extend_budget: expected a value, which when_none: extend needs"),
    (
        "gate",
        {"when_none": "extend", "extend_budget": 64, "approval": "required"},
        r"first\.gate\.approval: expected none, because an answer holds for one evaluation and .*, got 'required'",
    ),
    ("gate", {"when_none": "extend", "extend_budget": 63}, r"gate\.extend_budget: expected at least one rollout of 64"),
    ("inherit.distil", {"states": 0}, r"inherit\.distil\.states: expected a positive number of .*, got 0"),
    ("generations", {}, r"generations: expected a mapping with at least one generation"),
    ("train", 3, r"train: expected a mapping, got 3"),
    (
        "algorithm.hyperparameters", {"device": "cuda"},
        r"first\.algorithm\.hyperparameters\.device: expected what heredity does not set itself, got 'cuda': "
        r"write train: \{device: cuda\}, or leave it out for the CPU",
    ),
    ("algorithm.hyperparameters", {"seed": 3}, r"hyperparameters\.seed: .*, got 3: .*; write seed: beside study:"),
    ("algorithm.hyperparameters", {"env": "X-v0"}, r"hyperparameters\.env: .*, got 'X-v0': write env: in the g"),
    ("generations.first.train", {"engine": "jax"}, r"first\.train\.engine: expected auto, cohort or sb3, got 'jax'"),
    (
        "generations.first",
        {
            "after": "founders", "env": "CartPole-v1", "budget": 128, "algorithm": {"name": "A2C"},
            "train": {"engine": "cohort"},
        },
        r"generations\.first: train\.engine: cohort trains PPO alone, not A2C; write auto or sb3",
    ),
    (
        "generations.first",
        {
            "after": "founders", "budget": 128, "env": {"id": "CartPole-v1", "kwargs": {"sutton_barto_reward": True}},
            "train": {"engine": "cohort", "environments": "envpool"},
        },
        r"generations\.first: train\.environments: envpool cannot make CartPole-v1: it takes no arguments",
    ),
    (
        "train", {"engine": "cohort", "device": "cuda", "environments": "gymnasium"},
        r"first: train\.engine: cohort trains on twins alone where train\.device is cuda, not on gymnasium; write",
    ),
    (
        "train", {"engine": "cohort", "device": "cuda", "wrappers": ["tests.field.Tenfold"]},
        r"first: train\.engine: cohort trains on twins alone where train\.device is cuda, and members train in wrap",
    ),
    (
        "generations.second", {**HEIRS, "train": CUDA, "inherit": {"operator": "kickstart"}},
        r"second: train\.engine: cohort knows no kickstart where train\.device is cuda; write auto or sb3",
    ),
    (
        "generations.second", {**HEIRS, "train": CUDA, "inherit": {"update_share": 0.9}},
        r"second: train\.engine: cohort knows no update_share where train\.device is cuda; write auto or sb3",
    ),
]
# fmt: on


@pytest.mark.parametrize(("key", "value", "message"), MISTAKES, ids=[f"{key}={value}" for key, value, _ in MISTAKES])
def test_a_mistake_is_refused_by_name_and_with_what_to_write(tiny, write_study, key, value, message):
    put(tiny, key, value)
    path = write_study(tiny)
    with pytest.raises(StudyError, match=message) as refusal:
        checked_study(path.read_text(), path, here)
    assert str(refusal.value).startswith(f"{path}: ")
    assert "\n" not in str(refusal.value)


def test_a_key_that_is_misspelt_is_named_and_not_the_one_that_is_missing_for_it(tiny, write_study):
    tiny["populaton"] = tiny.pop("population")
    with pytest.raises(StudyError, match=r"yaml: populaton: unknown key; did you mean population\?$"):
        load_study(write_study(tiny))


def test_a_missing_threshold_is_refused_where_the_environment_registers_none(tiny, write_study):
    tiny["generations"]["first"] = {"after": "founders", "env": "Acrobot-v1", "budget": 128}
    check_study(load_study(write_study(tiny)))  # Acrobot registers -100
    tiny["generations"]["first"]["threshold"] = "registered"
    assert make_task(load_study(write_study(tiny)), "first").threshold == -100
    tiny["generations"]["first"]["env"] = {
        "id": "MiniGrid-DoorKey-5x5-v0", "wrappers": ["heredity.wrappers.FlatView"],
    }  # fmt: skip
    with pytest.raises(StudyError, match=r"first\.threshold: expected a number, because MiniGrid-DoorKey-5x5-v0"):
        check_study(load_study(write_study(tiny)))


def test_a_study_that_would_ask_hindsight_for_goals_too_early_is_warned(tiny, write_study, caplog):
    hindsight = {"replay_buffer_class": "HerReplayBuffer", "learning_starts": 19, "buffer_size": 50}
    tiny["algorithm"] = {"name": "SAC", "policy": "MultiInputPolicy", "n_envs": 2, "hyperparameters": hindsight}
    for node in tiny["generations"].values():
        node.update(env="Goal-v0")
    tiny["import"], said = (
        ["tests.field"],
        r"learning_starts: HerReplayBuffer has nothing .* 20 steps, got 19; write lea",
    )
    check_study(load_study(write_study(tiny)))
    assert re.search(said, caplog.text)
    caplog.clear()
    hindsight["learning_starts"] = 20
    check_study(load_study(write_study(tiny)))
    assert not re.search("HerReplayBuffer", caplog.text)


def test_two_roots_that_share_a_name_are_refused(write_study):
    text = "study: x\ngenerations:\n  a: {after: founders}\n  a: {after: founders}\n"
    with pytest.raises(StudyError, match=r'line 4: found duplicate key "a"'):
        load_study(write_study(text))


@pytest.mark.parametrize(("text", "message"), [("study: [", "line 1"), ("- 1", "expected a mapping"), ("", "mapping")])
def test_a_file_that_is_no_study_is_refused(write_study, text, message):
    with pytest.raises(StudyError, match=message):
        load_study(write_study(text))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"nowhere\.yaml: no such file"):
        load_study(tmp_path / "nowhere.yaml")


def test_a_single_generation_without_control_is_a_study(tiny, write_study):
    del tiny["generations"]["second"]
    tiny["control"]["generations"] = []
    study = load_study(write_study(tiny))
    assert study.order() == ("first",)


def test_a_generation_overrides_parts_of_a_section(tiny, write_study):
    tiny["generations"]["second"]["gate"] = {"confidence": 0.8}
    tiny["generations"]["second"]["algorithm"] = {"hyperparameters": {"gamma": 0.9}}
    study = load_study(write_study(tiny))
    assert study.generations["second"].gate.confidence == 0.8
    assert study.generations["second"].gate.when_none == "best"
    assert study.generations["first"].gate.confidence == 0.95
    assert study.generations["second"].algorithm.hyperparameters == {
        "n_steps": 32, "batch_size": 64, "n_epochs": 1, "gamma": 0.9,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("gate", "of_first", "inherit", "of_second", "kept", "most"),
    [
        ({"at_most": 3}, {}, {}, {}, None, (None, 3)),  # of the study, for those who have a gate before them
        ({}, {"at_most": 2}, {}, {}, None, (None, 2)),
        ({"at_most": 3}, {"at_most": 2}, {}, {}, None, (None, 2)),
        ({"at_most": 3}, {}, {}, {"at_most": 1}, None, (None, 1)),
        ({"at_most": 3}, {}, {"at_most": 4}, {}, None, (4, 4)),
        ({"at_most": 3}, {}, {}, {"at_most": None}, None, (None, None)),
        ({"at_most": 20_000}, {}, {}, {}, None, (None, 20_000)),
        ({"rule": "top", "at_most": 3}, {}, {}, {}, 3, (None, None)),
        ({"at_most": 3}, {"rule": "top"}, {}, {}, 3, (None, None)),
        ({"rule": "top", "at_most": 3}, {"rule": "mean"}, {}, {}, None, (None, 3)),
    ],
)
def test_a_gates_limit_is_that_of_those_who_inherit_from_it_but_where_its_rule_is_made_of_it(
    tiny, write_study, gate, of_first, inherit, of_second, kept, most
):
    tiny |= {"gate": gate, "inherit": inherit}
    tiny["generations"]["first"]["gate"] = of_first
    tiny["generations"]["second"]["inherit"] = of_second
    first, second = load_study(write_study(tiny)).generations.values()
    assert first.gate.at_most == kept
    assert (first.inherit.at_most, second.inherit.at_most) == most


def test_a_generation_imports_what_the_study_does_or_what_it_says_itself(tiny, write_study):
    assert load_study(write_study(tiny)).generations["first"].imports == ()
    tiny["import"] = ["json", "os.path"]
    tiny["generations"]["second"]["import"] = []
    study = load_study(write_study(tiny))
    assert (study.generations["first"].imports, study.generations["second"].imports) == (("json", "os.path"), ())


def test_an_id_with_a_colon_is_refused_where_dvc_cannot_read_it_and_taken_where_it_can(write_study):
    text = (CHECKOUT / "params.yaml").read_text().replace("MiniGrid-DoorKey-5x5-v0", "minigrid:MiniGrid-DoorKey-5x5-v0")
    message = (
        r"line 19: generations\.small\.env\.id: .*; write import: \[minigrid\] beside env: MiniGrid-DoorKey-5x5-v0"
    )
    with pytest.raises(StudyError, match=message):
        load_study(write_study(text))
    quoted = text.replace("minigrid:MiniGrid-DoorKey-5x5-v0", "'minigrid:MiniGrid-DoorKey-5x5-v0'")
    assert load_study(write_study(quoted)).generations["small"].env.id == "minigrid:MiniGrid-DoorKey-5x5-v0"
    plain = text.replace("env: {id: minigrid:", "import: [minigrid], env: {id: ")
    small = load_study(write_study(plain)).generations["small"]
    assert (small.imports, small.env.id) == (("minigrid",), "MiniGrid-DoorKey-5x5-v0")


def test_another_algorithm_does_not_take_over_the_hyperparameters(tiny, write_study):
    tiny["generations"]["second"]["algorithm"] = {"name": "DQN"}
    study = load_study(write_study(tiny))
    assert study.generations["second"].algorithm.hyperparameters == {}


def test_generations_form_a_tree_with_parents_first(tiny, write_study):
    nodes = tiny["generations"]
    tiny["generations"] = {"second": nodes["second"], "third": {**nodes["second"], "after": "second"}, **nodes}
    study = load_study(write_study(tiny))
    assert study.order() == ("first", "second", "third")
    assert study.ancestors("third") == ("first", "second")
    assert study.children("first") == ("second",)


def test_the_controls_budget_counts_the_ancestors_or_not(tiny, write_study):
    assert load_study(write_study(tiny)).control_budget("second", "scratch") == 256
    tiny["control"]["budget"] = "matched"
    assert load_study(write_study(tiny)).control_budget("second", "scratch") == 128


def test_the_control_is_one_of_them_and_stands_first(tiny, write_study):
    tiny["controls"] = {"other": {"generations": ["first", "second"], "budget": "population"}}
    study = load_study(write_study(tiny))
    assert study.control_names == ("scratch", "other")
    assert {name: list(node.controls) for name, node in study.generations.items()} == {
        "first": ["other"], "second": ["scratch", "other"],
    }  # fmt: skip
    assert study.generations["second"].controls["scratch"].budget == "ancestors"


def test_controls_alone_say_all_and_may_be_none(tiny, write_study):
    del tiny["control"]
    tiny["controls"] = {}
    assert load_study(write_study(tiny)).controlled == ()
    tiny["controls"] = {"fresh": {"generations": ["second"]}}
    study = load_study(write_study(tiny))
    assert (study.controlled, study.control_budget("second", "fresh")) == (("second",), 128)
    assert not study.generations["second"].controls["fresh"].select


def test_a_populations_budget_is_what_all_members_of_all_its_generations_may_take(tiny, write_study):
    tiny["population"] = 3
    tiny["generations"]["first"] |= {"gate": {"when_none": "extend", "extend_budget": 64}}
    tiny["controls"] = {"whole": {"generations": ["first", "second"], "budget": "population"}}
    study = load_study(write_study(tiny))
    assert study.control_budget("first", "whole") == 3 * (128 + 64)
    assert study.control_budget("second", "whole") == 3 * (128 + 64 + 128)


def test_a_control_overrides_parts_of_its_generations_algorithm_as_a_generation_does(tiny, write_study):
    tiny["generations"]["second"]["algorithm"] = {"hyperparameters": {"gamma": 0.9}}
    tiny["controls"] = {
        "slow": {"generations": ["first", "second"], "algorithm": {"hyperparameters": {"learning_rate": 0.1}}},
        "other": {"generations": ["second"], "algorithm": {"name": "A2C"}},
    }
    study = load_study(write_study(tiny))
    shared = {"n_steps": 32, "batch_size": 64, "n_epochs": 1, "learning_rate": 0.1}
    first, second = (study.generations[name].controls for name in ("first", "second"))
    assert first["slow"].algorithm.hyperparameters == shared
    assert second["slow"].algorithm.hyperparameters == {**shared, "gamma": 0.9}
    assert (second["other"].algorithm.name, second["other"].algorithm.hyperparameters) == ("A2C", {})
    assert second["scratch"].algorithm == study.generations["second"].algorithm


def test_no_control_is_chosen_from_by_a_match_against_a_parent(tiny, write_study):
    tiny["generations"]["second"]["gate"] = {"rule": "champion", "champion": "parent"}
    tiny["controls"] = {"best": {"generations": ["second"], "select": True}}
    with pytest.raises(
        StudyError, match=r"controls\.best\.select: expected false, because the gate of second compares"
    ):
        load_study(write_study(tiny))


def test_numbers_are_read_as_yaml_1_2_like_dvc_does(tiny, write_study):
    tiny["algorithm"]["hyperparameters"]["learning_rate"] = "LR"
    path = write_study(tiny)
    path.write_text(path.read_text().replace("LR", "1e-3"))
    assert load_study(path).algorithm.hyperparameters["learning_rate"] == 0.001


def test_the_study_in_the_repository_can_run():
    study = load_study(Path(__file__).parent.parent.parent / "params.yaml")
    check_study(study)
    assert study.controlled


def test_check_refuses_on_one_line_with_exit_code_2(tiny, write_study):
    tiny["gate"]["confidense"] = 0.9
    command = [sys.executable, "-m", "heredity.cli", "check", "--params", str(write_study(tiny))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"})
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
