"""Where the agents of a folder lie: each as a zip of its own, or thousands in a file of arrays.

An agent is named by the path of its zip, whether there is one (`models/l03/m07.zip`) or not (its row in
`models/agents.npz`); all that asks for agents by their paths asks here.
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from heredity.agents.bundles import read_bundle, write_bundle
from heredity.agents.mapped import read_mapped
from heredity.errors import AgentError
from heredity.files import write_bytes
from heredity.layout import ARRAYS, EPISODES, STATISTICS, history_path, normalizer_path, vecnormalize_path
from heredity.reading import MODEL_BYTES, is_there, read_bytes, readable

Place = Callable[[Path], Path]

BUNDLES: Mapping[Place, str] = {history_path: EPISODES, vecnormalize_path: STATISTICS}
"""What lies beside models, by where each has its own, and in which file that of all is."""


def array_files(folder: Path) -> list[Path]:
    """Return the files of arrays in a folder; members of several architectures lie in several."""
    return sorted(folder.glob(ARRAYS))


def members_in(folder: Path) -> list[str]:
    """Return the addresses of the members whose models lie in a folder, lineage by lineage.

    Raises AgentError naming a file of arrays that is damaged.
    """
    models = (*folder.glob("*.zip"), *folder.glob("l[0-9]*/*.zip"))
    names = {model.relative_to(folder).with_suffix("").as_posix() for model in models}
    return sorted(names.union(*(read_mapped(file)[0].names for file in array_files(folder))))


def in_arrays(model: Path) -> tuple[Path, str] | None:
    """Return the file of arrays that a model lies in, and its address there; None for a zip, or what is nowhere."""
    if is_there(model):
        return None
    for folder, name in _homes(model):
        for file in array_files(folder):
            if name in read_mapped(file)[0].rows:
                return file, name
    return None


def is_kept(model: Path) -> bool:
    """Whether a model is there, in either form."""
    return is_there(model) or in_arrays(model) is not None


def kept_beside(model: Path, place: Place, largest_bytes: int = MODEL_BYTES) -> bytes | None:
    """Return what lies beside a model in a file of its own, or in the one of all members; None where neither is there.

    place: where its own lies. Raises OSError, ValueError or AgentError for a file that cannot be read.
    """
    if is_there(place(model)):
        return read_bytes(place(model), largest_bytes)
    for folder, name in _homes(model):
        bundle = folder / BUNDLES[place]
        if is_there(bundle) and name in (files := read_bundle(bundle)):
            return bytes(files[name])
    return None


def keep_beside(draft: Path, files: Mapping[str, bytes], place: Place, *, as_arrays: bool) -> None:
    """Write what lies beside the models of a directory that is not in place yet: a file each, or one of all.

    files: by member. place: where a model's own lies.
    """
    if as_arrays and files:
        write_bundle(draft / BUNDLES[place], files)
        return
    for name, content in files.items():
        write_bytes(place(draft / f"{name}.zip"), content)


def kept_digest(model: Path) -> str | None:
    """Return the SHA-256 over a model and its statistics, hexadecimal, which is its agent's digest; None where it is
    not there.

    Raises AgentError naming a file that cannot be read.
    """
    if not is_kept(model):
        return None
    digest = sha256()
    for content in kept_files(model).values():
        digest.update(content)
    return digest.hexdigest()


def kept_files(model: Path) -> dict[Path, bytes]:
    """Return a model's zip and its statistics', by where they lie or would.

    Raises AgentError where they cannot be read.
    """
    if found := in_arrays(model):
        from heredity.agents.stack_file import read_stack  # which loads what packs

        agent = read_stack(found[0]).agent(found[1])
        return {model: agent.model} | ({} if agent.normalizer is None else {normalizer_path(model): agent.normalizer})
    files = {}
    for path in (model, normalizer_path(model)):
        if path == model or is_there(path):
            with readable(path, AgentError):
                files[path] = read_bytes(path, MODEL_BYTES)
    return files


def copy_kept(model: Path, copy: Path) -> list[Path]:
    """Write a model in its ordinary form elsewhere, with its statistics beside it, and return what was written.

    Raises AgentError naming a file that cannot be read.
    """
    places = {
        model: copy,
        normalizer_path(model): normalizer_path(copy),
        vecnormalize_path(model): vecnormalize_path(copy),
    }
    files = kept_files(model)
    with readable(vecnormalize_path(model), AgentError):
        for_others = kept_beside(model, vecnormalize_path)
    files |= {} if for_others is None else {vecnormalize_path(model): for_others}
    for path, content in files.items():
        write_bytes(places[path], content)
    return [places[path] for path in files]


def _homes(model: Path) -> Iterator[tuple[Path, str]]:
    """Yield the folders that may have a model in arrays, and its address in each: m07, or l03/m07."""
    for folder in (model.parent, model.parent.parent):
        yield folder, model.relative_to(folder).with_suffix("").as_posix()
