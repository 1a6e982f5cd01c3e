"""Makes models of Hugging Face's transformers with random weights, as `save_pretrained` writes them
(model.safetensors, config.json), and what they compute (logits.safetensors): tests/reference/distilbert,
bert and gpt2.

    python3 tests/reference/make_huggingface.py [FOLDER]

The C++ tests read the stored files and need no Python. README.md in this folder names every tensor."""
import json
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import (BertConfig, BertForMaskedLM, DistilBertConfig, DistilBertForMaskedLM, GPT2Config,
                          GPT2LMHeadModel)

# With their 0.02 a layer this narrow hardly bends, and one activation function is like another.
WIDE = 0.3
MODELS = {
    "distilbert": lambda: DistilBertForMaskedLM(DistilBertConfig(
        vocab_size=40, max_position_embeddings=24, dim=16, n_layers=2, n_heads=2, hidden_dim=32,
        initializer_range=WIDE)),
    "bert": lambda: BertForMaskedLM(BertConfig(
        vocab_size=40, max_position_embeddings=24, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, initializer_range=WIDE)),
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(
        vocab_size=40, n_positions=24, n_embd=16, n_layer=2, n_head=2, bos_token_id=39, eos_token_id=39,
        initializer_range=WIDE)),
}


def make(folder, model):
    # Norms and biases begin as ones and zeros, which no exchange of two of them would change.
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    ids = torch.randint(40, (3, 24))
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    about = dict(torch=torch.__version__, transformers=transformers.__version__)
    save_file({"input_ids": ids.to(torch.int32), "logits": logits.contiguous()},
              folder / "logits.safetensors", {"lectern": json.dumps(about)})
    print(f"{folder.name}: {sum(1 for _ in model.parameters())} parameters")


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    torch.set_num_threads(1)
    for name, model in MODELS.items():
        torch.manual_seed(7)
        make(folder / name, model().eval())


main()
