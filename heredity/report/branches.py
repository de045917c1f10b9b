"""What came of two branches that were compared, in words: was it worth selecting?"""

from collections.abc import Callable
from typing import Any

from heredity.report.task_words import setting_text, task_text
from heredity.report.verdict import place, verdict
from heredity.report.wording import Wording
from heredity.study.branches import differ_in_parents_alone, keys_apart
from heredity.study.inherit_rule import InheritRule
from heredity.study.study import Study
from heredity.transfer.contrasts import BranchContrast

NAMED = 4
"""How many differences of two branches a sentence names."""

OTHERS = {"random": "random members", "failed": "members that failed the gate", "worst": "the worst members"}
"""Who the parents are where they are no survivors."""


def contrast_verdict(study: Study, contrast: BranchContrast, quote: Callable[[str], str] = str) -> str:
    """Say what one branch was worth against another: selecting, where they differ in nothing but who the parents are.

    Else it says in what they differ. quote: what is done to words of the study before they stand in the sentence.
    """
    first, second = contrast.generation, contrast.against
    where = place(first, quote(task_text(study.generations[first].env)))
    sentence = verdict(where, contrast.transfer, wording(study, first, second))
    if differ_in_parents_alone(study, first, second):
        return sentence
    return f"{sentence} {quote(differing(study, first, second))}"


def circumstances(study: Study, contrast: BranchContrast) -> str:
    """Say in what two branches differ, and what they spent where that does."""
    apart = differing(study, contrast.generation, contrast.against)
    return f"{apart} {contrast.spending}." if contrast.spending else apart


def wording(study: Study, first: str, second: str) -> Wording:
    """Return what a comparison of two branches is called."""
    action, verbs, beyond = first, ("did better", "did worse"), f" than {second}"
    members, others = f"members of {first}", f"those of {second}"
    worth, briefly = f"whether {first} did better{beyond}", "members"
    if differ_in_parents_alone(study, first, second):
        one, other = (study.generations[name].inherit for name in (first, second))
        action, verbs, beyond = _selecting(one, other), ("helped", "did harm"), ""
        worth, briefly = f"what {action} was worth", "heirs"
        if (chosen := parents_of(one)) != (rest := parents_of(other)):
            members, others = f"heirs of {chosen}", f"those of {rest}"
    return Wording(
        action=action,
        verbs=verbs,
        beyond=beyond,
        members=members,
        briefly=briefly,
        than=f" than {others}",
        versus="",
        measured=f"the {{}} of {members}",
        above=f"that of {others}",
        counted=(f"members of {first}", f"of {second}"),
        worth=worth,
        arm="branch",
    )


def parents_of(rule: InheritRule) -> str:
    """Say who the parents of a generation are."""
    if rule.donors != "survivors":
        return OTHERS[rule.donors]
    if rule.at_most is None and rule.parents == "round_robin":  # all of them have heirs, whatever their rank
        return "members that passed the gate"
    return "the best by the next task" if rule.rank == "next" else "the best by their own task"


def differing(study: Study, first: str, second: str) -> str:
    """Say in which keys of params.yaml two branches differ."""
    unlike = keys_apart(study, first, second)
    told = [f"{key} ({_written(one)}, {_written(other)})" for key, (one, other) in unlike.items()][:NAMED]
    more = [f"{len(unlike) - len(told)} keys more"] if len(unlike) > len(told) else []
    *rest, last = [*told, *more] or ["their names"]
    return f"{first} and {second} differ in {', '.join(rest)}{' and ' if rest else ''}{last}."


def _selecting(one: InheritRule, other: InheritRule) -> str:
    """Say what the first of two branches that differ in their parents alone does and the other does not."""
    if one.donors == "survivors" and other.donors != "survivors":
        return "selecting"
    if one.donors != "survivors":
        return f"taking {OTHERS[one.donors]} as parents"
    if one.rank != other.rank:
        return f"selecting by the {one.rank} task"
    return "choosing parents otherwise"


def _written(value: Any) -> str:
    return "nothing" if value is None else setting_text(value)
