"""Seeds of a training that tests of several rooms have to name."""

from heredity.seeds import seed_integers
from heredity.training.snapshot import segment_seeds


def first_episode(training_seed, copy):
    """Return the seed of the first episode of one of a member's copies."""
    return seed_integers(seed_integers(segment_seeds(training_seed, 0)[1], copy + 1)[copy], 1)[0]
