"""What stands for the module wandb: it keeps what it is called with, and what a server would."""

import io
from types import ModuleType, SimpleNamespace


class CommError(Exception):
    """As wandb raises it for what is not there."""


class FakeArtifact:
    def __init__(self, name, type, metadata=None):
        self.name, self.type, self.metadata, self.files = name, type, metadata, []

    def add_file(self, path):
        self.files.append(path)

    def new_file(self, path):
        self.files.append(path)
        return io.StringIO()


class FakeRun:
    """A run; what is logged to it is in its project's history, where a step that is not new is dropped."""

    def __init__(self, server, **given):
        self.server, self.given, self.name = server, given, given["name"]
        self.rows = server.history.setdefault(given["id"], [])
        self.config = SimpleNamespace(update=lambda told, allow_val_change: server.config[given["id"]].update(told))
        server.config.setdefault(given["id"], {}).update(given["config"])
        self.summary = server.summary.setdefault(given["id"], {})
        self.tags = server.tags.get(given["id"], ())
        self.starting_step = len(self.rows) if given["resume"] else 0
        self.metrics, self.finished = [], False
        folder = server.folder / "wandb" / f"run-{len(server.runs)}-{given['id']}" if server.folder else None
        self.dir = folder / "files" if folder else None
        server.runs.append(self)

    def define_metric(self, name, step_metric=None):
        self.metrics.append((name, step_metric))

    def log(self, row, step=None):
        self.rows.append((step, row))

    def use_artifact(self, name, type):
        if name not in self.server.artifacts:
            raise CommError(f"no artifact {name}")
        self.server.edges.append((name, self.name))

    def log_artifact(self, artifact, aliases=()):
        self.server.artifacts.update({f"{artifact.name}:{alias}": artifact for alias in aliases})
        self.server.edges.append((self.name, artifact.name))

    def finish(self):
        self.server.tags[self.given["id"]] = self.tags
        self.finished = True


class FakeWandb(ModuleType):
    """The module: what it is asked for by name, and a project's runs by id. folder: where runs lie on this machine."""

    def __init__(self, folder=None):
        super().__init__("wandb")
        self.folder, self.runs, self.edges = folder, [], []
        self.history, self.config, self.summary, self.tags, self.artifacts = {}, {}, {}, {}, {}
        self.errors = SimpleNamespace(CommError=CommError, Error=CommError)
        self.Settings, self.Artifact = SimpleNamespace, FakeArtifact
        self.Table = lambda columns, data: (columns, data)
        self.__spec__ = SimpleNamespace()

    def init(self, **given):
        return FakeRun(self, **given)

    def Api(self, timeout):  # noqa: N802
        return SimpleNamespace(run=self._found)

    def _found(self, path):
        if (run_id := path.split("/")[-1]) not in self.config:
            raise CommError("no such run")
        return SimpleNamespace(config=self.config[run_id])
