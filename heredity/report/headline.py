"""What a study found in at most WORDS words: the number, its interval, until when, and for whom it holds."""

from dataclasses import replace

from heredity.report.branches import contrast_verdict, wording
from heredity.report.results import Comparison, Results, comparisons
from heredity.report.verdict import (
    delay_text,
    few_ran,
    fewest_units,
    finding,
    from_models,
    gain_text,
    number,
    p_value,
    primary_text,
    unreached,
    verdict,
)
from heredity.report.wording import INHERITING, Wording
from heredity.transfer.comparison import FEW
from heredity.transfer.estimates import Transfer

WORDS = 25

BRIEFLY = {"area": "overall mean return", "asymptote": "final mean return"}
"""What is measured by outcomes whose names have many words."""


def first_sentence(results: Results) -> str:
    """Return the finding of the last generation that has a control, else of the first two branches compared.

    Where nothing was compared it says why.
    """
    if comparison := foremost(results):
        return sentence_of(comparison.transfer, comparison.title)
    if results.contrasts:
        contrast = results.contrasts[0]
        words = wording(results.study, contrast.generation, contrast.against)
        where = contrast.generation if words.action != contrast.generation else ""
        return sentence_of(contrast.transfer, where, words)
    return uncompared(results)


def foremost(results: Results) -> Comparison | None:
    """Return the comparison with which the report begins: of the last generation that has a control, its first one."""
    return next((each for outcome in results.latest for each in comparisons(outcome)), None)


def verdicts(results: Results) -> list[str]:
    """Return what is said of the study: was it worth inheriting, the last generation first, and then, selecting?

    Of a generation its first control comes first; where nothing was compared with a control it says why.
    """
    told = [comparison for outcome in results.latest for comparison in comparisons(outcome)]
    said = [verdict(comparison.place, comparison.transfer) for comparison in told] or [uncompared(results)]
    return said + [contrast_verdict(results.study, contrast) for contrast in results.contrasts]


def uncompared(results: Results) -> str:
    """Say why nothing was compared with a control: there is none, or its generation never came."""
    lost = [name for name in results.study.controlled if name in results.ended]
    if not lost:
        return verdict("The study", None)
    names = " and ".join(lost) if len(lost) < 3 else f"{len(lost)} generations"
    have = "has a control" if len(lost) == 1 else "have controls"
    return f"Nothing can be said about what the inheritance was worth: {names}, which {have}, never came."


def sentence_of(transfer: Transfer, where: str, words: Wording = INHERITING) -> str:
    """Return a comparison's finding. where: the generation, "" where `words` name it."""
    on = f" on {where}" if where else ""
    if transfer.unit == "parents":
        return _fitting(f"One lineage gives no verdict{on}: {_brief(transfer, words)}", _within(transfer), "")
    if fewest_units(transfer) < FEW:
        return f"{few_ran(transfer, words)}{on}: fewer than {FEW} cannot say {words.worth}."
    if within := unreached(transfer):
        nobody = f"Nobody reached the threshold{on} {within}, so {words.undecided()}"
        return _fitting(nobody, f"; {gain_text(transfer)}", "")
    found, models = finding(transfer), from_models(transfer.parents)
    action, verb = f"{words.action}{models}", words.verbs[found == "did harm"]
    decided = f"{action[0].upper() if where else action[0]}{action[1:]} {verb}{words.beyond}"
    undecided = f"Undecided whether {action} {words.verbs[0]}{words.beyond}"
    opening = undecided if found == "undecided" else decided
    p, within = p_value(transfer), _within(transfer)
    whom = f"{fewest_units(transfer)} {'lineages' if transfer.unit == 'lineages' else 'runs'}"
    clearly = [] if p is None else [f"{within} (p = {p:.2g}, {whom})"]
    return _fitting(f"{opening}{on}: {_brief(transfer, words)}", *clearly, f"{within} ({whom})", f" ({whom})", "")


def _fitting(told: str, *endings: str) -> str:
    """Return a sentence with the first of some endings with which it has at most WORDS words, or the last one."""
    sentences = [f"{told}{ending}." for ending in endings]
    return next((each for each in sentences if len(each.split()) <= WORDS), sentences[-1])


def _brief(transfer: Transfer, words: Wording) -> str:
    """Say what the primary outcome came to, in few words."""
    parents = transfer.parents if transfer.unit == "parents" else None
    whose = f" of {'this one parent' if parents == 1 else f'these {parents} parents'}" if parents else ""
    who = f"{words.briefly}{whose}"
    if transfer.outcome == "steps_strong":
        delay = delay_text(transfer.time_to_threshold_strong)
        return f"ancestors' steps charged, {who} reached the threshold {delay}"
    measured = f"{words.briefly}' {BRIEFLY.get(transfer.outcome, '{}')}"
    above = words.above if words == INHERITING else "the other branch's"
    return primary_text(transfer, replace(words, members=who, than="", measured=measured, above=above))


def _within(transfer: Transfer) -> str:
    """Say until when steps to the threshold were compared."""
    if transfer.larger_is_better:
        return ""
    strong = transfer.outcome == "steps_strong"
    times = transfer.time_to_threshold_strong if strong else transfer.time_to_threshold
    return f" within {number(times.restricted_to, 0)} steps"
