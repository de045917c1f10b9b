"""What a generation's heirs ask of their parents, before any is trained: that they fit, and can be played."""

from collections.abc import Mapping

from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.agents.agent import Agent, pack, unpack
from heredity.agents.boundary.global_generators import generators_kept
from heredity.agents.boundary.process_kept import process_kept
from heredity.agents.founders import algorithm_of
from heredity.agents.spaces import SpacesOnly, same_spaces
from heredity.agents.task import Spaces, Task, make_task
from heredity.errors import AgentError, HeredityError, StudyError, within
from heredity.inheritance.fit import check_fit
from heredity.study.study import Study


def refuse_unfit_parents(
    study: Study, generation: str, models: Mapping[str, BaseAlgorithm], founders: Mapping[str, Agent]
) -> None:
    """Refuse parents of whose function the heirs would lose something: founders, or members of another algorithm.

    models: of the generations up to this one, untrained. Raises StudyError.
    """
    node, model = study.generations[generation], models[generation]
    parents = founders
    if node.after != "founders":
        algorithm, parent = study.generations[node.after].algorithm, models[node.after]
        alike = algorithm == node.algorithm and same_spaces(_spaces(parent), _spaces(model))
        parents = {} if alike else {f"heirs of {node.after}": pack(parent, algorithm)}
    if node.inherit.immigrants >= study.population and not node.inherit.compete:
        return
    for key, agent in parents.items():
        with within(f"generations.{generation}: {key}"):
            try:
                check_fit(model, node.algorithm, agent, node.inherit.switches())
            except AgentError as error:
                raise StudyError(str(error)) from None


def refuse_ranking_by_play(
    study: Study, generation: str, models: Mapping[str, BaseAlgorithm], founders: Mapping[str, Agent]
) -> None:
    """Refuse donors that are to play a task to be ranked by it where none of them can. Raises StudyError."""
    node, players = study.generations[generation], founders
    if not node.inherit.compete and not (node.inherit.ranks_by_play and study.population > 1):
        return
    if node.after != "founders":
        parent, algorithm = models[node.after], study.generations[node.after].algorithm
        if same_spaces(_spaces(parent), _spaces(models[generation])):
            return
        players = {f"members of {node.after}": pack(parent, algorithm)}
    troubles = [_why_not_played(agent, make_task(study, generation)) for agent in players.values()]
    if troubles and all(troubles):
        raise StudyError(
            f"generations.{generation}.inherit.rank: expected own, because {next(iter(players))} cannot play "
            f"{node.env.id}, got 'next': {troubles[0]}"
        )


def _why_not_played(agent: Agent, task: Task) -> str | None:
    """Return why an agent, as it is, cannot play a task; None where it can."""
    try:
        with process_kept(), generators_kept():
            algorithm = algorithm_of(agent)
            unpack(agent, algorithm, task, 0, 0, SpacesOnly(task, algorithm.n_envs))
    except HeredityError as error:
        return str(error)
    return None


def _spaces(model: BaseAlgorithm) -> Spaces:
    return model.observation_space, model.action_space
