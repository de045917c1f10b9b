"""What Stable-Baselines3 and its zoo write, as this library writes it: read once, before a study is validated.

Texts such as `dict(net_arch=[64, 64], activation_fn=nn.ReLU)` are parsed into mappings and never evaluated; a name in
them is a text, by which a class is looked up where it is needed.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from heredity.errors import StudyError, shortened

LONGEST, MOST_NESTED = 4000, 8
"""Characters of a text that is parsed, and how deep it may nest."""

LIBRARIES = {"nn": "torch.nn", "th": "torch", "optim": "torch.optim"}
"""What scripts call modules that they import."""

ACTIVATIONS = "torch.nn."

CLASSES = ("features_extractor_class", "optimizer_class", "replay_buffer_class", "rollout_buffer_class")
"""Hyperparameters, or keys of policy_kwargs, that name a class; `activation_fn` names one of torch.nn."""

NORMALIZE = {"norm_obs": "observation", "norm_reward": "reward"}

OF_ALGORITHM = ("policy", "n_envs", "normalize")
"""Keys that the zoo has beside the hyperparameters, and this library beside their mapping."""

ELSEWHERE = {
    "n_timesteps": "budget in a generation",
    "env_wrapper": "env: {id: …, wrappers: […]} in a generation",
    "vec_env_wrapper": "env: {id: …, wrappers: […]} in a generation",
    "frame_stack": "{name: heredity.wrappers.ChannelStack, kwargs: {stack_size: …}} among the wrappers of env",
    "env_kwargs": "env: {id: …, kwargs: {…}} in a generation",
    "device": "device in train",
    "callback": "train: {patience_steps: …} to stop early",
    **{name: f"{name} in algorithm, beside hyperparameters" for name in OF_ALGORITHM},
}
"""Keys of the zoo that are no hyperparameter, and where that is written."""

HYPERPARAMETERS = frozenset(
    [
        "policy_kwargs",
        "learning_rate",
        *("n_steps", "batch_size", "n_epochs"),
        "gamma",
        "gae_lambda",
        "clip_range",
        "clip_range_vf",
        "ent_coef",
        "vf_coef",
        "max_grad_norm",
        "target_kl",
        "use_sde",
        "sde_sample_freq",
        "buffer_size",
        "learning_starts",
        "tau",
        "train_freq",
        "gradient_steps",
        "action_noise",
        "noise_type",
        "noise_std",
        "replay_buffer_class",
        "replay_buffer_kwargs",
        "rollout_buffer_class",
        "exploration_fraction",
        "exploration_initial_eps",
        "exploration_final_eps",
        "target_update_interval",
        "policy_delay",
    ]
)
"""Arguments of Stable-Baselines3's algorithms that people write beside their mapping."""


def spelled(raw: Any, model: type[BaseModel]) -> Any:
    """Return what a params.yaml holds with the spellings of others as this library's. Raises StudyError."""
    if not isinstance(raw, dict):
        return raw
    plain: dict[str, Any] = _whole(raw, model)
    for section in ("generations", "controls"):
        if isinstance(nodes := plain.get(section), dict):
            plain[section] = {name: _with_algorithm(node, f"{section}.{name}.") for name, node in nodes.items()}
    return _with_algorithm(plain, "")


