"""What a study takes at most, worked out by hand."""

import pytest

from heredity.layout import Layout
from heredity.pipeline.expense import Expense, expected_expense
from heredity.pipeline.rehearsal import Rehearsal
from heredity.study.load import load_study
from heredity.training.curves import CurveRow, write_curves
from heredity.training.timings import write_timings

PLAYED = Rehearsal((), steps=20, ended=True, limit=500, step_seconds=0.001, agent_bytes=1000, replay_bytes=50)

LEARNING = 2 * 2e-4
"""Of a step of an MlpPolicy with two copies, of which each takes twice as long as with four."""


@pytest.fixture
def expense(tiny, write_study, tmp_path):
    """Return a function that returns what the tiny study takes, changed."""

    def expense(**algorithm):
        tiny["algorithm"].update(algorithm)
        study = load_study(write_study(tiny))
        return expected_expense(study, dict.fromkeys(study.generations, PLAYED), Layout(tmp_path / "lineage"))

    return expense


def test_all_arms_train_their_whole_budgets_and_play(expense):
    found = expense()
    assert found.steps == 2 * (128 + 128 + 256)  # two members; the control has the budgets of both generations
    playing = 3 * 2 * 14 * 500 * (0.001 + LEARNING / 10)
    assert found.core_seconds == pytest.approx(1024 * (0.001 + LEARNING) + playing)
    assert (found.timed, found.kept_bytes) == (False, 3 * 2 * 12 * 1000)


def test_lineages_and_extensions_count(expense, tiny):
    tiny["lineages"], tiny["controls"] = 3, {}
    del tiny["control"]
    tiny["gate"].update(when_none="extend", extend_budget=64)
    assert expense().steps == 3 * 2 * 2 * (128 + 64)


def test_on_a_twin_a_step_is_counted_with_what_it_teaches(expense, tiny):
    tiny["train"].update(engine="auto")
    assert expense().core_seconds == pytest.approx(1024 * 4e-5 + 3 * 2 * 14 * 500 * 4e-6)
    tiny["train"].update(environments="gymnasium")
    assert expense().core_seconds == pytest.approx(1024 * 0.00104 + 3 * 2 * 14 * 500 * 0.001004)


def test_what_has_run_here_is_timed(expense, tmp_path):
    layout = Layout(tmp_path / "lineage")
    for arm in (
        layout.arm("first", "inherited"),
        layout.arm("second", "inherited"),
        layout.control("second", "scratch"),
    ):
        arm.directory.mkdir(parents=True)
        rows = [CurveRow(0, None, None, None, None, 0), CurveRow(100, 1.0, 0.0, 10.0, None, 3)]
        write_curves(arm.curves, {"m00": rows, "m01": rows})
        write_timings(arm.curves, {"m00": 3.0, "m01": 1.0}, layout)
    found = expense()
    playing = 3 * 2 * 14 * 500 * (0.001 + LEARNING / 10)
    assert found.timed
    assert found.core_seconds == pytest.approx(1024 * 0.02 + playing)
    for path in layout.timings.iterdir():
        path.write_text("damaged")
    assert not expense().timed


def test_what_learns_on_a_gpu_is_not_estimated_until_it_has_run(expense, tiny, tmp_path):
    on_cpu = expense()
    tiny["train"]["device"] = "cuda"
    found = expense()
    assert found.on_gpu and not on_cpu.on_gpu
    assert found.core_seconds == pytest.approx(on_cpu.core_seconds - 1024 * LEARNING)  # environments and plays alone
    assert "core-hours and a time on a GPU that is not estimated, about" in str(found)
    test_what_has_run_here_is_timed(expense, tmp_path)


def test_a_replay_buffer_that_heirs_begin_with_is_kept(expense, tiny):
    for node in tiny["generations"].values():
        node.update(env="CartPole-v1", budget=1000)
    tiny["generations"]["second"]["inherit"] = {"replay_buffer": "keep"}
    found = expense(name="DQN", hyperparameters={"buffer_size": 200}, n_envs=1)
    assert found.kept_bytes == 3 * 2 * 12 * 1000 + 2 * 3 * 50 * 200  # of the first generation's two members
    assert found.core_seconds == pytest.approx(2 * 4000 * 0.003 + 3 * 2 * 14 * 500 * 0.0012)


@pytest.mark.parametrize(
    ("hours", "timed", "kept_bytes", "said"),
    [
        (0.09, True, 156_600_000, "under 0.1 core-hours, about 160 MB"),
        (1.25, False, 9_990_000_000, "about 1.2 core-hours (a rough estimate), about 10,000 MB"),
        (2540.0, True, 10, "about 2,500 core-hours (as timed here before), about 1 MB"),
        (12.6, False, 32_100_000_000, "about 13 core-hours (a rough estimate), about 32 GB"),
    ],
)
def test_it_is_said_in_a_line(hours, timed, kept_bytes, said):
    expense = Expense(8_400_000, hours * 3600, timed, kept_bytes)
    assert str(expense) == f"at most 8,400,000 environment steps of training, {said}"
