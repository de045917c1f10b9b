"""What a notebook does without a project: what one public function returns is what the next one takes."""

from dataclasses import replace

import pytest
from ruamel.yaml import YAML

import heredity
from tests.examples import TINY

pytestmark = pytest.mark.study


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """Return a study, and two generations and a control of it made by nothing but public names."""
    path = tmp_path_factory.mktemp("notebook") / "params.yaml"
    with path.open("w") as file:
        YAML().dump(TINY, file)
    study = heredity.load_study(path)
    first = trained(study, "first", {}, seed=1)
    task = heredity.make_task(study, "first")
    returns = {member.name: heredity.evaluate(member, task, episodes=12, seed=3) for member in first}
    nobody = {"random": heredity.evaluate("random", task, episodes=12, seed=3)}
    rule = study.generations["first"].gate
    decision = heredity.decide(returns, rule, threshold=task.threshold, null_returns=nobody)
    survivors = {member.name: member for member in first if member.name in decision.survivors}
    second, control = trained(study, "second", survivors, seed=2), trained(study, "second", {}, seed=2)
    return study, first, returns, decision, second, control


def trained(study, name, donors, seed):
    node, task = study.generations[name], heredity.make_task(study, name)
    heirs = heredity.inherit(
        donors, task, node.inherit, population=study.population, seed=seed, algorithm=node.algorithm
    )
    arm = "inherited" if donors else "control"
    return heredity.train(heredity.Shard(name, arm, task, node.algorithm, node.train, node.budget, 2, heirs))


def test_members_are_decided_on_inherited_from_and_compared_as_they_are_returned(notebook):
    _, first, _, decision, second, control = notebook
    assert decision.survivors and set(decision.survivors) <= {member.name for member in first}
    transfer = heredity.compare(heredity.Arm(second, 128, 128), heredity.Arm(control, 128), threshold=20.0, paired=True)
    assert transfer.source_steps == {"m00": 128, "m01": 128}


def test_the_forms_of_one_value_give_the_same_numbers(notebook):
    study, first, returns, _, second, control = notebook
    rule, numbers = study.generations["first"].gate, {name: each.returns.tolist() for name, each in returns.items()}
    arrays = {name: each.returns for name, each in returns.items()}
    of_forms = [heredity.decide(form, rule, threshold=20.0).candidates for form in (numbers, arrays, returns)]
    assert of_forms[0] == of_forms[1] == of_forms[2]
    task, member = heredity.make_task(study, "first"), first[0]
    assert (heredity.evaluate(member.agent, task, episodes=12, seed=3).returns == returns["m00"].returns).all()
    by_name = [{member.name: member for member in arm} for arm in (second, control)]
    rows = [{member.name: member.curve for member in arm} for arm in (second, control)]
    transfers = [
        heredity.compare(heredity.Arm(one, 128), heredity.Arm(other, 128), threshold=20.0)
        for one, other in ((second, control), by_name, rows)
    ]
    assert transfers[0] == transfers[1] == transfers[2]


def test_agents_are_written_read_and_have_heirs_whoever_holds_them(notebook, tmp_path):
    study, first, *_ = notebook
    heredity.write_agent(first[0], tmp_path / "m00.zip")
    assert heredity.read_agent(tmp_path / "m00.zip") == first[0].agent
    task, rule = heredity.make_task(study, "second"), study.generations["second"].inherit
    donors = (first[0], first[0].agent, heredity.Donor(first[0]), heredity.read_agent(tmp_path / "m00.zip"))
    heirs = [heredity.inherit({"m00": donor}, task, rule, population=2, seed=4) for donor in donors]
    assert all(each == heirs[0] for each in heirs)
    assert heredity.inherit({"m00": heirs[0][0]}, task, rule, population=1, seed=4)[0].birth.parents == ("m00",)


def test_the_champion_may_be_what_evaluate_returns(notebook):
    _, _, returns, *_ = notebook
    rule = heredity.GateRule(rule="champion", champion="parent")
    decisions = [
        heredity.decide(returns, rule, threshold=20.0, champion_returns=champion)
        for champion in (returns["m01"], returns["m01"].returns.tolist())
    ]
    assert decisions[0] == decisions[1]


@pytest.mark.parametrize("player", ["randon", 3, None])
def test_what_is_no_player_is_refused_and_not_played_as_another(notebook, player):
    task = heredity.make_task(notebook[0], "first")
    with pytest.raises(heredity.HeredityError, match="expected an agent, or"):
        heredity.evaluate(player, task, episodes=2, seed=0)


def test_a_member_that_failed_is_no_curve_of_an_arm(notebook):
    *_, second, control = notebook
    failed = [replace(second[0], failure="no more"), second[1]]
    with pytest.raises(
        heredity.CurveError, match=r"inherited m00: expected a member that lived.*: no more; leave it out"
    ):
        heredity.compare(heredity.Arm(failed, 128), heredity.Arm(control, 128), threshold=20.0)


def test_heirs_train_on_seeds_of_their_own(notebook):
    study = notebook[0]
    node, task = study.generations["first"], heredity.make_task(study, "first")
    heirs = heredity.inherit({}, task, node.inherit, population=2, seed=1, algorithm=node.algorithm)
    shard = heredity.Shard("first", "inherited", task, node.algorithm, node.train, 128, 2, heirs)
    assert [member.initial for member in shard.members] == [heir.agent for heir in heirs]
    assert len({member.seed for member in shard.members} | {heir.birth.seed for heir in heirs}) == 4
    assert shard == heredity.Shard("first", "inherited", task, node.algorithm, node.train, 128, 2, shard.members)
