from dataclasses import replace

import pytest

from heredity.report import methods as methods_module
from heredity.report.methods import methods, versions
from heredity.study.inherit_rule import InheritRule


def test_the_methods_paragraph_states_the_studys_numbers(results):
    text = methods(results)
    assert "2 generations of 3 members each" in text
    assert (
        "PPO (MlpPolicy, 2 environments per member, n_steps 32; by default learning_rate 0.0003, batch_size 64," in text
    )
    assert (
        "neither observations nor rewards normalized, trained by the engine auto on environments of its choice" in text
    )
    assert "second (after first) learned CartPole-v1 for at most 1,000 environment steps per member" in text
    assert (
        "Members of second descend from at most the best 2 of those that passed, by the gate's episodes, by the "
        "operator copy (optimizer reset, no immigrants)." in text
    )
    assert "second (1,000 steps per member)" in text
    assert "survivors (the first 16 in the gate's order) are over 100 further episodes that did not choose them" in text
    assert "study seed 7" in text


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "all that passed, by the gate's episodes, by the operator copy"),
        (
            {"rank": "next", "at_most": 3, "rank_episodes": 30},
            "from at most the best 3 of those that passed, by 30 untrained episodes on the next task, by the operator",
        ),
        (
            {"donors": "random", "at_most": 3},
            "members drawn at random, as many as the best 3 of those that passed, by the",
        ),
        ({"donors": "random"}, "members drawn at random, as many as all that passed, by the operator copy"),
        ({"donors": "failed"}, "all that did not pass, by the gate's episodes, by the operator copy"),
        (
            {"donors": "failed", "at_most": 1},
            "the best 1 of those that did not pass, by the gate's episodes, by the op",
        ),
        (
            {"donors": "worst", "at_most": 2, "rank": "next"},
            "the worst of all members, as many as the best 2 of those that passed, by 20 untrained episodes on",
        ),
        (
            {"rank": "next", "immigrants": 1, "compete": True},
            "(optimizer reset, 1 immigrant, each where it played better than a parent there)",
        ),
    ],
)
def test_the_methods_paragraph_says_of_whom_members_are_heirs(results, rule, words):
    study = results.study
    nodes = {name: node.model_copy(update={"inherit": InheritRule(**rule)}) for name, node in study.generations.items()}
    outcomes = tuple(replace(outcome, node=nodes[outcome.name]) for outcome in results.outcomes)
    text = methods(replace(results, outcomes=outcomes))
    assert words in text
    assert "Members of first" not in text  # which begins from random weights
    founded = replace(results, outcomes=outcomes, study=study.model_copy(update={"founders": ("f.zip",)}))
    assert "Members of first" in methods(founded)


def test_the_methods_paragraph_says_which_founders_had_heirs(results):
    def said(**rule):
        node = results.outcomes[0].node.model_copy(update={"inherit": InheritRule(**rule)})
        outcomes = (replace(results.outcomes[0], node=node), results.outcomes[1])
        study = results.study.model_copy(update={"founders": ("f.zip", "g.zip")})
        return methods(replace(results, outcomes=outcomes, study=study))

    for rule, words in (
        ({}, "the founders, by the operator"),
        ({"at_most": 1}, "the first 1 of the founders, by the operator"),
        ({"at_most": 1, "rank": "next"}, "the best 1 of the founders, by 20 untrained episodes on the next task, by"),
        (
            {"donors": "random", "at_most": 1},
            "founders drawn at random, as many as the first 1 of the founders, by the",
        ),
    ):
        assert f"Members of first descend from {words}" in said(**rule)


def test_the_methods_paragraph_says_what_every_control_was(several):
    text = methods(several.compared())
    assert (
        "seeds of their own: scratch on second (1,000 steps per member), longer on second (2,000 steps per member), "
        in text
    )
    picked = "(6,000 steps per member; by PPO, n_steps 64; those compared that pass the generation's gate, or the best"
    assert f"picked on second {picked}" in text


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("lineages", "over lineages, the datum of each being the mean over its members; the primary outcome (mean "
         "steps to the threshold) was tested by a permutation of lineages (unpaired, exact)"),
        ("members", "over members; the primary outcome"),
        ("parents", "over the inherited members' parents and the controls; nothing was tested"),
    ],
)  # fmt: skip
def test_the_methods_paragraph_says_what_was_counted_and_tested(written, unit, words):
    written.transfers["second"] = replace(written.transfers["second"], unit=unit)
    assert words in methods(written.write())


def test_the_methods_paragraph_says_how_often_the_lineage_was_repeated(results):
    repeated = replace(results, study=results.study.model_copy(update={"lineages": 6}))
    assert "3 members each, the whole lineage 6 times over from independent seeds, with heredity" in methods(repeated)
    assert "Controls of 3 members per lineage learned" in methods(repeated)


def test_the_methods_say_how_heritability_was_measured(written, results):
    text = methods(results)
    assert "S is the parents' mean return over episodes that did not choose them less that of all members" in text
    assert "less that of fresh weights, where no heritability was estimated; intervals are Student's given the" in text
    second = results.outcomes[1]
    heritability = replace(second.heritability, baseline="children of random members", unit="lineages")
    transfer = replace(second.transfer, heritability=heritability)
    of_lineages = replace(results, outcomes=(results.outcomes[0], replace(second, transfer=transfer)))
    text = methods(of_lineages)
    assert "children of random members, where its ratio to S is the heritability; intervals are Student's over" in text
    unknown = replace(transfer, heritability=None)
    alone = replace(results, outcomes=(results.outcomes[0], replace(second, transfer=unknown)))
    assert "Student's" not in methods(alone)


def test_versions_are_of_what_the_study_uses_and_not_of_what_is_installed_beside(results, monkeypatch):
    monkeypatch.setattr(methods_module, "version", lambda name: "1.2+cpu")
    study = results.study
    assert {"torch": "1.2", "gymnasium": "1.2"}.items() <= versions(study).items()
    assert not {"minigrid", "envpool"} & versions(study).keys()

    def of(**changed):
        nodes = {
            name: node.model_copy(update={"env": node.env.model_copy(update={"id": changed.get("id", node.env.id)}),
                                          "train": node.train.model_copy(update=changed.get("train", {}))})
            for name, node in study.generations.items()
        }  # fmt: skip
        return versions(study.model_copy(update={"generations": nodes}))

    assert "minigrid" in of(id="MiniGrid-Empty-5x5-v0")
    assert "envpool" in of(train={"environments": "envpool"})
    assert "jax" not in of(train={"engine": "sb3"})
    assert "jax" in of(train={"engine": "cohort"})
