"""What the parts of a study say against one another, each sound by itself; refused before anything is built."""

import re

from heredity.errors import StudyError, shortened
from heredity.layout import RESERVED
from heredity.reading import NAME, NAME_LENGTH
from heredity.study.branches import refuse_unlike_branches
from heredity.study.paths import outside
from heredity.study.sections import MOST_MEMBERS
from heredity.study.study import SCRATCH, Study

LEAST_RATE = 1e-6
"""heredity.gate.mean_bound has tables for no smaller ones."""

SET_HERE = {
    "device": "write train: {device: cuda}, or leave it out for the CPU",
    "seed": "a member's derives from the study's; write seed: beside study:",
    "policy": "write policy: beside hyperparameters:",
    "env": "write env: in the generation",
    "verbose": "a training shows its members' progress by itself; leave it out",
    "tensorboard_log": "curves are in curves.csv, in the report and in W&B; leave it out",
}
"""Arguments of Stable-Baselines3's algorithms that a study cannot set, and what is so instead."""

ARM_LABELS = ("inherited", "members")
"""What the report calls a generation's own members."""


def refuse_contradictions(study: Study) -> None:
    """Raise StudyError naming the first key whose value another one forbids, and what to write instead."""
    _check_size(study)
    _check_tree(study)
    for name in study.generations:
        _check_train(study, name)
        _check_gate(study, name)
        _check_inherit(study, name)
    _check_controls(study)
    refuse_unlike_branches(study)
    _check_paths(study)


def _check_size(study: Study) -> None:
    """Refuse generations of more members than a stage can hold."""
    if study.lineages * study.population > MOST_MEMBERS:
        most = MOST_MEMBERS // study.population
        raise StudyError(
            f"lineages: expected at most {most} of population {study.population}, which is {MOST_MEMBERS} members, got "
            f"{study.lineages}"
        )


def _check_tree(study: Study) -> None:
    """Refuse names and edges that make no tree of generations."""
    for name, node in study.generations.items():
        where = f"generations.{name}"
        if name in RESERVED or not re.fullmatch(NAME, name) or len(name) > NAME_LENGTH:
            raise StudyError(
                f"{where}: expected a name of at most {NAME_LENGTH} letters, digits, - and _ other than "
                f"{' and '.join(RESERVED)}"
            )
        if node.after not in ("founders", *study.generations):
            names = ", ".join(study.generations)
            raise StudyError(f"{where}.after: expected founders or one of {names}, got {node.after!r}")
    seed_names = [study.seed_name(name) for name in study.generations]
    for name, seed_name in zip(study.generations, seed_names, strict=True):
        if seed_names.count(seed_name) > 1 or seed_name in RESERVED:
            raise StudyError(
                f"generations.{name}.seed_name: expected a name that no other generation draws its seeds by, got "
                f"{seed_name!r}"
            )
    if lost := [name for name in study.generations if name not in study.order()]:
        cycle = ", ".join(lost)
        raise StudyError(
            f"generations.{lost[0]}.after: expected a chain that begins at founders, got a cycle of {cycle}; "
            "let one of them come after founders"
        )


def _check_train(study: Study, name: str) -> None:
    """Refuse arguments that heredity sets itself, and a second word on how many episodes a member is looked at over."""
    node, second = study.generations[name], "stats_window_size"
    algorithms = {f"generations.{name}": node.algorithm}
    algorithms |= {f"controls.{control}": arm.algorithm for control, arm in node.controls.items()}
    for where, algorithm in algorithms.items():
        if ours := next((key for key in algorithm.hyperparameters if key in SET_HERE), None):
            raise StudyError(
                f"{where}.algorithm.hyperparameters.{ours}: expected what heredity does not set itself, got "
                f"{shortened(algorithm.hyperparameters[ours])}: {SET_HERE[ours]}"
            )
        if (value := algorithm.hyperparameters.get(second, node.train.window)) != node.train.window:
            raise StudyError(
                f"{where}.algorithm.hyperparameters.{second}: expected train.window to say it, which is "
                f"{node.train.window}, got {value!r}; write train: {{window: {value!r}}}"
            )


def _check_gate(study: Study, name: str) -> None:
    """Refuse a gate that could not judge what its generation's evaluation will play."""
    node = study.generations[name]
    gate, played, where = node.gate, node.evaluate, f"generations.{name}"
    if gate.lacks:
        raise StudyError(f"{where}.gate.{gate.lacks}: expected a value, which rule {gate.rule} needs, got nothing")
    if gate.when_none == "extend" and gate.extend_budget is None:
        raise StudyError(f"{where}.gate.extend_budget: expected a value, which when_none: extend needs, got nothing")
    if gate.when_none == "extend" and gate.approval == "required":
        raise StudyError(
            f"{where}.gate.approval: expected none, because an answer holds for one evaluation and when_none: extend "
            "makes another, got 'required'"
        )
    if gate.margin and not gate.compares_with_threshold:
        raise StudyError(
            f"{where}.gate.margin: expected 0, because rule {gate.rule} asks for no threshold, got {gate.margin:g}"
        )
    _check_error_rate(study, name)
    if gate.rule == "champion" and gate.champion == "parent" and node.after == "founders" and not study.founders:
        raise StudyError(f"{where}.gate.champion: expected the path of a model, because {name} has no parent")
    if gate.reference and not played.null_policies:
        raise StudyError(f"{where}.evaluate.null_policies: expected true, which gate.reference needs, got False")
    if played.select_episodes and played.finalists is None:
        raise StudyError(f"{where}.evaluate.finalists: expected a number, which select_episodes needs, got nothing")


