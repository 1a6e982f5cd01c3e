"""Translation in CTranslate2 with the weights of one of Lectern's checkpoints.

    python3 bench/peers/ctranslate2_translate.py convert runs/m30k/best folder
    python3 bench/peers/ctranslate2_translate.py translate folder --input test.de --output test.hyp

`convert` writes what CTranslate2's own converters write, and the vocabularies beside it.
`translate` is a whole program, text in and text out; it prints one line of JSON: seconds of
importing, loading, tokenizing and of the search alone, the fastest of --repeats."""
import argparse
import json
import os
import sys
import time

START = time.perf_counter()
PAD, BOS, EOS, UNKNOWN = "<pad>", "<s>", "</s>", "<unk>"


# ---- Conversion ------------------------------------------------------------------------------------


def read_checkpoint(path):
    """Parameters by Lectern's names, linear ones stored [in, out]; the configuration; vocabularies."""
    import tomllib

    from safetensors import safe_open

    file = safe_open(path, "numpy")
    tensors = {name: file.get_tensor(name) for name in file.keys() if not name.startswith("optimizer.")}
    return tensors, tomllib.loads(file.metadata()["config"])


def set_linear(spec, tensors, *names):
    """Several layers that read the same input are one product; stored [out, in]."""
    import numpy

    spec.weight = numpy.concatenate([tensors[f"{n}.weight"].T for n in names])
    spec.bias = numpy.concatenate([tensors[f"{n}.bias"] for n in names])


def set_norm(spec, tensors, name):
    spec.gamma, spec.beta = tensors[f"{name}.weight"], tensors[f"{name}.bias"]


def set_layer(spec, tensors, name, decoder):
    own, other = f"{name}.self_attention", f"{name}.cross_attention"
    set_norm(spec.self_attention.layer_norm, tensors, f"{name}.norm1")
    set_linear(spec.self_attention.linear[0], tensors, f"{own}.query", f"{own}.key", f"{own}.value")
    set_linear(spec.self_attention.linear[1], tensors, f"{own}.output")
    if decoder:
        set_norm(spec.attention.layer_norm, tensors, f"{name}.norm2")
        set_linear(spec.attention.linear[0], tensors, f"{other}.query")
        set_linear(spec.attention.linear[1], tensors, f"{other}.key", f"{other}.value")
        set_linear(spec.attention.linear[2], tensors, f"{other}.output")
    set_norm(spec.ffn.layer_norm, tensors, f"{name}.norm{3 if decoder else 2}")
    set_linear(spec.ffn.linear_0, tensors, f"{name}.feed_forward.linear1")
    set_linear(spec.ffn.linear_1, tensors, f"{name}.feed_forward.linear2")


def sinusoids(length, d_model):
    """Sine and cosine in turns, as in the paper; CTranslate2's own table has all sines first."""
    import numpy

    rate = 10000.0 ** -(numpy.arange(0, d_model, 2) / d_model)
    angle = numpy.arange(length)[:, None] * rate
    return numpy.stack([numpy.sin(angle), numpy.cos(angle)], -1).reshape(length, -1).astype("float32")


