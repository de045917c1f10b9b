"""Founders that mean harm, by what is wrong with them: a sound one with a part replaced."""

import io
import json
import pickle
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import torch

from heredity.agents.agent import read_tensors
from heredity.agents.archives import pack_zip, unpack_zip
from tests.agents.examples import FRESH

MEMBERS = unpack_zip(FRESH.model)
POLICY = read_tensors(FRESH)["policy"]
FIRST = next(iter(POLICY))
MODULE = "stable_baselines3.common.policies"
ACCOUNT = json.loads(MEMBERS["heredity.json"])["algorithm"]
PLAIN = {name: content for name, content in MEMBERS.items() if name != "heredity.json"}
FOREIGN = {
    "policy_class": {"__module__": MODULE, "__init__": "<function ActorCriticPolicy.__init__ at 0x7f>"},
    "policy_kwargs": {}, "clip_range": 0.2, "use_sde": False,
    "observation_space": {":type:": "<class 'gymnasium.spaces.box.Box'>"},
    "action_space": {":type:": "<class 'gymnasium.spaces.discrete.Discrete'>"},
}  # fmt: skip
"""What the zip of a PPO that Stable-Baselines3 saved tells in `data`."""

Maker = Callable[[], bytes]


def model(changes: dict[str, bytes | None], base: dict[str, bytes] = MEMBERS) -> bytes:
    """Return the zip of a model with some members replaced, added or left out."""
    members = {**base, **changes}
    return pack_zip({name: content for name, content in members.items() if content is not None})


