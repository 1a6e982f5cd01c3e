"""Makes tests/reference/recurrent_reference.safetensors: what PyTorch's nn.RNN, nn.GRU and nn.LSTM
compute, of two layers in both directions, on sequences of unequal lengths.

    python3 tests/reference/make_recurrent_reference.py [FOLDER]

The C++ tests read the stored file and need no Python. README.md in this folder names every tensor."""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

BATCH, LENGTH, WIDTH, HIDDEN, LAYERS = 3, 5, 4, 3, 2
LENGTHS = [2, 5, 4]
ADAM = dict(lr=1e-2, betas=(0.9, 0.98), eps=1e-9)
STEPS = 10
CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def keep_one_bias(network, cell):
    """PyTorch adds two biases; one, and in a gru that of the candidate's recurrent part, is enough.
    The other stays zero and has no gradient."""
    mask = torch.zeros(HIDDEN * {"rnn": 1, "gru": 3, "lstm": 4}[cell])
    if cell == "gru":
        mask[2 * HIDDEN:] = 1
    for name, parameter in network.named_parameters():
        if name.startswith("bias_hh"):
            parameter.data.mul_(mask)
            parameter.register_hook(lambda gradient: gradient * mask)


def named(network, cell, part):
    """Under Lectern's names: weights [in, out], one bias."""
    tensors = {}
    for name, parameter in network.named_parameters():
        kind, layer = name.split("_l")
        layer = "layer" + layer
        numbers = part(parameter)
        if kind == "weight_ih":
            tensors[layer + ".input"] = numbers.T
        elif kind == "weight_hh":
            tensors[layer + ".hidden"] = numbers.T
        elif kind == "bias_ih":
            tensors[layer + ".bias"] = numbers
        elif cell == "gru":
            tensors[layer + ".hidden_bias"] = numbers[2 * HIDDEN:]
    return {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}


def reference(cell):
    torch.manual_seed(7)
    network = CELLS[cell](WIDTH, HIDDEN, LAYERS, batch_first=True, bidirectional=True)
    keep_one_bias(network, cell)
    states = (2 if cell == "lstm" else 1)
    x = torch.randn(BATCH, LENGTH, WIDTH, requires_grad=True)
    start = [torch.randn(2 * LAYERS, BATCH, HIDDEN, requires_grad=True) for _ in range(states)]
    d_y = torch.randn(BATCH, LENGTH, 2 * HIDDEN)
    d_last = [torch.randn(2 * LAYERS, BATCH, HIDDEN) for _ in range(states)]

    def run():
        packed = pack_padded_sequence(x, torch.tensor(LENGTHS), batch_first=True, enforce_sorted=False)
        y, last = network(packed, tuple(start) if cell == "lstm" else start[0])
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=LENGTH)
        last = list(last) if cell == "lstm" else [last]
        return y, last, (y * d_y).sum() + sum((a * b).sum() for a, b in zip(last, d_last))

    result = {"x": x, "d_y": d_y, "lengths": torch.tensor(LENGTHS, dtype=torch.int32)}
    y, last, loss = run()
    loss.backward()
    result |= {"y": y, "dx": x.grad.clone(), "loss": loss}
    for i, name in enumerate(["h", "c"][:states]):
        result |= {f"start/{name}": start[i], f"last/{name}": last[i], f"d_last/{name}": d_last[i],
                   f"d_start/{name}": start[i].grad.clone()}
    result |= {"parameters/" + k: v for k, v in named(network, cell, lambda p: p).items()}
    result |= {"gradients/" + k: v for k, v in named(network, cell, lambda p: p.grad).items()}

    optimizer = torch.optim.Adam(network.parameters(), **ADAM)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = run()[2]
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    result["adam/losses"] = torch.tensor(losses)
    result |= {"adam/parameters/" + k: v for k, v in named(network, cell, lambda p: p).items()}
    return {f"{cell}/{name}": tensor.detach().clone().contiguous() for name, tensor in result.items()}


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    tensors = {}
    for cell in CELLS:
        tensors |= reference(cell)
    about = dict(torch=torch.__version__, lengths=LENGTHS, adam=ADAM, steps=STEPS)
    save_file(tensors, folder / "recurrent_reference.safetensors", {"lectern": json.dumps(about)})
    print(f"{len(tensors)} tensors")


main()
