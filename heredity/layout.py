"""Where everything of a study lies: takes names, returns paths; no other module knows a folder's or a file's name.

params.yaml  approvals.yaml   study/: what each stage is given
lineage/<generation>/         heirs/ models/ curves.csv evaluation.csv extension/ gate.json confirmation.csv control/
report/                       transfer.json, metrics/, index.html, best/, …
.heredity/                    members, finished or not, and timings, which no stage reads as its input; locks
"""

from dataclasses import dataclass
from pathlib import Path

PARAMS, APPROVALS, GRAPH, LOCK = map(Path, ("params.yaml", "approvals.yaml", "dvc.yaml", "dvc.lock"))

ARRAYS, EPISODES, STATISTICS = "agents*.npz", "episodes.npz", "vecnormalize.npz"  # of all members of a folder

FOUNDERS, CONTROL = "founders", "control"
RESERVED = (FOUNDERS, "study")  # names that no generation can have


def control_arm(name: str) -> str:
    """Return what a control is called among the arms of a generation."""
    return f"{CONTROL}/{name}"


def control_name(arm: str) -> str | None:
    """Return the name of the control that an arm is, None for another arm."""
    return arm.removeprefix(f"{CONTROL}/") if arm.startswith(f"{CONTROL}/") else None


def nearest_project(start: Path) -> Path | None:
    """Return the nearest directory with a dvc.yaml at or above a directory, None where there is none."""
    return next((path for path in (start.resolve(), *start.resolve().parents) if (path / GRAPH).is_file()), None)


def normalizer_path(model: Path) -> Path:
    """Return where the running statistics of the model at this path lie."""
    return model.with_suffix(".normalizer.npz")


def vecnormalize_path(model: Path) -> Path:
    """Return where the same statistics lie for other tools, as rl-baselines3-zoo keeps them."""
    return model.with_suffix("") / "vecnormalize.pkl"


def history_path(model: Path) -> Path:
    """Return where the training episodes of the model at this path lie."""
    return model.with_suffix(".episodes.npz")


def replay_path(model: Path) -> Path:
    """Return where the replay buffer of the model at this path lies, where one is kept."""
    return model.with_suffix(".replay.npz")


@dataclass(frozen=True)
class ArmFolder:
    """The folder of one population: what its training and its evaluation left there."""

    directory: Path

    @property
    def models(self) -> Path:
        """One Stable-Baselines3 zip per living member, or files of arrays of them all (`heredity.agents.kept`)."""
        return self.directory / "models"

    def model(self, member: str) -> Path:
        """One member's trained model."""
        return self.models / f"{member}.zip"

    @property
    def curves(self) -> Path:
        """The learning curve of every living member."""
        return self.directory / "curves.csv"

    @property
    def evaluation(self) -> Path:
        """Every episode that was played for a decision."""
        return self.directory / "evaluation.csv"

    @property
    def training_failures(self) -> Path:
        """Members that failed in training; there only where one did."""
        return self.models / "failures.json"

    @property
    def failures(self) -> Path:
        """Members that failed in training or evaluation."""
        return self.directory / "failures.json"

    @property
    def gate(self) -> Path:
        """The gate's decision; of controls, only those have one whose members it chooses from."""
        return self.directory / "gate.json"


