"""What `control` is given."""

from dataclasses import replace
from typing import ClassVar

from heredity.agents.task import Task
from heredity.pipeline.inputs.base import GenerationInput, of_generation
from heredity.pipeline.inputs.evaluate import Playing
from heredity.pipeline.inputs.gate import GateInput
from heredity.pipeline.inputs.train import NOT_LEARNED_BY, Training
from heredity.reading import Name, Positive
from heredity.study.sections import Population, Section
from heredity.study.study import Study

UNASKED, UNCOMPARED, UNSELECTED = (f"heredity.pipeline.{name}" for name in ("controls", "players", "selecting"))
"""What the stage leaves alone: without a control, one beside whom somebody plays, one from which the gate chooses."""


class Controlling(Section):
    """How one population from random weights learns the task, within its own budget, and plays then.

    gate: how the generation's gate decides on it, where only those that pass are compared; else None.
    """

    name: Name
    training: Training
    playing: Playing
    gate: GateInput | None

    @classmethod
    def of(cls, study: Study, generation: str, control: str) -> "Controlling":
        """Return what one control of a generation is asked."""
        arm, gate = study.generations[generation].controls[control], GateInput.of(study, generation)
        inherited, playing = Training.of(study, generation), Playing.of(study, generation)
        task = replace(inherited.task, imports=study.generations[generation].modules(arm.algorithm))
        learning = {
            "task": task,
            "algorithm": arm.algorithm,
            "train": arm.train.model_copy(update=NOT_LEARNED_BY),
            "budget_steps": study.control_budget(generation, control),
            "keeps_replay": False,
        }
        playing = playing.model_copy(update={"task": replace(playing.task, imports=task.imports)})
        # somebody has to be compared, and there are neither heirs to go without nor a budget left to extend
        best = gate.rule.model_copy(update={"when_none": "best", "extend_budget": None, "approval": "none"})
        return cls(
            name=control,
            training=inherited.model_copy(update=learning),
            playing=playing.beside_reference() if arm.select else playing.alone(),
            gate=gate.model_copy(update={"rule": best}) if arm.select else None,
        )


class ControlInput(GenerationInput):
    """What every control of a generation is asked, of which there may be none."""

    stage: ClassVar[str] = "control"

    lineages: Positive
    population: Population
    controls: tuple[Controlling, ...]

    @classmethod
    def of(cls, study: Study, generation: str) -> "ControlInput":
        """Return the input for one generation of a study."""
        return cls(
            **of_generation(study, generation),
            lineages=study.lineages,
            population=study.population,
            controls=tuple(Controlling.of(study, generation, name) for name in study.generations[generation].controls),
        )

    def tasks(self) -> tuple[Task, ...]:
        """The environments whose code the stage runs."""
        return tuple(control.training.task for control in self.controls[:1])

    def models(self) -> tuple[str, ...]:
        """The paths of models that the study names and the stage reads."""
        return tuple(dict.fromkeys(path for control in self.controls for path in control.playing.models()))

    def providers(self) -> frozenset[str]:
        """What steps the environments."""
        return frozenset[str]().union(*(control.training.providers() for control in self.controls))

    def without(self) -> frozenset[str]:
        """The engine with which no control trains, or all that trains where there is none; what nobody asks for."""
        if not self.controls:
            return frozenset({UNASKED})
        idle = frozenset[str].intersection(*(control.training.without() for control in self.controls))
        if not self.models():
            idle |= {UNCOMPARED}
        return idle if any(control.gate for control in self.controls) else idle | {UNSELECTED}
