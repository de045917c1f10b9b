"""Hyperparameters that drift from parent to child."""

from heredity.agents.agent import fresh_agent, read_algorithm
from heredity.inheritance.heirs import inherit
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm
from tests.inheritance.examples import CARTPOLE, PPO, A, heir


def test_hyperparameters_drift_within_their_factors_from_the_parents_own():
    rule = InheritRule(perturb={"learning_rate": (0.8, 1.25), "ent_coef": (1.0, 1.0)})
    parent = PPO.model_copy(update={"hyperparameters": {**PPO.hyperparameters, "learning_rate": 0.01, "ent_coef": 0.5}})
    heirs = inherit({"a": fresh_agent(parent, CARTPOLE, 0)}, CARTPOLE, rule, population=20, seed=0, algorithm=PPO)
    rates = [one.birth.hyperparameters["learning_rate"] for one in heirs]
    assert all(0.008 <= rate <= 0.0125 for rate in rates)
    assert len(set(rates)) == 20
    assert heirs[0].birth.hyperparameters["ent_coef"] == 0.5
    assert read_algorithm(heirs[0].agent).hyperparameters["learning_rate"] == rates[0]


def test_heirs_learn_with_the_hyperparameters_that_are_theirs_and_fresh_members_do_not():
    rule = InheritRule(hyperparameters={"learning_rate": 1e-4, "clip_range": "lin_0.1"}, immigrants=1)
    heir_, fresh = inherit({"a": A}, CARTPOLE, rule, population=2, seed=0, algorithm=PPO)
    assert heir_.birth.hyperparameters == {"learning_rate": 1e-4, "clip_range": "lin_0.1"}
    assert read_algorithm(heir_.agent).hyperparameters["learning_rate"] == 1e-4
    assert fresh.birth.hyperparameters == {} and "learning_rate" not in read_algorithm(fresh.agent).hyperparameters


def test_a_linear_schedule_stays_one_and_other_algorithms_values_are_not_taken():
    rule = {"perturb": {"learning_rate": (2.0, 2.0)}}
    linear = PPO.model_copy(update={"hyperparameters": {**PPO.hyperparameters, "learning_rate": "lin_0.001"}})
    assert heir(donors={"a": A}, algorithm=linear, **rule).birth.hyperparameters == {
        "learning_rate": 0.0006
    }  # A's own 0.0003
    assert heir(donors={"a": fresh_agent(linear, CARTPOLE, 0)}, algorithm=PPO, **rule).birth.hyperparameters == {
        "learning_rate": "lin_0.002"
    }
    a2c = Algorithm(name="A2C", n_envs=2)
    assert heir(donors={"a": A}, algorithm=a2c, **rule).birth.hyperparameters == {"learning_rate": 0.0014}
