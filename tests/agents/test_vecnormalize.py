"""Statistics that others pickled are read without unpickling, and a hostile file does no harm."""

import pickle

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heredity.agents.archives import unpack_zip
from heredity.agents.founders import read_founder
from heredity.agents.normalizer import read_normalizer
from heredity.agents.vecnormalize import read_vecnormalize
from heredity.errors import AgentError
from tests.agents.examples import FRESH, Bomb, normalizing


class Both(gymnasium.ObservationWrapper):
    """CartPole with a dictionary of observations."""

    def __init__(self, env):
        super().__init__(env)
        self.observation_space = gymnasium.spaces.Dict({"pole": env.observation_space})

    def observation(self, observation):
        return {"pole": observation}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_statistics_are_read_from_every_protocol(protocol):
    envs = normalizing()
    arrays = read_normalizer(read_vecnormalize(pickle.dumps(envs, protocol)))
    for name, statistics in (("observation", envs.obs_rms), ("reward", envs.ret_rms)):
        for moment in ("mean", "var", "count"):
            np.testing.assert_array_equal(arrays[f"{name}.{moment}"], getattr(statistics, moment))


def test_statistics_of_dictionaries_and_of_rewards_alone_are_read():
    both = normalizing(lambda: Both(gymnasium.make("CartPole-v1")))
    arrays = read_normalizer(read_vecnormalize(pickle.dumps(both)))
    np.testing.assert_array_equal(arrays["observation.pole.mean"], both.obs_rms["pole"].mean)
    alone = read_normalizer(read_vecnormalize(pickle.dumps(normalizing(norm_obs=False))))
    assert set(alone) == {"reward.mean", "reward.var", "reward.count"}


def test_statistics_with_other_limits_are_refused():
    with pytest.raises(AgentError, match=r"expected clip_obs 10, with which heredity normalises, got 5\.0"):
        read_vecnormalize(pickle.dumps(normalizing(clip_obs=5.0)))


class Named:
    """Pickles as a call of any dotted name."""

    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return (self.call, self.arguments)


def hostile_pickles(touched):
    envs = normalizing()
    whole = pickle.dumps(envs)
    envs.ret_rms.mean = Bomb(touched)
    inside = pickle.dumps(envs)
    envs.ret_rms.mean = Named(np.zeros, 10**12)
    calls = pickle.dumps(envs)
    envs.ret_rms.mean = "a string"
    text = pickle.dumps(envs)
    envs.ret_rms.mean = float("nan")
    return {
        "nothing else is read, got one that names (io|_io)": [pickle.dumps(Bomb(touched)), inside],
        "nothing else is read, got one that names numpy": [calls],
        r"reward\.mean as numbers": [text],
        r"reward\.mean of finite numbers": [pickle.dumps(envs)],
        "the instruction": [
            b"cos\nsystem\n(S'touch x'\ntR.",  # protocol 0
            b"\x80\x02(ios\nsystem\n.",
            b"\x80\x02\x82\x01.",  # a name from copyreg's table
            b"\x80\x02U\x01xQ.",  # a persistent id
        ],
        "got .* other bytes|expected a pickled VecNormalize": [
            b"", b"not a pickle", whole[: len(whole) // 2], whole[:-1], b"\x80\x04\x96" + b"\xff" * 8 + b".",
            b"\x80\x02}.", b"\x80\x04N.", b"\x80\x02cstable_baselines3.common.vec_env.vec_normalize\nVecNormalize\n.",
        ],
    }  # fmt: skip


def test_hostile_statistics_are_refused_in_one_line_and_do_nothing(tmp_path):
    (tmp_path / "model.zip").write_bytes(FRESH.model)
    for message, contents in hostile_pickles(tmp_path / "touched").items():
        for content in contents:
            (tmp_path / "vecnormalize.pkl").write_bytes(content)
            with pytest.raises(AgentError, match=rf"vecnormalize\.pkl: .*({message})") as refusal:
                read_founder(tmp_path / "model.zip")
            assert "\n" not in str(refusal.value)
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["model.zip", "vecnormalize.pkl"]


WHOLE = pickle.dumps(normalizing())


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damaged_statistics_are_read_or_refused_and_nothing_else(data):
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_vecnormalize(bytes(content[: data.draw(st.integers(0, len(content)))]))
    except AgentError as error:
        assert "\n" not in str(error)


@given(content=st.binary(max_size=200))
def test_random_bytes_are_refused(content):
    for read in (read_vecnormalize, unpack_zip, read_normalizer):
        with pytest.raises(AgentError):
            read(content)