def convert(options):
    from ctranslate2 import specs

    tensors, config = read_checkpoint(options.checkpoint)
    model = config["model"]
    activations = {"relu": specs.Activation.RELU, "gelu": specs.Activation.GELU}
    plain = model["architecture"] == "transformer" and model["attention"] == "exact"
    if not plain or model["positions"] != "sinusoidal" or model["reversible"]:
        sys.exit("only a plain Transformer with sinusoidal positions can be converted")
    spec = specs.TransformerSpec.from_config(
        (model["num_encoder_layers"], model["num_decoder_layers"]), model["nhead"],
        pre_norm=model["norm_first"], activation=activations[model["activation"]])
    source = tensors["source_embedding.weight"]
    target = tensors.get("target_embedding.weight", source)
    spec.encoder.embeddings[0].weight, spec.decoder.embeddings.weight = source, target
    spec.encoder.scale_embeddings = spec.decoder.scale_embeddings = model["scale_embedding"]
    for side, part in [("encoder", spec.encoder), ("decoder", spec.decoder)]:
        part.position_encodings.encodings = sinusoids(model["max_length"], model["d_model"])
        for number, layer in enumerate(part.layer):
            set_layer(layer, tensors, f"{side}.layers.{number}", decoder=side == "decoder")
        if model["norm_first"]:
            set_norm(part.layer_norm, tensors, f"{side}.norm")
    generator = tensors.get("generator.weight")
    spec.decoder.projection.weight = target if generator is None else generator.T
    spec.decoder.projection.bias = tensors["generator.bias"]
    # Sentences come as numbers of tokens: both programs read the same ones.
    special = [PAD, BOS, EOS, UNKNOWN]
    for register, table in [(spec.register_source_vocabulary, source),
                            (spec.register_target_vocabulary, target)]:
        register(special + [str(i) for i in range(len(special), len(table))])
    spec.config.add_source_eos = True
    os.makedirs(options.folder, exist_ok=True)
    spec.validate()
    spec.save(options.folder)
    for side in ["source", "target"]:
        pieces = tensors.get(f"tokenizer.{side}", tensors["tokenizer.source"])
        with open(os.path.join(options.folder, f"{side}.spm"), "wb") as file:
            file.write(pieces.tobytes())


# ---- Translation -----------------------------------------------------------------------------------


def translate(options):
    import ctranslate2
    import sentencepiece

    imported = time.perf_counter()
    by_name = {"model_path": options.folder, "device": "cpu", "compute_type": options.compute_type,
               "inter_threads": options.inter_threads, "intra_threads": options.intra_threads}
    translator = ctranslate2.Translator(**by_name)
    source, target = (sentencepiece.SentencePieceProcessor(os.path.join(options.folder, f"{side}.spm"))
                      for side in ["source", "target"])
    loaded = time.perf_counter()
    with open(options.input, encoding="utf-8") as file:
        sentences = [[str(i) for i in ids] for ids in source.encode(file.read().splitlines())]
    tokenized = time.perf_counter()
    searches = []
    for _ in range(options.repeats):
        begin = time.perf_counter()
        results = translator.translate_batch(
            sentences, beam_size=options.beam_size, length_penalty=options.length_penalty,
            max_batch_size=options.batch_size, batch_type=options.batch_type)
        searches.append(time.perf_counter() - begin)
    texts = target.decode([[int(i) for i in result.hypotheses[0] if i.isdigit()] for result in results])
    with open(options.output, "w", encoding="utf-8") as file:
        file.writelines(text + "\n" for text in texts)
    print(json.dumps({
        "peer": f"ctranslate2 {ctranslate2.__version__}", "compute_type": options.compute_type,
        "beam_size": options.beam_size, "import": round(imported - START, 3),
        "load": round(loaded - imported, 3), "tokenize": round(tokenized - loaded, 3),
        "search": round(min(searches), 3), "process": round(time.perf_counter() - START, 3)}))


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
commands = parser.add_subparsers(required=True)
command = commands.add_parser("convert")
command.set_defaults(run=convert)
command.add_argument("checkpoint", help="a .safetensors file, or the link `best` of a run folder")
command.add_argument("folder", help="where CTranslate2's model goes")
command = commands.add_parser("translate")
command.set_defaults(run=translate)
command.add_argument("folder", help="what `convert` wrote")
command.add_argument("--input", required=True, help="a sentence a line")
command.add_argument("--output", required=True, help="translations go there")
command.add_argument("--compute-type", default="float32", help="float32, int8, bfloat16 …")
command.add_argument("--beam-size", type=int, default=1)
command.add_argument("--length-penalty", type=float, default=1.0)
command.add_argument("--batch-size", type=int, default=64)
command.add_argument("--batch-type", choices=["examples", "tokens"], default="examples")
command.add_argument("--inter-threads", type=int, default=1, help="batches at a time")
command.add_argument("--intra-threads", type=int, default=2, help="threads of a batch")
command.add_argument("--repeats", type=int, default=1, help="searches; above 1 the process is longer")
options = parser.parse_args()
options.run(options)
