"""A study checked and decided by others: whoever asks loads nothing that trains."""

import subprocess
import sys

import pytest

from heredity.errors import StudyError
from heredity.pipeline.checked import checked_study, decided_study
from heredity.study.load import load_study
from tests.examples import CHECKOUT
from tests.here import here


def test_a_study_that_cannot_run_is_refused_with_its_file(tiny, write_study):
    tiny["generations"]["first"]["env"] = "CartPol-v1"
    path = write_study(tiny)
    with pytest.raises(StudyError, match=r"^params\.yaml: generations\.first\.env: expected the id of a registered"):
        checked_study(path.read_text(), "params.yaml", here)


def test_what_stands_open_is_decided(tiny, write_study):
    tiny["train"]["engine"] = "auto"
    tiny["generations"]["first"]["threshold"] = "registered"
    decided = decided_study(load_study(write_study(tiny)), here)
    assert decided.generations["first"].threshold == 475.0
    assert decided.generations["first"].train.engine == "cohort"


@pytest.mark.parametrize("stage", ["study", "founders", "extend", "gate", "control", "compare", "continual", "report"])
def test_a_stage_that_touches_no_weights_loads_nothing_that_does(stage):
    code = f"import sys, stages.{stage}; print({{'torch', 'jax', 'stable_baselines3'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert done.stdout == "set()\n"
