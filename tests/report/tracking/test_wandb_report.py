"""The study as a W&B Report, built without a login; its structure is what W&B would be sent."""

import json

import pytest

from heredity.errors import HeredityError
from heredity.report.tracking.runs import logged_in
from heredity.report.tracking.stored import stored_runs
from heredity.report.tracking.wandb_report import save_report, wandb_report
from heredity.transfer.continual import write_continual
from heredity.transfer.record import write_comparison
from tests.cli.commands import run
from tests.report.conftest import Written
from tests.transfer.branches import Branched


@pytest.fixture
def written(tmp_path):
    written = Written(tmp_path, parents={"m00": ("m00",), "m01": ("m01",), "m02": ()}, reason="bound | threshold")
    written.compared()
    return written


def runs(written):
    return list(stored_runs(written.loaded(), written.layout))


def blocks(written):
    built = wandb_report(written.read(), runs(written))
    return json.loads(built._to_model().spec.model_dump_json(by_alias=True, exclude_none=True))["blocks"]


def text(block):
    return "".join(child.get("text", "") for child in block.get("children", []))


def test_the_verdict_stands_first_and_every_part_has_its_heading(written):
    told = [block for block in blocks(written) if text(block)]
    assert text(told[0]).startswith("On second (CartPole-v1) the inherited members of these 2 parents")
    headings = [text(block) for block in told if block["type"] == "heading" and block["level"] == 2]
    assert headings == ["Learning curves", "Gate", "Transfer", "Pedigree", "Compute", "Methods"]


def test_a_panel_shows_the_stored_runs_of_one_arm_each_and_no_others(written):
    grids = [block["metadata"] for block in blocks(written) if block["type"] == "panel-grid"]
    assert len(grids) == 2  # one per generation
    sets = {one["name"]: json.dumps(one["filters"]) for one in grids[1]["runSets"]}
    assert list(sets) == ["inherited", "control"]
    for stored in runs(written):
        assert (stored.run_id in sets["control"]) == stored.name.startswith("second-control")
    plots = [panel["config"] for panel in grids[1]["panelBankSectionConfig"]["panels"]]
    assert [(plot["xAxis"], plot["metrics"]) for plot in plots] == [
        ("env_steps", ["return_mean"]),
        ("env_steps", ["success_rate"]),
    ]


def test_tables_hold_the_stored_numbers(written):
    told = [block["content"] for block in blocks(written) if block["type"] == "markdown-block"]
    assert "| m00 | 4 | 120.0 | 101.0 [14.8, 441.4] |  | 115.0 | yes | yes |  |" in told[0]
    assert "bound \\| threshold" in told[0]
    jumpstart = written.transfers["second"].jumpstart
    assert f"| Jumpstart: gain before training | {jumpstart.value:.2f} |" in told[2]
    assert "| second | control | 3 | 1 | 800 to 1,000 |" in told[3]
    (tree,) = [block for block in blocks(written) if block["type"] == "code-block"]
    assert "second m01  copy" in json.dumps(tree)


def test_a_study_without_a_control_has_no_transfer(written):
    written.study["control"] = {"generations": []}
    written.compared()
    assert "Transfer" not in [text(block) for block in blocks(written)]


def test_without_a_login_nothing_is_written_and_the_error_says_what_to_type(written, monkeypatch, tmp_path):
    for name in ("WANDB_MODE", "WANDB_API_KEY", "WANDB_ENTITY"):
        monkeypatch.delenv(name, raising=False)
    told = run(written, "publish", "--report", code=2)
    assert told == "error: expected W&B online, got mode offline; type: wandb login; export WANDB_MODE=online\n"
    assert not (written.root / "wandb").exists()
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    with pytest.raises(HeredityError, match=r"expected a login at W&B, got No API key .*; type: wandb login"):
        logged_in()


def test_what_wandb_refuses_is_one_line(written, monkeypatch):
    import wandb_workspaces.reports.v2 as wr

    def refuse(self):
        raise Exception("permission\ndenied")  # noqa: TRY002

    monkeypatch.setattr(wr.Report, "save", refuse)
    with pytest.raises(HeredityError, match=r"^W&B did not take the Report: permission denied$"):
        save_report(written.read(), runs(written), "me")


def test_markdown_of_the_study_is_shown_and_not_followed(tmp_path):
    written = Written(tmp_path, reason="[x](javascript:y) <img src=z>")
    written.compared()
    told = [block["content"] for block in blocks(written) if block["type"] == "markdown-block"]
    assert r"[x\](javascript:y) \<img src=z\>" in told[0]


def test_branches_have_a_table_and_their_verdict_stands_after_inheritances(tmp_path):
    written = Branched(tmp_path)
    write_comparison(written.evidence(), written.plan(), written.layout)
    write_continual(written.layout.continual, None)
    told = [text(block) for block in blocks(written)]
    inheriting, selecting = (
        next(place for place, words in enumerate(told) if verb in words) for verb in ("inheriting", "selecting")
    )
    assert inheriting < selecting < told.index("Learning curves")
    assert "second against random" in told