def _check_error_rate(study: Study, name: str) -> None:
    """Refuse a bound at a rate so small that no table has it, and a floor at which everybody passes."""
    node = study.generations[name]
    gate, floor, where = node.gate, node.evaluate.floor, f"generations.{name}"
    if gate.rule != "lower_bound":
        return
    strictest = gate.alpha / (study.population if gate.error == "family" else 1)
    if strictest < LEAST_RATE:
        raise StudyError(
            f"{where}.gate.confidence: expected an error of at least {LEAST_RATE:.6f} for a member's bound, got "
            f"{strictest:.3g}; write a lower confidence"
        )
    if floor is None or gate.reference or not isinstance(node.threshold, float):
        return
    if floor >= node.threshold - gate.margin:
        raise StudyError(
            f"{where}.evaluate.floor: expected a return below the gate's bar {node.threshold - gate.margin:g}, got "
            f"{floor:g}, at which everybody passes"
        )


def _check_inherit(study: Study, name: str) -> None:
    """Refuse what the parents of a generation cannot give, or its population cannot hold."""
    node = study.generations[name]
    rule, where = node.inherit, f"generations.{name}.inherit"
    if rule.immigrants > study.population:
        raise StudyError(f"{where}.immigrants: expected at most population {study.population}, got {rule.immigrants}")
    if node.after == "founders" and rule.donors in ("failed", "worst"):
        raise StudyError(
            f"{where}.donors: expected survivors or random, because no gate saw the founders, got {rule.donors!r}"
        )
    if node.after == "founders" and study.founders and rule.replay_buffer == "keep":
        raise StudyError(f"{where}.replay_buffer: expected reset, because founders bring none, got keep")
    if complaint := rule.contradiction(node.algorithm.name):
        raise StudyError(f"{where}.{complaint}")


def _check_controls(study: Study) -> None:
    """Refuse a study that says nothing of controls, names that no control can have, and what a control cannot be."""
    if study.control is None and study.controls is None:
        raise StudyError(
            "control: expected which generations have one, got nothing; write for example "
            f"controls: {{{SCRATCH}: {{generations: [{next(iter(study.generations))}], budget: ancestors}}}}, or "
            "controls: {} for none"
        )
    named = [("control", study.control.generations)] if study.control else []
    for name, control in (study.controls or {}).items():
        key = f"controls.{name}"
        _check_control_name(study, key, name)
        named.append((key, control.generations))
        parents = [each for each in control.generations if each in study.generations and _asks_a_parent(study, each)]
        if control.select and parents:
            raise StudyError(
                f"{key}.select: expected false, because the gate of {parents[0]} compares with the parent, which no "
                "control has, got true"
            )
    for key, generations in named:
        for name in generations:
            if name not in study.generations:
                known = ", ".join(study.generations)
                raise StudyError(f"{key}.generations: expected names out of {known}, got {name!r}")
            if generations.count(name) > 1:
                raise StudyError(f"{key}.generations: expected every generation once, got {name} twice")


def _check_control_name(study: Study, key: str, name: str) -> None:
    """Refuse a name that is none, and one by which something else is known."""
    taken = (*RESERVED, *ARM_LABELS, *study.members())
    if name in taken or not re.fullmatch(NAME, name) or len(name) > NAME_LENGTH:
        raise StudyError(
            f"{key}: expected a name of at most {NAME_LENGTH} letters, digits, - and _ other than "
            f"{', '.join((*RESERVED, *ARM_LABELS))} and those of members"
        )
    if name == SCRATCH and study.control is not None:
        raise StudyError(f"{key}: expected another name, because control is called so as well; leave one of both out")


def _asks_a_parent(study: Study, generation: str) -> bool:
    gate = study.generations[generation].gate
    return gate.rule == "champion" and gate.champion == "parent"


def _check_paths(study: Study) -> None:
    """Refuse files outside of the project that are not named by their absolute paths."""
    named = [(f"founders.{index}", path) for index, path in enumerate(study.founders)]
    for name, node in study.generations.items():
        named += [
            (f"generations.{name}.gate.{key}", path)
            for key, path in (("champion", node.gate.champion), ("reference", node.gate.reference))
            if path and path != "parent"
        ]
    for key, path in named:
        if reason := outside(path):
            raise StudyError(f"{key}: expected a file inside the project, got {path!r}, {reason}")
