"""Torch's optimizers without its compiler, which the first of them imports: a second of every process that only plays.

Importing this module is what does it, so whoever makes models imports it, and uses nothing of it. What torch exempts
from compiling runs as it is written; nothing here is compiled by torch.
"""

from torch.optim import Optimizer

EXEMPT = ("state_dict", "load_state_dict", "zero_grad", "add_param_group")
"""Methods by whose first call `torch._compile` would import the compiler, in order to exempt them from it."""

for name in EXEMPT:
    if function := getattr(getattr(Optimizer, name), "__wrapped__", None):
        setattr(function, "__dynamo_disable", function)  # as torch itself would
