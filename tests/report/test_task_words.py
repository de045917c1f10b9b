"""A task is told from another one by all that makes it another."""

from dataclasses import replace

from heredity.report.best import best_table
from heredity.report.headline import verdicts
from heredity.report.methods import methods
from heredity.report.page import page
from heredity.report.task_words import LONGEST, setting_text, task_text
from heredity.study.sections import Environment, Wrapper


def test_a_task_is_named_with_its_arguments_and_its_wrappers():
    limit = Wrapper(name="gymnasium.wrappers.TimeLimit", kwargs={"max_episode_steps": 200})
    flat = Wrapper(name="heredity.wrappers.FlatView")
    env = Environment(id="LunarLander-v3", kwargs={"enable_wind": True, "wind_power": 5.0}, wrappers=(limit, flat))
    told = "LunarLander-v3 with enable_wind true, wind_power 5.0 in "
    assert task_text(env) == f"{told}TimeLimit(max_episode_steps 200) and FlatView"
    paths = f"{told}gymnasium.wrappers.TimeLimit(max_episode_steps 200) and heredity.wrappers.FlatView"
    assert task_text(env, paths=True) == paths
    assert task_text(Environment(id="CartPole-v1")) == "CartPole-v1"


def test_a_long_argument_is_shortened_and_stays_told_from_another():
    long = setting_text(list(range(100)))
    assert len(long) == LONGEST + 1
    assert (long[:6], long[-3:]) == ("[0, 1,", "99]")
    assert setting_text("plain") == "plain"


def test_three_winds_read_differently_wherever_a_task_is_named(results):
    first, second = results.outcomes
    told = set()
    for power in (0.0, 5.0, 15.0):
        env = Environment(id="LunarLander-v3", kwargs={"wind_power": power})
        windy = replace(results, outcomes=(first, replace(second, node=second.node.model_copy(update={"env": env}))))
        named = f"LunarLander-v3 with wind_power {power}"
        (verdict,), text = verdicts(windy), page(windy, {})
        assert named in verdict
        assert named in methods(windy)
        assert named in best_table(windy).rows[0][-1]
        assert text.count(f"<h3>second <span>{named}</span></h3>") == 2  # learning curves and transfer
        assert f"second: {named}</p>" in text  # above the headline
        told.add((verdict, methods(windy)))
    assert len(told) == 3