@dataclass(frozen=True)
class Layout:
    """One study: its folder of generations and its folder of results, by default those of the working directory."""

    lineage: Path = Path("lineage")
    report: Path = Path("report")

    @property
    def project(self) -> Path:
        """The directory that holds the study."""
        return self.lineage.parent

    @property
    def handouts(self) -> Path:
        """What `study` hands to the other stages."""
        return self.project / "study"

    @property
    def study_name(self) -> Path:
        """What the study is called: no stage's input, because no result depends on it."""
        return self.handouts / "name.txt"

    def handout(self, stage: str, generation: str | None = None) -> Path:
        """The file that is all one stage is given."""
        return self.handouts / (generation or "") / f"{stage}.json"

    def generation(self, generation: str) -> Path:
        """Everything of one generation."""
        return self.lineage / generation

    def arm(self, generation: str, arm: str) -> ArmFolder:
        """One population of a generation: "inherited", its members' "extension", or a control (`control_arm`)."""
        return ArmFolder(self.generation(generation) / {"inherited": ""}.get(arm, arm))

    def controls(self, generation: str) -> Path:
        """All controls of a generation, a folder each."""
        return self.generation(generation) / CONTROL

    def control(self, generation: str, name: str) -> ArmFolder:
        """One control of a generation."""
        return self.arm(generation, control_arm(name))

    def control_names(self, generation: str) -> Path:
        """Which controls a generation has, none among them, written last."""
        return self.controls(generation) / "controls.json"

    def extension_steps(self, generation: str) -> Path:
        """How many steps members were given besides their budget, written last."""
        return self.arm(generation, "extension").directory / "steps.json"

    def extension_record(self, generation: str) -> Path:
        """The decision that asked for the extension; there only where one did."""
        return self.arm(generation, "extension").directory / "asked.json"

    def heirs(self, generation: str) -> Path:
        """The initial models of a generation, and what goes on of their inheritance."""
        return self.generation(generation) / "heirs"

    def heir(self, generation: str, member: str) -> Path:
        """One member's initial model."""
        return self.heirs(generation) / f"{member}.zip"

    def teachers(self, generation: str) -> Path:
        """The parents that members learn from while they train, by their children, where they have any."""
        return self.heirs(generation) / "parents"

    def teacher(self, generation: str, member: str) -> Path:
        """The parent that a member learns from while it trains, where it has one."""
        return self.teachers(generation) / f"{member}.zip"

    def pedigree(self, generation: str) -> Path:
        """The births of a generation."""
        return self.heirs(generation) / "pedigree.json"

    def pedigrees(self) -> list[Path]:
        """Every pedigree that is there, by path."""
        return sorted(self.lineage.glob("*/heirs/pedigree.json"))

    def gate(self, generation: str) -> Path:
        """The gate's decision."""
        return self.arm(generation, "inherited").gate

    def confirmation(self, generation: str) -> Path:
        """Episodes of the survivors that did not choose them."""
        return self.generation(generation) / "confirmation.csv"

    def outputs(self, generation: str) -> tuple[Path, ...]:
        """All that stages write of a generation, there or not."""
        arm, folders = self.arm(generation, "inherited"), (self.heirs(generation), self.controls(generation))
        files = (arm.curves, arm.evaluation, arm.failures, self.gate(generation), self.confirmation(generation))
        return (arm.models, self.arm(generation, "extension").directory, *folders, *files)

    @property
    def sources(self) -> Path:
        """The files that founders were read from."""
        return self.arm("founders", "inherited").models / "sources.json"

    @property
    def transfer(self) -> Path:
        """What inheriting was worth, by generation."""
        return self.report / "transfer.json"

    @property
    def contrasts(self) -> Path:
        """What branches came to, compared with one another."""
        return self.report / "contrasts.json"

    @property
    def spending(self) -> Path:
        """What every arm spent."""
        return self.report / "spending.json"

    @property
    def survival(self) -> Path:
        """When members reached their thresholds, and heritability where there is no control."""
        return self.report / "survival.json"

    @property
    def continual(self) -> Path:
        """What generations know of each other's tasks."""
        return self.report / "continual.json"

    @property
    def metrics(self) -> Path:
        """The headlines, a file per generation and comparison, each of which `dvc metrics show` shows as a row."""
        return self.report / "metrics"

    @property
    def median_curves(self) -> Path:
        """A table per generation, for `dvc plots`."""
        return self.report / "curves"

    @property
    def page(self) -> Path:
        """The report."""
        return self.report / "index.html"

    @property
    def best(self) -> Path:
        """The best survivor of every last generation, for others."""
        return self.report / "best"

    @property
    def figures(self) -> Path:
        """The report's charts as files."""
        return self.report / "figures"

    @property
    def working_files(self) -> Path:
        """What no stage reads as its input, outside of DVC and git."""
        return self.project / ".heredity"

    @property
    def members(self) -> Path:
        """Checkpoints of members, finished or not, by the digest of all that their bits depend on."""
        return self.working_files / "members"

    def lock(self, *names: str) -> Path:
        """What a stage holds while it is at work: by its own name, and its generation's."""
        return self.working_files / "locks" / f"{'-'.join(names)}.lock"

    @property
    def timings(self) -> Path:
        """Core-seconds of training, by the digest of the curves they belong to."""
        return self.working_files / "timings"
