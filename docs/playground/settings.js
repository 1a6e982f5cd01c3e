// What can be set in the playground: each row is a key of the configuration, as `lectern train` reads
// it, with what the menu or field is called and offers.
"use strict";

const settings = [
  { key: "model.architecture", name: "Architecture", choices: ["transformer", "recurrent"] },
  { key: "model.attention", name: "Self-attention", choices: ["exact", "window", "lsh", "linear"], only: "transformer" },
  { key: "model.positions", name: "Positions", choices: ["sinusoidal", "learned", "none"], only: "transformer" },
  { key: "model.d_model", name: "d_model", choices: [16, 32, 64, 128] },
  { key: "model.nhead", name: "Heads", choices: [1, 2, 4, 8], only: "transformer" },
  { key: "model.num_encoder_layers", name: "Encoder layers", choices: [1, 2, 3] },
  { key: "model.num_decoder_layers", name: "Decoder layers", choices: [1, 2, 3] },
  { key: "model.dim_feedforward", name: "d_ff", choices: [64, 128, 256, 512], only: "transformer" },
  { key: "model.norm_first", name: "Norm first", choices: [true, false], only: "transformer" },
  { key: "model.reversible", name: "Reversible", choices: [false, true], only: "transformer" },
  { key: "model.dropout", name: "Dropout", number: { min: 0, max: 0.5, step: 0.05 } },
  { key: "train.learning_rate", name: "Learning rate", number: { min: 0.0005, max: 0.02, step: 0.0005 } },
  { key: "train.label_smoothing", name: "Label smoothing", number: { min: 0, max: 0.3, step: 0.05 } },
  { key: "train.max_steps", name: "Steps", number: { min: 50, max: 3000, step: 50 } },
  { key: "train.seed", name: "Seed", number: { min: 0, max: 999, step: 1 } },
];

// What the menus and fields begin with.
const ordinary = {
  "model.architecture": "transformer",
  "model.attention": "exact",
  "model.positions": "sinusoidal",
  "model.d_model": 64,
  "model.nhead": 4,
  "model.num_encoder_layers": 1,
  "model.num_decoder_layers": 2,
  "model.dim_feedforward": 256,
  "model.norm_first": true,
  "model.reversible": false,
  "model.dropout": 0,
  "train.learning_rate": 0.008,
  "train.label_smoothing": 0.05,
  "train.max_steps": 600,
  "train.seed": 42,
};

// Experiments to begin with, and the chapter that explains them.
const presets = [
  { name: "A Transformer learns to translate", set: {} },
  { name: "One head instead of four", set: { "model.nhead": 1 } },
  { name: "No positions: a bag of words", set: { "model.positions": "none" } },
  { name: "Windows: each word sees two to each side", set: { "model.attention": "window" } },
  { name: "Hashing: each word sees those of its bucket", set: { "model.attention": "lsh" } },
  { name: "Linear attention", set: { "model.attention": "linear" } },
  { name: "Reversible layers", set: { "model.reversible": true } },
  { name: "Norm last, as in the paper of 2017", set: { "model.norm_first": false } },
  { name: "A recurrent network with attention", set: { "model.architecture": "recurrent" } },
];

// The rest of the configuration, the same for all.
const fixed = {
  data: { train: "toy-train", valid: "toy-valid", src: "de", tgt: "en", max_length: 60 },
  tokenizer: { kind: "word", shared: false },
  model: { max_length: 64, tie_embeddings: "decoder" },
  train: { batch_tokens: 512, warmup_steps: 50, valid_every: 200, save_every: 100000, threads: 1 },
  decode: { beam_size: 1, max_length: 60 },
  log: { log_every: 10, tensorboard: false },
};
// What a pattern of attention needs on sentences as short as these.
const ofPattern = {
  window: { window: 2 },
  lsh: { lsh_attn_chunk_length: 4, num_hashes: 2, exact_below: 1 },
};

// The configuration as TOML.
function configuration(chosen) {
  const tables = structuredClone(fixed);
  for (const { key, only } of settings) {
    if (only && only !== chosen["model.architecture"]) continue;
    const [table, name] = key.split(".");
    tables[table][name] = chosen[key];
  }
  const pattern = chosen["model.architecture"] === "transformer" && ofPattern[chosen["model.attention"]];
  if (pattern) tables.attention = pattern;
  const lines = Object.entries(tables).flatMap(([table, rows]) =>
    [`[${table}]`, ...Object.entries(rows).map(([name, value]) => `${name} = ${JSON.stringify(value)}`), ""]);
  return lines.join("\n");
}
