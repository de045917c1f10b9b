"""What `evaluate` is given."""

from typing import ClassVar

from heredity.agents.task import Task
from heredity.pipeline.inputs.base import GenerationInput, of_generation
from heredity.pipeline.inputs.tasks import measuring_task
from heredity.reading import Name
from heredity.study.sections import MASKED, Algorithm, Evaluate, Section
from heredity.study.study import Study


class Playing(Section):
    """How members play for the gate, and against whom.

    champion: "parent" or the path of a model, where the gate compares with one. reference: the path of a model.
    algorithm: what such a model is played with where it does not tell. after: whose survivor is the parent.
    masked: whether members are told which actions are allowed, and so whoever they are compared with that learned
    nothing.
    """

    task: Task
    evaluate: Evaluate
    champion: str | None = None
    reference: str | None = None
    algorithm: Algorithm | None = None
    after: Name | None = None
    masked: bool = False

    @classmethod
    def of(cls, study: Study, generation: str) -> "Playing":
        """Return how the members of one generation play."""
        node = study.generations[generation]
        champion = node.gate.champion if node.gate.rule == "champion" else None
        shared = {
            "task": measuring_task(study, generation),
            "evaluate": _usual(node.evaluate, "env", "zero_shot_episodes", "confirm", "floor"),
            "masked": node.evaluate.null_policies and node.algorithm.name in MASKED,
        }
        if not champion and not node.gate.reference:
            return cls(**shared)
        return cls(
            **shared,
            champion=champion,
            reference=node.gate.reference,
            algorithm=node.algorithm,
            after=node.after if champion == "parent" else None,
        )

    def alone(self) -> "Playing":
        """Return how members play with nobody beside them, all of them for the same number of episodes."""
        rule = _usual(self.evaluate, "null_policies", "select_episodes", "finalists")
        return Playing(task=self.task, evaluate=rule)

    def beside_reference(self) -> "Playing":
        """Return how members play beside the model, if any, that a gate compares with, and all alike.

        Of policies that have learned nothing the gate needs one beside a reference, whose scale begins there.
        """
        if not self.models() or not self.algorithm:
            return self.alone()
        rule = _usual(self.evaluate, "select_episodes", "finalists")
        return Playing(
            task=self.task,
            evaluate=rule.model_copy(update={"null_policies": bool(self.reference)}),
            champion=self.champion,
            reference=self.reference,
            algorithm=self.algorithm,
            masked=bool(self.reference) and self.algorithm.name in MASKED,
        )

    def models(self) -> tuple[str, ...]:
        """The paths of models that members are compared with."""
        return tuple(path for path in (self.champion, self.reference) if path and path != "parent")


class EvaluateInput(GenerationInput):
    """How the members of a generation play for the gate."""

    stage: ClassVar[str] = "evaluate"

    playing: Playing

    @classmethod
    def of(cls, study: Study, generation: str) -> "EvaluateInput":
        """Return the input for one generation of a study."""
        return cls(**of_generation(study, generation), playing=Playing.of(study, generation))

    def tasks(self) -> tuple[Task, ...]:
        """The environments whose code the stage runs."""
        return (self.playing.task,)

    def models(self) -> tuple[str, ...]:
        """The paths of models that the study names and the stage reads."""
        return self.playing.models()


def _usual(rule: Evaluate, *keys: str) -> Evaluate:
    """Return the section with keys that do not concern a stage as they are by default."""
    usual = Evaluate()
    return rule.model_copy(update={key: getattr(usual, key) for key in keys})