def modules_of_classes(policy: str, hyperparameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the modules of the classes that an algorithm names by dotted paths, each once, in their order."""
    keywords = hyperparameters.get("policy_kwargs")
    named = [policy, *_classes(hyperparameters), *_classes(keywords if isinstance(keywords, Mapping) else {})]
    modules = [name.rpartition(".")[0] for name in named]
    return tuple(dict.fromkeys(module for module in modules if module and not is_of_libraries(module)))


def is_of_libraries(module: str) -> bool:
    """Whether a module is one of those whose classes need no import of a study's."""
    return module.partition(".")[0] in ("torch", "stable_baselines3", "sb3_contrib")


def _classes(section: Mapping[str, Any]) -> list[str]:
    named = [section.get(key) for key in (*CLASSES, "activation_fn")]
    return [name for name in named if isinstance(name, str)]


def _whole(value: Any, model: type[BaseModel]) -> Any:
    """Return values with floats such as 1e5 as whole numbers, where a section's field takes nothing else."""
    if not isinstance(value, dict):
        return value
    fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    return {key: _whole_at(each, fields[key]) if key in fields else each for key, each in value.items()}


def _whole_at(value: Any, annotation: Any) -> Any:
    kinds = set(_kinds(annotation))
    if isinstance(value, float) and int in kinds and float not in kinds and value.is_integer():
        return int(value)
    models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    if not models or not isinstance(value, dict):
        return value
    if dict in kinds:  # a mapping of sections by name
        return {name: _whole(each, models[0]) for name, each in value.items()}
    return _whole(value, models[0])


def _kinds(annotation: Any) -> Iterator[Any]:
    """Yield the types in an annotation: those of a union, and what a mapping is of."""
    yield dict if getattr(annotation, "__origin__", None) is dict else annotation
    for part in get_args(annotation):
        yield from _kinds(part)


def _with_algorithm(node: Any, where: str) -> Any:
    """Return a section with the algorithm in it, if there is one, in this library's words."""
    if not isinstance(node, dict):
        return node
    _refuse_elsewhere(node, where, ())
    if not isinstance(algorithm := node.get("algorithm"), dict):
        return node
    written, key = dict(algorithm), f"{where}algorithm"
    _refuse_elsewhere(written, f"{key}.", OF_ALGORITHM)
    if "normalize" in written:
        written["normalize"] = _normalize(written["normalize"], f"{key}.normalize")
    if isinstance(given := written.get("hyperparameters"), dict):
        written["hyperparameters"] = _hyperparameters(given, f"{key}.hyperparameters")
    return {**node, "algorithm": written}


def _refuse_elsewhere(section: Mapping[str, Any], where: str, known: Sequence[str]) -> None:
    """Say where a key of the zoo, or an argument of an algorithm, is written; known: those that belong here."""
    for name in section:
        if name in ELSEWHERE and name not in known:
            raise StudyError(f"{where}{name}: unknown key; write {ELSEWHERE[name]}")
        if name in HYPERPARAMETERS:
            raise StudyError(f"{where}{name}: unknown key; write algorithm: {{hyperparameters: {{{name}: …}}}}")


def _normalize(value: Any, key: str) -> Any:
    """Return the mapping that `true`, or one with VecNormalize's names, stands for."""
    if isinstance(value, bool):
        return {"observation": value, "reward": value}
    given = _mapping(value, key) if isinstance(value, str) else value
    if not isinstance(given, dict):
        return given
    renamed = {NORMALIZE.get(name, name): each for name, each in given.items()}
    if len(renamed) < len(given):
        raise StudyError(f"{key}: expected observation or norm_obs, reward or norm_reward, got both of one")
    return renamed


def _hyperparameters(given: dict[str, Any], key: str) -> dict[str, Any]:
    for name in given:
        if name in ELSEWHERE and name != "device":  # which is one, that heredity sets
            raise StudyError(f"{key}.{name}: expected a hyperparameter, got a key of the zoo; write {ELSEWHERE[name]}")
    return _noise(_keywords(given, key), key)


def _keywords(given: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return arguments with their texts of mappings parsed, and classes by their whole names."""
    plain = {}
    for name, value in given.items():
        if isinstance(value, str) and name.endswith("_kwargs"):
            value = _mapping(value, f"{key}.{name}")
        if isinstance(value, dict) and name.endswith("_kwargs"):
            value = _keywords(value, f"{key}.{name}")
        if isinstance(value, str) and name in (*CLASSES, "activation_fn"):
            value = _whole_name(value)
            value = value.removeprefix(ACTIVATIONS) if name == "activation_fn" else value
        plain[name] = value
    return plain


def _noise(given: dict[str, Any], key: str) -> dict[str, Any]:
    """Return hyperparameters whose `action_noise`, by kind and standard deviation, is in the zoo's words."""
    noise = given.get("action_noise")
    if isinstance(noise, str):
        noise = {"kind": noise}
    if not isinstance(noise, dict):
        return given
    if unknown := [name for name in noise if name not in ("kind", "std")] or [
        name for name in ("noise_type", "noise_std") if name in given
    ]:
        raise StudyError(f"{key}.action_noise: expected kind and std alone, got {unknown[0]} too")
    others = {name: value for name, value in given.items() if name != "action_noise"}
    return {**others, **{f"noise_{'type' if name == 'kind' else name}": value for name, value in noise.items()}}


def _whole_name(name: str) -> str:
    """Return a dotted name with what scripts call a module by written out."""
    first, dot, rest = name.partition(".")
    return LIBRARIES.get(first, first) + dot + rest if dot else name


def _mapping(text: str, key: str) -> dict[str, Any]:
    """Return what a text such as `dict(net_arch=[64, 64])` holds; nothing of it is evaluated. Raises StudyError."""
    try:
        if len(text) > LONGEST:
            raise ValueError
        value = _value(ast.parse(text.strip(), mode="eval").body, MOST_NESTED)
        if isinstance(value, dict):
            return value
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    raise StudyError(
        f"{key}: expected a mapping, or dict(…) of numbers, texts, lists and names of classes as rl-baselines3-zoo "
        f"writes it, got {shortened(text)}; write for example {{net_arch: [64, 64]}}"
    )


def _value(node: ast.expr, depth: int) -> Any:
    """Return the plain value of a syntax tree. Raises ValueError for anything but values and names."""
    if not depth:
        raise ValueError
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.Name() | ast.Attribute():
            return _whole_name(_dotted(node))
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_value(part, depth - 1) for part in parts]
        case ast.Dict(keys=keys, values=values) if all(isinstance(key, ast.Constant) for key in keys):
            named = ((_value(key, depth), value) for key, value in zip(keys, values, strict=True) if key is not None)
            return {str(key): _value(value, depth - 1) for key, value in named}
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords) if all(each.arg for each in keywords):
            return {str(each.arg): _value(each.value, depth - 1) for each in keywords}
    raise ValueError


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=of, attr=name):
            return f"{_dotted(of)}.{name}"
    raise ValueError