def saved(value: Any) -> bytes:
    """Return what PyTorch saves of a value."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(value, buffer)
    return buffer.getvalue()


def pth(instructions: bytes, **members: bytes) -> bytes:
    """Return a file of PyTorch around a pickle of these instructions, in protocol 2."""
    others = {f"archive/{name}": content for name, content in {"version": b"3\n", **members}.items()}
    return pack_zip({"archive/data.pkl": b"\x80\x02" + instructions + b".", "archive/data/0": bytes(16), **others})


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def tensor(
    kind=b"FloatStorage", count=4, offset=b"K\x00", shape=b"K\x04\x85", strides=b"K\x01\x85", hooks=b"N"
) -> bytes:
    """Return the instructions that make a tensor of the four numbers in `data/0`."""
    storage = (
        b"(" + text("storage") + b"ctorch\n" + kind + b"\n" + text("0") + text("cpu") + b"K" + bytes([count]) + b"tQ"
    )
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + offset + shape + strides + b"\x89" + hooks + b"tR"


def mapping(name: str, value: bytes) -> bytes:
    return b"}" + text(name) + value + b"s"


def pickled(value: Any) -> bytes:
    """Return the instructions that make a value, in which what stands at several places is made once."""
    return pickle.dumps(value, 2)[2:-1]


def doubled(pair: Callable[[Any], Any]) -> Any:
    """Return a value that would take 2^60 places if it were written out."""
    value: Any = None
    for _ in range(60):
        value = pair(value)
    return value


def policy_with(**changes: Any) -> Maker:
    """Return a maker of a model whose policy has other tensors."""
    return lambda: model({"policy.pth": saved({**POLICY, **changes})})


def with_first(make: Callable[[torch.Tensor], Any]) -> Maker:

    def made() -> bytes:
        with warnings.catch_warnings():  # of kinds of tensors that PyTorch calls prototypes
            warnings.simplefilter("ignore")
            return policy_with(**{FIRST: make(POLICY[FIRST])})()

    return made


def optimizer_with(change: Callable[[dict[str, Any]], Any]) -> Maker:
    """Return a maker of a model whose optimizer has taken a step and keeps something else of it."""

    def made() -> bytes:
        parameters = [torch.nn.Parameter(value.clone()) for value in POLICY.values()]
        optimizer = torch.optim.Adam(parameters, lr=0.0003, eps=1e-5)
        for parameter in parameters:
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
        state = optimizer.state_dict()
        return model({"policy.optimizer.pth": saved(change(state) or state)})

    return made


def _group(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda state: state["param_groups"][0].update(changes)


def _moment(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda state: state["state"][0].update({name: value})


def tensors() -> Iterator[tuple[str, Maker]]:
    """Yield files of tensors that every reader refuses."""
    for name, instructions in {
        "a list that holds itself": mapping("a", b"]q\x00h\x00a"),
        "a dict that holds itself": b"}q\x00" + text("a") + b"h\x00s",
        "a list that doubles": mapping("a", pickled(doubled(lambda value: [value, value]))),
        "a tuple that doubles": mapping("a", pickled(doubled(lambda value: (value, value)))),
        "a mapping that doubles": mapping("a", pickled(doubled(lambda value: {"a": value, "b": value}))),
        "nesting": mapping("a", b"]" * 40_000 + b"a" * 39_999),
        "nested tuples as a key": b"}" + b")" + b"\x85" * 90_000 + b"K\x01s",
        "an ordered dict of nested tuples": b"ccollections\nOrderedDict\n" + b")" + b"\x85" * 90_000 + b"\x85R",
        "a memo of two billion": mapping("a", b"Nr\xff\xff\xff\x7f"),
        "a memo of many digits": mapping("a", b"Np" + b"9" * 5000 + b"\n"),
        "a bytearray of a terabyte": mapping("a", b"cbuiltins\nbytearray\n\x8a\x06\x00\x00\x00\x00\x00\x01\x85R"),
        "a counter": mapping("a", b"ccollections\nCounter\n)R"),
        "a module of torch": mapping("a", b"ctorch.nn\nTransformer\n)R"),
        "a system call": b"cos\nsystem\n" + text("true") + b"\x85R",
        "a state for a class": b"ccollections\nOrderedDict\n}" + text("dotted") + b"K\x01sb",
        "a meta tensor": mapping("a", b"ctorch._utils\n_rebuild_meta_tensor_no_storage\n)R"),
        "a subclass of tensors": mapping("a", b"ctorch._utils\n_rebuild_wrapper_subclass\n)R"),
        "text a gigabyte long": mapping("a", b"X\xff\xff\xff\x3fx"),
        "a tensor without numbers": mapping("a", tensor(count=200)),
        "a tensor of another type of numbers": mapping("a", tensor(b"ComplexFloatStorage")),
        "a tensor of too large numbers": mapping("a", tensor(b"DoubleStorage")),
        "a negative offset": mapping("a", tensor(offset=b"J\xff\xff\xff\xff")),
        "a stride of zero": mapping("a", tensor(shape=b"J\xff\xff\xff\x7f\x85", strides=b"K\x00\x85")),
        "a stride beyond the numbers": mapping("a", tensor(strides=b"J\xff\xff\xff\x7f\x85")),
        "a hundred axes": mapping("a", tensor(shape=b"(" + b"K\x01" * 99 + b"t", strides=b"(" + b"K\x00" * 99 + b"t")),
        "a tensor with hooks": mapping("a", tensor(hooks=b"}" + text("a") + b"K\x01s")),
        "text for a size": mapping("a", tensor(shape=text("4") + b"\x85")),
        "an empty tensor": mapping("a", tensor(shape=b"K\x00\x85")),
        "a key that is a number": b"}K\x01" + tensor() + b"s",
        "a name with control characters": mapping("\x1b[31m\u202e", tensor()),
        "a name without a tensor": mapping("a", b"N"),
        "a name with a number": mapping("a", b"K\x01"),
        "a name with text": mapping("a", text("b" * 100_000)),
        "a list": b"](K\x01K\x02e",
        "a number": b"K\x01",
        "400,000 instructions": mapping("a", b"(" + b"N" * 400_000 + b"t"),
    }.items():  # fmt: skip
        yield name, lambda made=instructions: model({"policy.pth": pth(made)})
    yield (
        "numbers whose highest byte comes first",
        lambda: model({"policy.pth": pth(mapping("a", tensor()), byteorder=b"big")}),
    )
    yield "two pickles", lambda: model({"policy.pth": pack_zip({"a/data.pkl": b"", "b/data.pkl": b""})})
    yield "no pickle", lambda: model({"policy.pth": pack_zip({"a/version": b""})})
    yield "a pickle alone", lambda: model({"policy.pth": pickle.dumps({"a": 1})})
    yield "a zip bomb inside", lambda: model({"policy.pth": deflated({"archive/data.pkl": bytes(100 << 20)})})
    yield "the format of long ago", lambda: model({"policy.pth": _legacy()})
    yield "a program", lambda: model({"policy.pth": _script()})
    yield "no policy", lambda: model({"policy.pth": None})
    for name, make in {
        "a sparse tensor": lambda value: value.to_sparse(),
        "a compressed tensor": lambda value: value.to_sparse_csr(),
        "a quantised tensor": lambda value: torch.quantize_per_tensor(value, 0.1, 0, torch.qint8),
        "a nested tensor": lambda value: torch.nested.nested_tensor([value, value[:2]]),
        "a tensor on no device": lambda value: value.to("meta"),
        "complex numbers": lambda value: value.to(torch.complex64),
        "numbers of eight bits": lambda value: value.to(torch.float8_e4m3fn),
        "numbers of sixteen bits without a sign": lambda value: value.to(torch.uint16),
        "a view of one number": lambda value: torch.zeros(1).as_strided((1 << 20, 1 << 20), (0, 0)),
        "a set": lambda value: {1, 2},
        "a mapping of tensors": lambda value: {"a": value},
    }.items():
        yield name, with_first(make)
    yield "an optimizer that is a list", optimizer_with(lambda state: [1, 2])
    yield "an optimizer that is text", optimizer_with(lambda state: "Adam")
    yield "an optimizer without groups", optimizer_with(lambda state: {"state": state["state"]})
    yield "an optimizer with no group", optimizer_with(lambda state: {**state, "param_groups": []})
    yield "an optimizer with something else", optimizer_with(lambda state: {**state, "more": 1})
    yield "a group that is a list", optimizer_with(lambda state: {**state, "param_groups": [[1]]})
    yield "a group without params", optimizer_with(lambda state: state["param_groups"][0].pop("params") and None)
    yield "params that are text", optimizer_with(_group(params=["a"]))
    yield "params that come twice", optimizer_with(_group(params=[0, 0]))
    yield "text for a learning rate", optimizer_with(_group(lr="0.1"))
    yield "a mapping for a learning rate", optimizer_with(_group(lr={"a": 1}))
    yield "a list of lists for betas", optimizer_with(_group(betas=[[0.9], 0.99]))
    yield "a number of 400 digits", optimizer_with(_group(eps=10**400))
    yield "a state that is a list", optimizer_with(lambda state: {**state, "state": [1]})
    yield "a state of other params", optimizer_with(lambda state: {**state, "state": {99: {"step": 1}}})
    yield "a state by text", optimizer_with(lambda state: {**state, "state": {"a": {}}})
    yield "a state of numbers", optimizer_with(lambda state: {**state, "state": {0: 1}})
    yield "text for steps", optimizer_with(_moment("step", "one"))
    yield "a list for a moment", optimizer_with(_moment("exp_avg", [1.0]))


def optimizers() -> Iterator[tuple[str, Maker]]:
    """Yield optimizers that are of another kind: whoever goes on from one refuses it, and whoever plays it does not."""
    yield "a group more", optimizer_with(lambda state: state["param_groups"].append({"params": [99]}))
    yield (
        "a param less",
        optimizer_with(lambda state: state["state"].pop(state["param_groups"][0]["params"].pop()) and None),
    )
    yield "no learning rate", optimizer_with(lambda state: state["param_groups"][0].pop("lr") and None)
    yield "one beta", optimizer_with(_group(betas=(0.9,)))
    yield "a switch for a number", optimizer_with(_group(eps=True))
    yield "a number for a switch", optimizer_with(_group(amsgrad=0.5))
    yield "a setting more", optimizer_with(_group(momentum=0.5))
    yield "a moment of another shape", optimizer_with(_moment("exp_avg", torch.zeros(3)))
    yield "a moment that is a number", optimizer_with(_moment("exp_avg", 1.0))
    yield "no moment", optimizer_with(lambda state: state["state"][0].pop("exp_avg") is None)
    yield "no steps", optimizer_with(lambda state: state["state"][0].pop("step") is None)
    yield "another moment of another shape", optimizer_with(_moment("more", torch.zeros(7, 7)))


def numbers() -> Iterator[tuple[str, Maker]]:
    """Yield sound files with which nobody can act: founders are refused, and members of one's own are not."""
    for name, value in (("NaN", torch.nan), ("infinity", torch.inf)):
        yield f"{name} in a weight", with_first(lambda weights, value=value: weights.clone().fill_(value))
        yield f"{name} in a moment", optimizer_with(_moment("exp_avg", torch.full_like(POLICY[FIRST], value)))
        yield f"{name} for a learning rate", optimizer_with(_group(lr=float(value)))
    yield (
        "more than single precision holds",
        with_first(lambda value: torch.full_like(value, 1e300, dtype=torch.float64)),
    )


