"""Writes Fixtures/Checkpoint/Pickle: small files of torch.save, the tensors that are in them, and hostile pickles.

    python Scripts/Fixtures/torch_files.py

Needs torch and safetensors; the versions used are recorded in versions.json.
"""

import argparse
import collections
import json
import os
import pathlib
import pickle
import zipfile

import safetensors
import safetensors.torch
import torch

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Fixtures" / "Checkpoint" / "Pickle"
SEED = 20261122


def state():
    """Tensors of every type, and views of every kind."""
    torch.manual_seed(SEED)
    base = torch.randn(6, 8)
    shared = torch.randn(5, 4)
    tensors = collections.OrderedDict()
    tensors["plain"] = torch.randn(3, 4)
    tensors["double"] = torch.randn(3, dtype=torch.float64)
    tensors["half"] = torch.randn(2, 3).half()
    tensors["bfloat16"] = torch.randn(2, 3).bfloat16()
    tensors["int64"] = torch.tensor([-(2**63), 2**63 - 1, 5])
    tensors["int32"] = torch.tensor([[-(2**31)], [2**31 - 1]], dtype=torch.int32)
    tensors["int16"] = torch.tensor([-32768, 32767], dtype=torch.int16)
    tensors["int8"] = torch.tensor([-128, 127], dtype=torch.int8)
    tensors["uint8"] = torch.tensor([0, 255], dtype=torch.uint8)
    tensors["bool"] = torch.tensor([True, False, True])
    tensors["scalar"] = torch.tensor(2.5)
    tensors["empty"] = torch.zeros(0, 7)
    tensors["transposed"] = base.t()
    tensors["part"] = base[2:5, 1:4]
    tensors["steps"] = base[::2, ::3]
    tensors["row"] = base[3]
    tensors["cube"] = torch.arange(24, dtype=torch.int16).reshape(2, 3, 4).permute(2, 0, 1)
    tensors["expanded"] = torch.tensor([1.0, 2.0]).reshape(2, 1).expand(2, 3)
    tensors["one"] = torch.randn(4, 1)[:, :1].t()
    tensors["tied.a"] = shared
    tensors["tied.b"] = shared
    tensors["equal"] = shared.clone()
    tensors["parameter"] = torch.nn.Parameter(torch.randn(2, 2))
    return tensors


class Command:
    """What a hostile pickle holds: an object that is made by a call."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    tensors = state()
    contiguous = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    safetensors.torch.save_file(contiguous, FOLDER / "expected.safetensors")
    torch.save(tensors, FOLDER / "zip.pt")
    torch.save(tensors, FOLDER / "stream.pt", _use_new_zipfile_serialization=False)
    torch.save(tensors, FOLDER / "stream4.pt", _use_new_zipfile_serialization=False, pickle_protocol=4)

    # A module's own dictionary has attributes, and training programs wrap it.
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
    safetensors.torch.save_file(module.state_dict(), FOLDER / "module.safetensors")
    wrapped = {"epoch": 3, "loss": 0.5, "done": False, "name": "ä", "note": None, "sizes": [1, (2, 3), 2**70, -5]}
    torch.save({**wrapped, "model": {"state_dict": module.state_dict()}}, FOLDER / "wrapped.pt")
    torch.save({**wrapped, "state_dict": module.state_dict()}, FOLDER / "wrapped4.pt", pickle_protocol=4)
    # Members that are padded, and one that is compressed.
    with zipfile.ZipFile(FOLDER / "zip.pt") as source, zipfile.ZipFile(FOLDER / "compressed.pt", "w") as target:
        for info in source.infolist():
            kind = zipfile.ZIP_DEFLATED if info.filename.endswith("data.pkl") else zipfile.ZIP_STORED
            target.writestr(info.filename, source.read(info), kind)

    # Each of these runs something, or makes what is no tensor, when Python reads it.
    torch.save({"weight": Command(os.system, "true")}, FOLDER / "hostile-call.pt")
    torch.save({"weight": torch.zeros(1), "args": argparse.Namespace(a=1)}, FOLDER / "hostile-object.pt")
    torch.save({"weight": torch.zeros(1), "type": torch.float16}, FOLDER / "hostile-type.pt")
    torch.save(
        {"weight": Command(eval, "1")}, FOLDER / "hostile-stream.pt", _use_new_zipfile_serialization=False
    )
    torch.save(torch.zeros(2), FOLDER / "bare.pt")
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), FOLDER / "script.pt")
    (FOLDER / "plain.pkl").write_bytes(pickle.dumps({"weight": [1.0]}, protocol=2))
    versions = {"torch": torch.__version__, "safetensors": safetensors.__version__, "seed": SEED}
    (FOLDER / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


main()
