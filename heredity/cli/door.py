"""Before a command's modules are loaded: what stands round it."""

from heredity.pipeline.surroundings import enter_if_typed

enter_if_typed("heredity.cli")
