"""Where heirs are made."""

import json
from dataclasses import replace

import pytest

from heredity.pipeline.births import map_of_births
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.study.load import parse_study


def given(tiny, **inherit):
    made = InheritInput.of(parse_study(json.dumps({**tiny, "inherit": inherit})), "second")
    return made.model_copy(update={key: replace(getattr(made, key), twin=True) for key in ("task", "donors_task")})


def elsewhere(work_on, work, *, on_progress=None):
    raise AssertionError("mapped")


def test_copies_for_a_twin_are_made_here_as_long_as_they_are_few(tiny):
    here = map_of_births(given(tiny), elsewhere)
    assert here(abs, [-1, 2]) == [1, 2]
    assert map_of_births(given(tiny).model_copy(update={"lineages": 40}), elsewhere) is elsewhere


@pytest.mark.parametrize("changed", ["operator", "task", "donors_task"])
def test_what_takes_long_or_may_end_the_process_is_made_elsewhere(tiny, changed):
    if changed == "operator":
        whole = given(tiny, operator="distil")
    else:
        original = InheritInput.of(parse_study(json.dumps(tiny)), "second")
        whole = given(tiny).model_copy(update={changed: getattr(original, changed)})
    assert map_of_births(whole, elsewhere) is elsewhere