def misfits() -> Iterator[tuple[str, Maker]]:
    """Yield sound files whose tensors are none of a policy: whoever builds one refuses them."""
    yield "one number for a layer", with_first(lambda value: torch.tensor(1.0))
    yield "a layer turned round", with_first(lambda value: value.T)
    yield "a layer of five axes", with_first(lambda value: value[None, None, None])
    yield "whole numbers for a layer", with_first(lambda value: value.to(torch.int64))
    yield "yes and no for a layer", with_first(lambda value: value > 0)
    yield "a layer more", policy_with(**{"mlp_extractor.policy_net.9.weight": torch.zeros(2, 2)})
    yield "a tensor more", policy_with(evil=torch.zeros(2))
    yield (
        "a layer less",
        lambda: model({"policy.pth": saved({name: value for name, value in POLICY.items() if name != FIRST})}),
    )
    yield "a part more", lambda: model({"evil.pth": saved({"a": torch.zeros(2)})})
    yield "a part of another object", lambda: model({"__class__.pth": saved({"a": torch.zeros(2)})})
    yield "tensors for variables", lambda: model({"pytorch_variables.pth": saved({"log_ent_coef": torch.zeros(1)})})


def texts() -> Iterator[tuple[str, Maker]]:
    """Yield accounts of an agent that are no JSON that anybody writes; every reader refuses them."""
    for member, base in (("data", PLAIN), ("heredity.json", MEMBERS)):
        for name, content in {
            "lists nested 100,000 deep": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            "mappings nested 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
            "lists nested 900 deep": b'{"a":' + b"[" * 900 + b"]" * 900 + b"}",
            "a number of 4,000 digits": b'{"a":' + b"9" * 4000 + b"}",
            "a number of 5,000 digits": b'{"a":' + b"9" * 5000 + b"}",
            "two million lists": b'{"a":[' + b"[]," * 2_000_000 + b"[]]}",
            "a list": b"[]",
            "a number": b"1",
            "half a mapping": b'{"a":',
            "bytes that are no text": b"\xff\xfe\x00",
            "nothing": b"",
        }.items():
            yield f"{member}: {name}", lambda member=member, base=base, made=content: model({member: made}, base)


