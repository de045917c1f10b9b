"""Donors that are to be ranked by play have to be able to, which is said before anything trains."""

import pytest

from heredity.agents.agent import fresh_agent, write_agent
from heredity.agents.task import Task
from heredity.errors import StudyError
from heredity.pipeline.check import check_study
from heredity.study.load import load_study
from heredity.study.sections import Algorithm

PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 32})
UNFIT = r"generations\.first\.inherit\.rank: expected own, because founders\.0 cannot play CartPole-v1, got 'next': "


@pytest.fixture
def founded(tiny, write_study, tmp_path):
    """Return a function that checks a study begun from models of tasks, whose first generation inherits so."""

    def check(tasks, population=2, **rule):
        tiny["founders"], tiny["population"] = [], population
        for task in tasks:
            path = tmp_path / f"{task}.zip"
            write_agent(fresh_agent(PPO, Task(task), 0), path)
            tiny["founders"].append(str(path))
        tiny["generations"]["first"]["inherit"] = rule
        check_study(load_study(write_study(tiny)))

    return check


def test_founders_none_of_which_can_play_are_refused_and_one_that_can_is_enough(founded):
    founded(["Acrobot-v1"], rank="own")
    with pytest.raises(StudyError, match=UNFIT):
        founded(["Acrobot-v1"], rank="next")
    founded(["Acrobot-v1", "CartPole-v1"], rank="next")


def test_where_nobody_would_play_nobody_has_to_be_able_to(founded):
    founded(["Acrobot-v1"], rank="next", donors="random")
    with pytest.raises(StudyError, match=UNFIT):
        founded(["Acrobot-v1"], rank="next", donors="random", parents="proportional")
    with pytest.raises(StudyError, match=UNFIT):
        founded(["Acrobot-v1"], rank="next", donors="random", compete=True, immigrants=1)


def test_immigrants_that_compete_leave_no_place_that_nobody_inherits_in(tiny, write_study):
    wide, narrow = ({"n_steps": 32, "policy_kwargs": {"net_arch": [size]}} for size in (64, 8))
    tiny["generations"]["first"]["algorithm"] = {"hyperparameters": wide}
    tiny["generations"]["second"]["algorithm"] = {"hyperparameters": narrow}
    tiny["generations"]["second"]["inherit"] = {"immigrants": 2}
    tiny["control"] = {"generations": []}
    check_study(load_study(write_study(tiny)))
    tiny["generations"]["second"]["inherit"] = {"immigrants": 2, "rank": "next", "compete": True}
    with pytest.raises(
        StudyError, match=r"generations\.second: heirs of first: expected .* of shape \[8, 4\], got \[64, 4\]"
    ):
        check_study(load_study(write_study(tiny)))
