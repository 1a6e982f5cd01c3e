"""Holds the left column of the bridge page against its right one: python3 check_bridge.py, with PyTorch.

Every expression of PyTorch in tutorials/bridge/chapter.cpp that a line `show(…)` follows is evaluated;
what it gives must be what tutorials/bridge/expected.txt says of that line.
"""

import pathlib
import re

import torch
import torch.nn as nn
import torch.nn.functional as F

house = pathlib.Path(__file__).resolve().parents[2]
program = (house / "tutorials/bridge/chapter.cpp").read_text()
printed = [line for line in (house / "tutorials/bridge/expected.txt").read_text().splitlines()
           if line.startswith("[")]
names = {"torch": torch, "nn": nn, "F": F, "x": torch.tensor([[1., 2, 3], [4, 5, 6]]),
         "logits": torch.tensor([[1., 2, 3], [1, 0, 0]]), "linear": nn.Linear(3, 4)}

checked = 0
for theirs, ours in re.findall(r"// torch: (.*?) \| \S+\n(.*?)\n *\n", program, re.S):
    if "show(" not in ours:
        if theirs.startswith(("w =", "loss =", "loss.backward")) and "model" not in theirs:
            exec(theirs, names)
        continue
    value = torch.as_tensor(eval(theirs, names))
    line = printed[checked]
    shape, numbers = line.split("]", 1)
    assert shape + "]" == "[" + ", ".join(map(str, value.shape)) + "]", (theirs, line)
    expected = torch.tensor([float(number) for number in numbers.split()])
    assert torch.allclose(value.flatten().float(), expected, rtol=1e-3), (theirs, value, line)
    checked += 1
assert checked == len(printed), (checked, len(printed))
print(f"{checked} rows agree with PyTorch {torch.__version__}")
