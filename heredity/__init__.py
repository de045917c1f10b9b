"""Reinforcement-learning agents trained in generations, and what the inheritance was worth.

The public names stand in `__init__.pyi`; each is imported when it is first used, so that reading a study loads neither
PyTorch nor JAX.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
