"""Wrappers that a study names, `wrappers: [heredity.wrappers.FlatView]`, and that play its models in any code.

They are Gymnasium wrappers, and importing them loads neither torch nor a study: docs/elsewhere.md.
"""

from heredity.agents.mask_from_key import MaskFromKey as MaskFromKey
from heredity.agents.perturbed import ObservationNoise as ObservationNoise
from heredity.agents.perturbed import ObservationOffset as ObservationOffset
from heredity.agents.wrappers import ChannelStack as ChannelStack
from heredity.agents.wrappers import FlatView as FlatView
from heredity.agents.zero_based import ZeroBased as ZeroBased

__all__ = ["ChannelStack", "FlatView", "MaskFromKey", "ObservationNoise", "ObservationOffset", "ZeroBased"]
