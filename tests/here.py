"""Stages called in this process, as their recipes are called by DVC."""

from functools import partial
from importlib import import_module
from pathlib import Path

from heredity.layout import Layout
from heredity.pipeline.handouts import handouts, write_handouts
from heredity.pipeline.resolve import resolved
from heredity.pipeline.runner import call_stage
from heredity.study.load import load_study


def here(work_on, work, *, on_progress=None):
    """Map in this process."""
    return [(partial(work_on, on_progress=on_progress) if on_progress else work_on)(item) for item in work]


def hand_out(params="params.yaml"):
    """Do what the stage study does, but for building what it names; return the resolved study."""
    study = resolved(load_study(params))
    write_handouts(Layout(), handouts(study, Path(params).read_text()), study.study)
    return study


def run(stage, *names):
    """Run one stage in the working directory."""
    call_stage(import_module(f"stages.{stage}").main, names, parallel_map=here, local_map=here)


def run_generation(name):
    """Run everything of one generation."""
    for stage in ("inherit", "train", "evaluate", "extend", "gate", "confirm"):
        run(stage, name)


def run_study(params="params.yaml"):
    """Run a whole study."""
    study = hand_out(params)
    run("founders")
    for name in study.order():
        run_generation(name)
    for name in study.order():
        run("control", name)
    for stage in ("compare", "continual"):
        run(stage)
    return study