def accounts() -> Iterator[tuple[str, Maker]]:
    """Yield accounts that are JSON and ask for what no such file holds; whoever builds what they say refuses."""
    for name, changes in {
        "a billion weights": {"policy_kwargs": {"net_arch": [4096] * 64}},
        "a billion critics": {"policy_kwargs": {"net_arch": {"pi": [4096] * 60, "vf": [4096] * 60}}},
        "layers of a billion": {"policy_kwargs": {"net_arch": [10**9]}},
        "layers of less than nothing": {"policy_kwargs": {"net_arch": [-5]}},
        "layers of text": {"policy_kwargs": {"net_arch": ["64"]}},
        "a transformer between layers": {"policy_kwargs": {"activation_fn": "Transformer"}},
        "an activation of no class": {"policy_kwargs": {"activation_fn": "functional"}},
        "an extractor by its path": {"policy_kwargs": {"features_extractor_class": "os.system"}},
        "an optimizer by its path": {"policy_kwargs": {"optimizer_class": "os.system"}},
        "an argument that is none": {"policy_kwargs": {"{0.__class__}\x1b[31m": 1}},
        "a rollout of a hundred million": {"n_steps": 10**8},
        "a hyperparameter that is none": {"{0.__class__}": 1},
        "a hyperparameter of text": {"gamma": "0.99"},
        "a schedule of text": {"learning_rate": "lin_x"},
        "too many layers": {"policy_kwargs": {"net_arch": [1] * 1000}},
    }.items():
        yield name, lambda made=changes: told({**ACCOUNT, "hyperparameters": {**ACCOUNT["hyperparameters"], **made}})
    yield "a recurrent network", lambda: told(
        {**ACCOUNT, "name": "RecurrentPPO", "policy": "MlpLstmPolicy",
         "hyperparameters": {"policy_kwargs": {"lstm_hidden_size": 4096, "n_lstm_layers": 64}}}
    )  # fmt: skip
    yield (
        "four thousand critics",
        lambda: told({**ACCOUNT, "name": "TQC", "hyperparameters": {"policy_kwargs": {"n_critics": 4096}}}),
    )
    yield (
        "a replay buffer of a hundred million",
        lambda: told({**ACCOUNT, "name": "DQN", "hyperparameters": {"buffer_size": 10**8}}),
    )
    for name, changes in {
        "a billion copies": {"n_envs": 10**9},
        "half a copy": {"n_envs": 1.5},
        "a name of a megabyte": {"name": "x" * 60_000},
        "a name that is none": {"name": "{0.__class__}"},
        "a policy that is none": {"policy": "os.system"},
        "hyperparameters that are a list": {"hyperparameters": []},
        "a key more": {"evil": 1},
    }.items():
        yield name, lambda made=changes: told({**ACCOUNT, **made})


