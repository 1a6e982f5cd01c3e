"""Makes models of Hugging Face's transformers with random weights, as `save_pretrained` writes them
(model.safetensors, config.json), small vocabularies in the files that theirs come with (vocab.txt; vocab.json and
merges.txt), what the models compute (logits.safetensors) and how the vocabularies split some texts
(texts.json): tests/reference/distilbert, bert and gpt2.

    python3 tests/reference/make_huggingface.py [FOLDER]

The C++ tests read the stored files and need no Python. README.md in this folder names every tensor."""
import json
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import BertWordPieceTokenizer, ByteLevelBPETokenizer
from transformers import (BertConfig, BertForMaskedLM, DistilBertConfig, DistilBertForMaskedLM, GPT2Config,
                          GPT2LMHeadModel)

# With their 0.02 a layer this narrow hardly bends, and one activation function is like another.
WIDE = 0.3
VOCAB = {"distilbert": 200, "bert": 200, "gpt2": 320}
LEARNED_FROM = [
    "The quick brown fox jumps over the lazy dog.", "A dog and a fox are running; the dogs jumped.",
    "It's what they'll say: we've 1,234 reasons, don't we?", "Zwölf große Männer essen Äpfel im Café.",
    "naïve façade, résumé, smörgåsbord", "日本 人 2026", "I'm sure you're right. He'd said so, I'd think.",
    "running runner runs run, jumper jumping jumps jump", "(brackets) [and] {more} \"quotes\" - dashes\n",
]
TEXTS = [
    "The quick brown fox jumps over the lazy dog.", "the dogs, jumping!", "It's what they'll say: we've 12,345.",
    "Zwölf große Äpfel im CAFÉ", "  two  spaces   and a tab\tin it ", "日本人2026年", "don't 'quote' I'd''ll",
    "é e\u0301 ñ ﬁ Ⅷ ² ½", "emoji 😀🏳️‍🌈 end", "no\u00a0break\u2003em\u200bzero", "x" * 120 + " y", "ÀÉÎÕÜ",
    "a\u0000b\ufffdc\u00ad", "under_score #tag @name $5 +1 <s> </s> [MASK] <|endoftext|>", "İstanbul ΣΑΣ",
]
MODELS = {
    "distilbert": lambda: DistilBertForMaskedLM(DistilBertConfig(
        vocab_size=VOCAB["distilbert"], max_position_embeddings=24, dim=16, n_layers=2, n_heads=2, hidden_dim=32,
        initializer_range=WIDE)),
    "bert": lambda: BertForMaskedLM(BertConfig(
        vocab_size=VOCAB["bert"], max_position_embeddings=24, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, initializer_range=WIDE)),
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(
        vocab_size=VOCAB["gpt2"], n_positions=24, n_embd=16, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0,
        initializer_range=WIDE)),
}


def make(folder, model):
    # Norms and biases begin as ones and zeros, which no exchange of two of them would change.
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    ids = torch.randint(model.config.vocab_size, (2, 24))
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    about = dict(torch=torch.__version__, transformers=transformers.__version__)
    save_file({"input_ids": ids.to(torch.int32), "logits": logits.contiguous()},
              folder / "logits.safetensors", {"lectern": json.dumps(about)})
    print(f"{folder.name}: {sum(1 for _ in model.parameters())} parameters")


def learn_vocabulary(folder, name):
    if name == "gpt2":
        tokenizer = ByteLevelBPETokenizer()
        tokenizer.train_from_iterator(LEARNED_FROM, VOCAB[name], min_frequency=1, special_tokens=["<|endoftext|>"],
                                      show_progress=False)
    else:
        tokenizer = BertWordPieceTokenizer(lowercase=name == "distilbert")
        tokenizer.train_from_iterator(LEARNED_FROM, VOCAB[name], min_frequency=1, show_progress=False)
        (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": name == "distilbert"}, indent=2) + "\n")
    tokenizer.save_model(str(folder))
    assert tokenizer.get_vocab_size() == VOCAB[name], tokenizer.get_vocab_size()
    # As a text spells them, special tokens are ordinary characters.
    tokenizer._tokenizer.encode_special_tokens = True
    split = [{"text": text, "ids": (ids := tokenizer.encode(text, add_special_tokens=False).ids),
              "decoded": tokenizer.decode(ids, skip_special_tokens=False)} for text in TEXTS]
    (folder / "texts.json").write_text(json.dumps(split, indent=1))


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    torch.set_num_threads(1)
    for name, model in MODELS.items():
        torch.manual_seed(7)
        make(folder / name, model().eval())
        learn_vocabulary(folder / name, name)


main()
