"""DVC's door: one recipe per stage of dvc.yaml: what it reads, which call it makes, what it writes."""

from heredity.lifetime import begin_stage
from heredity.pipeline.surroundings import enter_if_typed

enter_if_typed("stages")  # before what the system may refuse to load
begin_stage()  # before anything is imported that computes, which takes seconds, in which this process can be signalled
