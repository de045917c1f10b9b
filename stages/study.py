"""study: checks params.yaml and writes what each stage of each generation is given of it.

A stage depends on its own file here and not on params.yaml, so a change re-runs the stages that it concerns and no
others, also where a generation overrides a section.

reads   params.yaml
writes  lineage/study/<generation>/{inherit,train,evaluate,gate,control}.json,
        lineage/study/{founders,compare,continual}.json
"""

from typing import Any

from heredity.files import new_directory, write_json
from heredity.params import Study
from heredity.task import make_task
from stages.common import LINEAGE, run_stage


def plan(study: Study) -> dict[str, Any]:
    """Return the content of every file by its name below lineage/study."""
    files: dict[str, Any] = {"founders": {"founders": study.founders}}
    files |= {"compare": _compare(study), "continual": _continual(study)}
    for generation in study.generations:
        for stage, given in _given(study, generation).items():
            files[f"{generation}/{stage}"] = given
    return files


def collect(files: dict[str, Any]) -> None:
    """Write the files."""
    with new_directory(LINEAGE / "study") as directory:
        for name, content in files.items():
            write_json(directory / f"{name}.json", content)


def main(study: Study) -> None:
    """Run the stage."""
    collect(plan(study))


def _given(study: Study, generation: str) -> dict[str, Any]:
    """Return what each stage of one generation is given: all that can change its result, and nothing else."""
    node = study.generations[generation].model_dump(mode="json")
    threshold = make_task(study, generation).threshold
    seed, env, algorithm = study.seed, node["env"], node["algorithm"]
    train = {"seed": seed, "env": env, "algorithm": algorithm, "train": node["train"], "budget": node["budget"]}
    train["zero_shot_episodes"] = node["evaluate"].pop("zero_shot_episodes")
    if node["train"]["until"] == "threshold":
        train["threshold"] = threshold
    asked = {key: node["evaluate"].pop(key) for key in ("null_policies", "select_episodes", "finalists")}
    evaluate = {"seed": seed, "env": env, "evaluate": node["evaluate"]}
    gate = study.generations[generation].gate
    compared = {key: value for key, value in (("champion", gate.champion), ("reference", gate.reference)) if value}
    if compared:
        asked |= {**compared, "after": node["after"], "algorithm": algorithm}
    deciding: dict[str, Any] = {"seed": seed, "gate": node["gate"], "threshold": threshold}
    if gate.extension_steps:
        deciding |= {**evaluate, **asked, "algorithm": algorithm, "train": node["train"]}
    population = {"seed": seed, "population": study.population, "env": env, "algorithm": algorithm}
    return {
        "inherit": {**population, "after": node["after"], "inherit": node["inherit"]},
        "train": {**train, "keeps_replay": study.keeps_replay(generation)},
        "evaluate": {**evaluate, **asked},
        "gate": deciding,
        "control": {**population, **train, **evaluate, "budget": study.control_budget(generation)},
    }


def _continual(study: Study) -> dict[str, Any]:
    """Return what the matrix is given, nothing where the study does not ask for it."""
    if study.continual is None:
        return {}
    shared = {"seed": study.seed, "population": study.population, "episodes": study.continual.episodes}
    nodes = {}
    for name, node in study.generations.items():
        kept = node.model_dump(mode="json", include={"after", "env", "algorithm"})
        evaluate = node.evaluate.model_dump(mode="json", include={"deterministic", "step_limit"})
        nodes[name] = {**kept, "threshold": make_task(study, name).threshold, **evaluate}
    return {**shared, "generations": nodes}


def _compare(study: Study) -> dict[str, Any]:
    nodes = {
        name: {"after": node.after, "threshold": make_task(study, name).threshold, "budget": node.budget}
        for name, node in study.generations.items()
    }
    return {"seed": study.seed, "control": study.control.model_dump(mode="json"), "generations": nodes}


if __name__ == "__main__":
    run_stage(main)
