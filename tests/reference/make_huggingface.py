"""Makes tests/reference/distilbert/: a DistilBertForMaskedLM of Hugging Face's transformers with random
weights, as `save_pretrained` writes it (model.safetensors, config.json), and what it computes
(logits.safetensors).

    python3 tests/reference/make_huggingface.py [FOLDER]

The C++ tests read the stored files and need no Python. README.md in this folder names every tensor."""
import json
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import DistilBertConfig, DistilBertForMaskedLM


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent) / "distilbert"
    torch.set_num_threads(1)
    torch.manual_seed(7)
    config = DistilBertConfig(vocab_size=40, max_position_embeddings=24, dim=16, n_layers=2, n_heads=2,
                              hidden_dim=32)
    model = DistilBertForMaskedLM(config).eval()
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
    print(f"{sum(1 for _ in model.parameters())} parameters")


main()
