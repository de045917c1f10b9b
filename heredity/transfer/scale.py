"""Whether returns of two tasks lie on one scale, so that a share of one is a share of the other."""

from heredity.study.sections import Environment

MINIGRID = ("MiniGrid-", "BabyAI-")
"""Environments whose returns lie between 0 and 1."""

BELOW_ZERO = ("MiniGrid-Dynamic-Obstacles-",)
"""Those of them that punish a collision by −1."""

SEEN_OTHERWISE = {
    "heredity.wrappers.ChannelStack",
    "heredity.wrappers.FlatView",
    *(
        f"gymnasium.wrappers.{name}"
        for name in (
            *("DtypeObservation", "FlattenObservation", "FrameStackObservation", "GrayscaleObservation"),
            *("RescaleObservation", "ReshapeObservation", "ResizeObservation", "TimeAwareObservation"),
        )
    ),
    *(
        f"minigrid.wrappers.{name}"
        for name in (
            *("DictObservationSpaceWrapper", "DirectionObsWrapper", "FlatObsWrapper", "FullyObsWrapper"),
            *("ImgObsWrapper", "OneHotPartialObsWrapper", "RGBImgObsWrapper", "RGBImgPartialObsWrapper"),
            *("SymbolicObsWrapper", "ViewSizeWrapper"),
        )
    ),
}
"""Wrappers that change what is observed, and no reward."""


def share_a_scale(before: Environment, node: Environment) -> bool:
    """Say whether returns of both environments are known to have the same lowest and highest values."""
    return before == node or (_between_zero_and_one(before) and _between_zero_and_one(node))


def _between_zero_and_one(env: Environment) -> bool:
    name = env.id.rpartition(":")[2]
    return (
        name.startswith(MINIGRID)
        and not name.startswith(BELOW_ZERO)
        and all(wrapper.name in SEEN_OTHERWISE for wrapper in env.wrappers)
    )
