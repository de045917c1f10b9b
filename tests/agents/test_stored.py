import pytest

import heredity
from heredity.agents.agent import Agent, fresh_agent, read_zipped
from heredity.agents.archives import pack_zip, unpack_zip
from heredity.agents.founders import read_founder
from heredity.agents.kept import copy_kept, is_kept, kept_digest, members_in
from heredity.agents.stored import keep_agents, read_agent, read_agents
from heredity.errors import AgentError
from tests.agents.examples import CARTPOLE, FRESH, PPO

WIDE = PPO.model_copy(update={"hyperparameters": {**PPO.hyperparameters, "policy_kwargs": {"net_arch": [8]}}})
OTHERS = Agent(pack_zip({name: each for name, each in unpack_zip(FRESH.model).items() if name != "heredity.json"}))
AGENTS = {f"l0{index}/m00": fresh_agent(PPO, CARTPOLE, index) for index in range(2)}
MIXED = {**AGENTS, "l02/m00": fresh_agent(WIDE, CARTPOLE, 0), "l03/m00": OTHERS}


@pytest.mark.parametrize(
    ("as_arrays", "files"),
    [
        (False, {"l00/m00.zip", "l01/m00.zip", "l02/m00.zip", "l03/m00.zip"}),
        (True, {"agents.npz", "agents.1.npz", "l03/m00.zip"}),
    ],
)
def test_agents_are_read_however_they_are_kept(tmp_path, as_arrays, files):
    keep_agents(tmp_path, MIXED, as_arrays=as_arrays)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")} == files
    assert members_in(tmp_path) == [*MIXED]
    assert read_agents(tmp_path) == MIXED
    assert read_agents(tmp_path, ["l02/m00", "l00/m00"]) == {name: MIXED[name] for name in ("l02/m00", "l00/m00")}
    for name, agent in MIXED.items():
        path = tmp_path / f"{name}.zip"
        assert is_kept(path)
        assert heredity.read_agent(str(path)) == read_agent(path) == agent
        assert kept_digest(path) == agent.digest
        assert read_zipped(*copy_kept(path, tmp_path / "out" / f"{name}.zip")) == agent


def test_a_study_names_zips_alone(tmp_path):
    keep_agents(tmp_path, AGENTS, as_arrays=True)
    path = tmp_path / f"{next(iter(AGENTS))}.zip"
    with pytest.raises(AgentError, match=r"\.zip: expected a zip, got a member in agents\.npz; heredity export writes"):
        read_founder(path)


def test_whoever_is_in_neither_form_is_not_there(tmp_path):
    keep_agents(tmp_path, AGENTS, as_arrays=True)
    absent = tmp_path / "l09/m00.zip"
    assert not is_kept(absent)
    assert kept_digest(absent) is None
    with pytest.raises(AgentError, match=r"l09/m00\.zip: cannot be read: No such file"):
        read_agent(absent)
    with pytest.raises(AgentError, match=r"l09/m00\.zip: cannot be read: No such file"):
        read_agents(tmp_path, ["l09/m00"])


def test_a_damaged_file_of_arrays_is_named_by_all_who_ask(tmp_path):
    (tmp_path / "agents.npz").write_bytes(b"nothing")
    asking = (members_in, read_agents, lambda folder: is_kept(folder / "m00.zip"), lambda f: kept_digest(f / "m00.zip"))
    for ask in asking:
        with pytest.raises(AgentError, match=r"agents\.npz: expected a file of members as heredity writes it"):
            ask(tmp_path)