def descriptions() -> Iterator[tuple[str, Maker]]:
    """Yield what `data` may say of a policy that is none of Stable-Baselines3; whoever builds what it says refuses."""
    policy = FOREIGN["policy_class"]
    for name, changes in {
        "a class that is a list": {"policy_class": [1]},
        "a module that is a list": {"policy_class": {**policy, "__module__": [1]}},
        "a module that is none": {"policy_class": {**policy, "__module__": "os"}},
        "a module of five million letters": {"policy_class": {**policy, "__module__": f"a.{'x' * 5_000_000}.b"}},
        "a constructor that is a number": {"policy_class": {**policy, "__init__": 1}},
        "a constructor of another": {"policy_class": {**policy, "__init__": "<function system.__init__ "}},
        "keywords that are a list": {"policy_kwargs": [1]},
        "an argument that is none": {"policy_kwargs": {"{0.__class__}": 1}},
        "a transformer between layers": {"policy_kwargs": {"activation_fn": "<class 'torch.nn.modules.Transformer'>"}},
        "an extractor by its path": {"policy_kwargs": {"features_extractor_class": "<class 'os.system'>"}},
        "an extractor of a number": {"policy_kwargs": {"features_extractor_kwargs": {"features_dim": 10**9}}},
    }.items():
        yield name, lambda made=changes: model({"data": json.dumps({**FOREIGN, **made}).encode()}, PLAIN)


def told(algorithm: dict[str, Any]) -> bytes:
    """Return a model whose heredity.json tells another algorithm."""
    return model({"heredity.json": json.dumps({"algorithm": algorithm}).encode()})


def deflated(members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip whose members are compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _legacy() -> bytes:
    buffer = io.BytesIO()
    torch.save(POLICY, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def _script() -> bytes:
    class Doubling(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * 2

    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(Doubling(), torch.zeros(1)), buffer)
    return buffer.getvalue()
