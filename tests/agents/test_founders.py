"""Founders from anywhere, and a hostile zip, which does no harm and is refused in one line."""

import base64
import io
import json
import pickle
import zipfile

import numpy as np
import pytest
import sb3_contrib
import stable_baselines3
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heredity.agents.agent import canonical, read_algorithm, read_tensors, read_zipped, unpack
from heredity.agents.archives import pack_zip, unpack_zip
from heredity.agents.founders import algorithm_of, read_founder
from heredity.errors import AgentError
from heredity.evaluation.episodes import evaluate
from heredity.inheritance.heirs import inherit
from heredity.study.inherit_rule import InheritRule
from tests.agents.examples import CARTPOLE, FRESH, PPO, Bomb, normalizing
from tests.masked import STEPS, masked


@pytest.mark.parametrize("place", ["vecnormalize.pkl", "vec_normalize.pkl", "model/vecnormalize.pkl"])
def test_a_plain_zip_with_its_statistics_becomes_a_founder_that_acts_the_same(tmp_path, place):
    envs = normalizing()
    model = stable_baselines3.PPO("MlpPolicy", envs, n_steps=16, batch_size=16, seed=0, device="cpu")
    model.learn(64)
    model.save(tmp_path / "model.zip")
    (tmp_path / place).parent.mkdir(exist_ok=True)
    envs.save(str(tmp_path / place))
    founder = canonical(read_founder(tmp_path / "model.zip"))
    algorithm = algorithm_of(founder)
    assert (algorithm.name, algorithm.normalize.observation) == ("PPO", True)
    [heir] = inherit({"f00": founder}, CARTPOLE, InheritRule(), population=1, seed=0, algorithm=algorithm)
    ours = unpack(heir.agent, algorithm, CARTPOLE, 0, 0)
    raw = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    acts = [
        each.predict(each.get_vec_normalize_env().normalize_obs(raw), deterministic=True)[0] for each in (ours, model)
    ]
    np.testing.assert_array_equal(*acts)


def test_a_foreign_zip_tells_its_algorithm_and_networks_in_plain_text(tmp_path):
    for name, keywords in (
        ("DQN", {"net_arch": [32, 16]}),
        ("PPO", {"net_arch": {"pi": [8], "vf": [16, 8]}, "activation_fn": torch.nn.ReLU}),
    ):
        model = getattr(stable_baselines3, name)("MlpPolicy", "CartPole-v1", policy_kwargs=keywords, device="cpu")
        model.save(tmp_path / "model.zip")
        founder = read_founder(tmp_path / "model.zip")
        with pytest.raises(AgentError, match=r"expected heredity\.json"):
            read_algorithm(founder)
        algorithm = algorithm_of(founder)
        assert algorithm.name == name
        assert algorithm.hyperparameters["policy_kwargs"]["net_arch"] == keywords["net_arch"]
        played = evaluate(founder, CARTPOLE, episodes=3, seed=0, algorithm=algorithm)
        assert played.returns.min() >= 8


def test_a_foreign_policy_that_is_told_what_is_allowed_is_known_by_its_zip(tmp_path):
    sb3_contrib.MaskablePPO("MlpPolicy", masked().make(), device="cpu").save(tmp_path / "model.zip")
    founder = read_founder(tmp_path / "model.zip")
    algorithm = algorithm_of(founder)
    assert algorithm.name == "MaskablePPO"
    assert set(evaluate(founder, masked(strict=True), episodes=3, seed=0, algorithm=algorithm).returns) == {STEPS}


def hostile_zips(touched):
    """Return zips that must be refused, by what is wrong with them."""
    members = unpack_zip(FRESH.model)

    def written(changes, compression=zipfile.ZIP_STORED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", compression) as archive:
            for name, content in {**members, **changes}.items():
                archive.writestr(name, content)
        return buffer.getvalue()

    def saved(value):
        buffer = io.BytesIO()
        torch.save(value, buffer)
        return buffer.getvalue()

    def bomb():
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data.pkl", bytes(256 << 20))
        return buffer.getvalue()

    legacy = io.BytesIO()
    torch.save({"w": torch.zeros(1)}, legacy, _use_new_zipfile_serialization=False)
    huge = torch.zeros(1).as_strided((1 << 20, 1 << 20), (0, 0))
    return {
        "names inside the zip": [written({name: b""}) for name in ("../evil", "/etc/evil", "a/../../evil", "C:\\evil")],
        "unpacks to at most": [written({"bomb": bytes(256 << 20)}, zipfile.ZIP_DEFLATED)],
        r"policy\.pth: expected nothing but tensors": [
            written({"policy.pth": content})
            for content in (
                saved(Bomb(touched)), pickle.dumps(Bomb(touched)), bomb(), legacy.getvalue(), b"PK", saved({"w": huge})
            )
        ],
        r"expected policy\.pth": [pack_zip({"data": b"{}"})],
    }  # fmt: skip


def test_hostile_zips_are_refused_in_one_line_and_do_nothing(tmp_path):
    touched, path = tmp_path / "touched", tmp_path / "model.zip"
    for message, contents in hostile_zips(touched).items():
        for content in contents:
            path.write_bytes(content)
            with pytest.raises(AgentError, match=rf"model\.zip: .*{message}") as refusal:
                read_founder(path)
            assert "\n" not in str(refusal.value)
    assert [file.name for file in tmp_path.rglob("*")] == ["model.zip"]


def test_a_name_that_comes_twice_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("data", b"{}")
        archive.writestr("data", b"{}")
    with pytest.raises(AgentError, match="every name in the zip once"):
        unpack_zip(buffer.getvalue())


def test_a_pickle_in_data_is_carried_and_never_opened(tmp_path):
    bomb = base64.b64encode(pickle.dumps(Bomb(tmp_path / "touched"))).decode()
    data = {"policy_class": {":type:": "x", ":serialized:": bomb}, "policy_kwargs": {":serialized:": bomb}}
    path = tmp_path / "model.zip"
    members = unpack_zip(FRESH.model)
    del members["heredity.json"]
    path.write_bytes(pack_zip({**members, "data": json.dumps(data).encode()}))
    founder = canonical(read_founder(path))
    [heir] = inherit({"f": founder}, CARTPOLE, InheritRule(), population=1, seed=0, algorithm=PPO)
    assert torch.equal(
        read_tensors(heir.agent)["policy"]["action_net.weight"], read_tensors(FRESH)["policy"]["action_net.weight"]
    )
    with pytest.raises(AgentError, match="expected an agent of stable_baselines3 or sb3_contrib"):
        algorithm_of(founder)
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"algorithm": {"name": 3}}', b"\xff"])
def test_a_forged_account_of_the_algorithm_is_refused(content):
    members = {**unpack_zip(FRESH.model), "heredity.json": content}
    with pytest.raises(AgentError, match=r"heredity\.json: expected the algorithm as heredity writes it"):
        read_algorithm(type(FRESH)(pack_zip(members)))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_zips_are_read_or_refused_and_nothing_else(tmp_path_factory, data):
    content = bytearray(FRESH.model)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("zip") / "model.zip"
    path.write_bytes(bytes(content[: data.draw(st.sampled_from([len(content), len(content) // 2, 100, 0]))]))
    try:
        read_zipped(path)
    except AgentError as error:
        assert "\n" not in str(error)
