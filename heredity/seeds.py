"""What makes a result repeat: every random draw derives from (study seed, generation, lineage, member, role), so that
none depends on another's history, and every library that computes has one thread, because their number changes sums.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from numpy.random import SeedSequence

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
"""Variables that a process has to be started with; libraries that would spread over all cores read them once."""


def seed_sequence(study_seed: int, *path: str) -> SeedSequence:
    """Return the seed sequence of one role, `path` being names such as ("medium", "m03", "weights").

    Names enter as 128 bits of their SHA-256, so renaming a generation reseeds it and reordering generations does not.
    """
    words = [int.from_bytes(sha256(name.encode()).digest()[:16], "little") for name in path]
    return SeedSequence([study_seed, *words])


def seed_integer(study_seed: int, *path: str) -> int:
    """Return the 31-bit seed of one role, for libraries that take an integer."""
    return int(seed_sequence(study_seed, *path).generate_state(1)[0] >> 1)


def seed_integers(seed: int, count: int) -> list[int]:
    """Split one integer seed into `count` 31-bit seeds; the first k do not depend on `count`."""
    return [int(word >> 1) for word in SeedSequence(seed).generate_state(count)]


FIRST_LINEAGE = "l00"
"""Draws what a study without other lineages draws, so that lineages can be added to it."""


@dataclass(frozen=True)
class Seeds:
    """The draws of one generation in one lineage.

    study_seed: the study's. generation: the name that stands for the generation in every path. arm: of those that are
    not born of the generation before, a name of their own.
    """

    study_seed: int
    generation: str
    lineage: str = ""
    arm: str = ""

    def in_lineage(self, lineage: str) -> "Seeds":
        """Return the draws of another lineage."""
        return replace(self, lineage=lineage)

    def of_arm(self, arm: str) -> "Seeds":
        """Return the draws of members that are not born of the generation before."""
        return replace(self, arm=arm)

    def integer(self, *path: str) -> int:
        """Return the 31-bit seed of one role, `path` being what comes after generation and lineage."""
        apart = [name for name in (self.arm, self.lineage) if name not in ("", FIRST_LINEAGE)]
        return seed_integer(self.study_seed, self.generation, *apart, *path)

    def member(self, address: str, role: str) -> int:
        """Return the 31-bit seed of a member's role, by its address: ("l03/m07", "train")."""
        lineage, _, name = address.rpartition("/")
        return self.in_lineage(lineage).integer(name, role)

    def evaluation(self, split: str = "report", *, again: bool = False) -> int:
        """Return what a split's episodes derive from; whoever is compared with members plays theirs.

        `again`: for members that were trained once more.
        """
        role = split if split in ("select", "confirm") else "report"
        return self.integer(role, *(["extend"] if again else []))
