#include "tasks/config/config.h"

#include <chrono>
#include <clocale>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <locale>
#include <map>
#include <set>

#include "tasks/config/field.h"
#include "tasks/config/suggestion.h"
#include "tasks/config/without_effect.h"
#include "tasks/language_model/bytes.h"
#include "tasks/synthetic/repeat_task.h"
#include "tests/tasks/config_testing.h"
#include "tests/tasks/library_tasks.h"

using namespace lectern;

namespace {

/// The message with which a one-line file is refused.
std::string refusal(const std::string& toml) {
  return usage_error([&] { parse_config(toml, "conf.toml"); });
}

/// A configuration far from its defaults.
Config unusual() {
  Config config;
  config.task = {"language_model", LanguageModelSettings{.length = 77, .valid_share = 1.0 / 7}};
  config.train.valid_metric = "loss";
  config.data = {.train = "päth \"with\" \\ quotes\t",
                 .valid = "v",
                 .test = "t",
                 .src = "fr",
                 .tgt = "en-GB",
                 .max_length = 77,
                 .lowercase = true};
  config.tokenizer = {.kind = TokenizerKind::word,
                      .vocab_size = 12345,
                      .shared = false,
                      .min_frequency = 3,
                      .character_coverage = 0.9995};
  config.model = {.d_model = 96,
                  .nhead = 12,
                  .num_layers = 3,
                  .dropout = 1.0 / 3,
                  .activation = Activation::gelu,
                  .norm_first = true,
                  .positions = PositionKind::learned,
                  .max_length = 200,
                  .tie_embeddings = TiedEmbeddings::decoder};
  config.train.learning_rate = 0.1 + 0.2;
  config.train.betas = {0.5, 1.0 / 7};
  config.train.epsilon = 1e-300;
  config.train.seed = 9'007'199'254'740'992;
  config.train.schedule = Schedule::Kind::linear;
  config.train.optimizer = TrainConfig::Optimizer::sgd;
  config.train.device = "cuda:1";
  config.decode.length_penalty = std::nextafter(1.0, 2.0);
  config.log.tensorboard = false;
  return config;
}

}  // namespace

TEST_CASE("a file sets what it names and leaves the rest", "[config]") {
  const Config config = parse_config(
      "[model]\nd_model = 256\nactivation = \"gelu\"\n[train]\nlearning_rate = 1\n"
      "betas = [0.9, 0.999]\n",
      "conf.toml");
  CHECK(config.model.d_model == 256);
  CHECK(config.model.activation == Activation::gelu);
  CHECK(config.train.learning_rate == 1.0);
  CHECK(config.train.betas[1] == 0.999);
  CHECK(config.decode.beam_size == 5);
  CHECK(config.decode.length_penalty == 1.0);
  CHECK(config.train.seed == 42);
  CHECK(parse_config("", "empty.toml") == Config{});
}

TEST_CASE("TOML as others write it", "[config]") {
  const Config config = parse_config(
      "data.train = 'C:\\new'  # a comment\n\n"
      "data.valid = \"\\u00e4\\U0001F600\\t\\\\\\\"#\"\n"
      "  [ \"model\" ]# another\n"
      "\t'nhead'=4\n"
      "d_model = +1_024\n"
      "[train]\n"
      "betas = [ 0.5, # first\n\n  9e-1,\n]",
      "conf.toml");
  CHECK(config.data.train == "C:\\new");
  CHECK(config.data.valid == "ä😀\t\\\"#");
  CHECK(config.model.nhead == 4);
  CHECK(config.model.d_model == 1024);
  CHECK(config.train.betas == std::array<double, 2>{0.5, 0.9});
}

TEST_CASE("overrides come after the file, in their order", "[config]") {
  const Config config = parse_config("[model]\nnum_encoder_layers = 2\n", "conf.toml",
                                     {{"model.num_encoder_layers", "3", "--set"},
                                      {"model.num_encoder_layers", "4", "--set"},
                                      {"train.betas", "[0.8, 0.9]", "--betas"},
                                      {"model.norm_first", "true", "--norm-first"},
                                      {"data.train", "data/a = b", "--train"}});
  CHECK(config.model.num_encoder_layers == 4);
  CHECK(config.train.betas == std::array<double, 2>{0.8, 0.9});
  CHECK(config.model.norm_first);
  CHECK(config.data.train == "data/a = b");
}

TEST_CASE("a printed configuration reads back bit for bit", "[config]") {
  for (const Config& config : {Config{}, unusual()}) {
    const Config again = parse_config(to_toml(config), "printed.toml");
    CHECK(again == config);
    CHECK(to_toml(again) == to_toml(config));
  }
  CHECK_FALSE(unusual() == Config{});
}

TEST_CASE("a decimal comma in the user's language changes nothing", "[config]") {
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  const std::string printed = to_toml(unusual());
  const std::locale before = std::locale::global(std::locale(std::locale(), new Comma));
  for (const char* language : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
    if (std::setlocale(LC_ALL, language)) break;
  const std::string with_comma = to_toml(unusual());
  const Config config = parse_config("[train]\nlearning_rate = 3.5e-4\n", "conf.toml",
                                     {{"model.dropout", "0.25", "--dropout"}});
  std::locale::global(before);
  std::setlocale(LC_ALL, "C");
  CHECK(with_comma == printed);
  CHECK(config.train.learning_rate == 3.5e-4);
  CHECK(config.model.dropout == 0.25);
}

TEST_CASE("100 slips in each key are answered with the right key", "[config]") {
  std::mt19937 random(42);
  int tried = 0, answered = 0;
  for (const Field& field : config_fields()) {
    for (int i = 0; i < 100; ++i, ++tried) {
      std::string typed = misspell(field.name, random);
      while (find_field(Config{}, field.table + "." + typed) || typed.empty())
        typed = misspell(field.name, random);
      const std::string message =
          refusal("[" + field.table + "]\n\"" + typed + "\" = " + to_toml(field.get(Config{})));
      const bool right = contains(message, "conf.toml:2: unknown key ") &&
                         contains(message, "did you mean ") && contains(message, field.key());
      if (right)
        ++answered;
      else
        UNSCOPED_INFO(message);
    }
  }
  CHECK(answered == tried);
  CHECK(tried == 100 * static_cast<int>(config_fields().size()));
}

TEST_CASE("a slip in a table or in --set is answered, too", "[config]") {
  CHECK(contains(refusal("[trian]\nseed = 1\n"),
                 "conf.toml:1: unknown key trian; did you "
                 "mean [train]?"));
  CHECK(contains(refusal("[train]\nnhead = 8\n"), "did you mean model.nhead?"));
  const std::string message = usage_error([] {
    parse_config("", "conf.toml", {{"modelnhead", "4", "--set"}});
  });
  CHECK(message == "--set: unknown key modelnhead; did you mean model.nhead?");
  CHECK(contains(refusal("[vocabulary]\n"), "unknown key vocabulary; `lectern config`"));
  CHECK(contains(refusal("model = 3\n"), "unknown key model; did you mean [model]?"));
}

TEST_CASE("every number refuses nan, inf, 1e400, text and what is out of range", "[config]") {
  int refused = 0, tried = 0;
  for (const Field& field : config_fields()) {
    const Value standard = field.get(Config{});
    const bool numeric = field.metavar == "N" || field.metavar == "X";
    if (!numeric) continue;
    for (const char* bad : {"nan", "inf", "-inf", "1e400", "-1", "\"many\"", "true", "[1]", "1e99",
                            "1979-05-27", "{a = 1}", "99999999999999999999"}) {
      ++tried;
      const std::string message = refusal("[" + field.table + "]\n" + field.name + " = " + bad);
      const bool named = contains(message, "conf.toml:2: ") && contains(message, field.name);
      if (named && contains(message, "; try "))
        ++refused;
      else
        UNSCOPED_INFO(message);
    }
    for (const char* bad :
         {"nan", "inf", "-inf", "1e400", "-1", "many", "", " 1", "0x10", "1e99"}) {
      ++tried;
      const std::string message = usage_error([&] {
        parse_config("", "c", {{field.key(), bad, "--set"}});
      });
      if (message.starts_with("--set: " + field.key() + " = "))
        ++refused;
      else
        UNSCOPED_INFO(message);
    }
  }
  CHECK(refused == tried);
}

TEST_CASE("messages say where, what came, what was expected and what to do", "[config]") {
  CHECK(refusal("[model]\n\ndropout = 1.5\n") ==
        "conf.toml:3: model.dropout = 1.5 is not a number in [0, 1); try 0.1");
  CHECK(refusal("[model]\nactivation = \"gelo\"") ==
        "conf.toml:2: model.activation = \"gelo\" is not one of \"relu\", \"gelu\", \"silu\"; did "
        "you mean "
        "gelu?");
  CHECK(refusal("[model]\nnorm_first = 1") ==
        "conf.toml:2: model.norm_first = 1 is not true or false; try false");
  CHECK(refusal("[model]\nnhead = [1]") ==
        "conf.toml:2: model.nhead = [1.0] is not a whole number in [1, 65536]; try 8");
  CHECK(refusal("[model]\nd_model = 256\nnhead = 7\n") ==
        "conf.toml:3: model.nhead = 7 does not divide model.d_model = 256; try 4 or 8");
  CHECK(refusal("[model]\nd_model = 100\n") ==
        "conf.toml:2: model.nhead = 8 does not divide model.d_model = 100; try 5 or 10");
  CHECK(refusal("[model]\nnhead = 1979-05-27") ==
        "conf.toml:2: model.nhead = a date or a time is not a whole number in [1, 65536]; try 8");
  // What is not TOML is explained by the library that reads it, next to the line.
  CHECK(refusal("[train]\nlearning_rate = 1e400\n")
            .starts_with("conf.toml:2: learning_rate = 1e400: "));
}

TEST_CASE("values that contradict each other are refused", "[config]") {
  CHECK(contains(refusal("[model]\nmax_length = 50\n"),
                 "data.max_length = 128 and </s> behind them are above"));
  CHECK(contains(refusal("[tokenizer]\nshared = false\n"), "try \"decoder\""));
  CHECK(contains(refusal("[train]\nmax_steps = 0\n"), "never end"));
  CHECK(contains(refusal("[decode]\nn_best = 6\n"), "try 5"));
  CHECK(contains(refusal("[model]\nd_model = 7\nnhead = 7\n"), "try 8"));
  CHECK(parse_config("[decode]\nn_best = 6\ntemperature = 1.0", "c").decode.n_best == 6);
  const std::string recurrent = "[model]\narchitecture = \"recurrent\"\n";
  CHECK(parse_config(recurrent + "d_model = 100\n", "c").model.nhead == 8);
  CHECK(contains(refusal(recurrent + "num_decoder_layers = 2\n"), "try 6"));
  CHECK(contains(refusal(recurrent + "d_model = 7\n"), "is odd"));
  CHECK(contains(refusal(recurrent + "attention_score = \"dots\"\n"), "did you mean dot?"));
}

TEST_CASE("hostile files are refused within a second", "[config]") {
  const auto repeat = [](const std::string& part, int times) {
    std::string whole;
    for (int i = 0; i < times; ++i) whole += part;
    return whole;
  };
  const std::string keys = repeat("a.", 100'000) + "a";
  const std::vector<std::string> hostile = {
      "a = " + repeat("[", 100'000),
      repeat("[", 100'000),
      "a = " + repeat("[\n", 100'000),
      "a = " + repeat("{a=", 100'000),
      keys + " = 1",
      "[" + keys + "]",
      "[[" + keys + "]]",
      "a = [\"\"\"a\"\"\"\", {" + keys + " = 1}]",
      "a = ['''a''''', {" + keys + " = 1}]",
      "a = [\"\\\"\", {" + keys + " = 1}]",
      "a = [ # \"\n" + keys + "]",
      repeat("[a]\n", 100'000),
      repeat("a = 1\n", 100'000),
      "[model]\nnhead = 4\nnhead = 4\n",
      std::string(100'000'000, 'a'),
      std::string(1'000'000, '"'),
      std::string(1000, '\0'),
      "a = \"\xff\xfe\"",
      "a = \"",
      "\"",
      "'",
      "=",
      "[!]",
      "[]",
      "[a",
      "a = {b = 1}",
      "a b = 1",
      "a = 1 2",
      "a = \"\\ud800\"",
      "a = \"\\U00110000\"",
      "a = \"\\x\"",
      "a = \"\"\"\nlong\n\"\"\"",
      "[model]\n\u00e4 = 1",
      "a = '''\\\n\u00e4'''",
      "a = \"\\",
  };
  for (const std::string& toml : hostile) {
    const auto begin = std::chrono::steady_clock::now();
    const std::string message = refusal(toml);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    CHECK(seconds.count() < 1);
    CHECK(message.starts_with("conf.toml:"));
    CHECK(message.size() < 500);
  }
  CHECK(refusal("[model]\nnhead = 4\nnhead = 4\n").starts_with("conf.toml:3: nhead = 4: "));
  CHECK(refusal("[model]\n[!]\n").starts_with("conf.toml:2: [!]: "));
}

TEST_CASE("a quote inside a word hides no letters from the reader", "[config]") {
  for (const std::string row : {"a=79-05-2\"[b7\xdd\x9c = 0", "a = 7\"\xdd\x9c\"",
                                "a'\xdd\x9c' = 1", "a = \"open", "a = 'b' 'c'"}) {
    INFO(row);
    CHECK(refusal(row).starts_with("conf.toml:1: "));
  }
}

TEST_CASE("files cut or changed anywhere never crash", "[config]") {
  const std::string whole = to_toml(unusual());
  std::mt19937 random(7);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string toml = whole;
    for (int edit = 0; edit < 3; ++edit)
      toml[random() % toml.size()] = static_cast<char>(random() % 256);
    if (i % 3 == 0) toml.resize(random() % toml.size());
    try {
      parse_config(toml, "conf.toml");
    } catch (const Failure& failure) {
      ++refused;
      if (failure.code != ExitCode::usage) FAIL(failure.what());
    }
  }
  CHECK(refused > 500);
}

TEST_CASE("files that cannot be read are named", "[config]") {
  const auto message = [](const std::string& path) {
    return usage_error([&] { read_config(path); });
  };
  CHECK(message("no/such/file.toml") ==
        "no/such/file.toml: cannot be read; try the path of a TOML file");
  CHECK(contains(message(LECTERN_TEST_DATA), "cannot be read"));
  CHECK(contains(message("/dev/zero"), "larger than 1 MiB"));
}

TEST_CASE("a text that TOML cannot store is refused", "[config]") {
  CHECK(usage_error([] {
          parse_config("", "c", {{"data.train", "a\xff", "--train"}});
        }) == "--train: data.train is not valid UTF-8; try plain letters");
  // Windows line ends and a byte order mark are taken.
  CHECK(parse_config("\xef\xbb\xbf[model]\r\nnhead = 4\r\n", "c").model.nhead == 4);
}

TEST_CASE("the recipes for translation name every key that concerns them", "[config]") {
  for (const std::string name : {"multi30k", "multi30k-en-fr", "toy", "recurrent"}) {
    const std::string path = LECTERN_TEST_DATA "/../tasks/translation/" + name + ".toml";
    std::ifstream in(path);
    const std::string toml(std::istreambuf_iterator<char>(in), {});
    const Config config = read_config(path);
    CHECK(config.task.name == "translation");
    CHECK(settings_without_effect(config).empty());
    for (const Field& field : config_fields()) {
      const bool of_others = field.table == "task" || field.table == "attention";
      if (of_others || field.name == "num_layers") continue;
      const bool of_another_model = field.table == "model" && field.has_effect;
      if (of_another_model && !field.has_effect(config)) continue;
      INFO(path << ": " << field.key());
      CHECK(contains(toml, "\n" + field.name + " = "));
      CHECK(contains(toml, "# " + field.doc));
    }
  }
}

TEST_CASE("the recipes of the other tasks read, and say how to run them", "[config]") {
  for (const std::string name : {"synthetic/copy", "synthetic/reverse", "listops/listops",
                                 "language_model/language_model"}) {
    const std::string path = LECTERN_TEST_DATA "/../tasks/" + name + ".toml";
    INFO(path);
    const Config config = read_config(path);
    CHECK(config.task.name != "translation");
    std::ifstream in(path);
    const std::string toml(std::istreambuf_iterator<char>(in), {});
    CHECK(contains(toml, "#   lectern train tasks/" + name + ".toml --run-dir runs/"));
  }
}

TEST_CASE("without a table [task], a run is a translation as ever", "[config]") {
  const Config config = parse_config("[model]\nnhead = 4\n", "old.toml");
  CHECK(config.task.name == "translation");
  CHECK(config.train.valid_metric == "bleu");
}

TEST_CASE("a task brings the measure that suits it, and refuses others", "[config]") {
  const auto metric = [](const std::string& task) {
    return parse_config("[task]\nname = \"" + task + "\"\n", "c").train.valid_metric;
  };
  CHECK(metric("translation") == "bleu");
  CHECK(metric("language_model") == "loss");
  for (const std::string task : {"copy", "reverse", "listops"}) CHECK(metric(task) == "accuracy");
  CHECK(refusal("[task]\nname = \"copy\"\n[train]\nvalid_metric = \"bleu\"\n") ==
        "conf.toml:4: train.valid_metric = \"bleu\" is nothing that can be measured of "
        "task.name = \"copy\"; try \"accuracy\"");
  CHECK(contains(refusal("[train]\nvalid_metric = \"accuracy\"\n"), "try \"bleu\""));
  CHECK(parse_config("[task]\nname = \"copy\"\n[train]\nvalid_metric = \"loss\"\n", "c")
            .train.valid_metric == "loss");
}

TEST_CASE("the settings of a task must fit each other", "[config]") {
  const auto message = [](const std::string& task, const std::string& rest) {
    return refusal("[task]\nname = \"" + task + "\"\n" + rest);
  };
  CHECK(message("copy", "length = 63\n") ==
        "conf.toml:3: task.length = 63 is odd, unlike 0w0w, the sequences of task.name = "
        "\"copy\"; try 64");
  CHECK(contains(message("reverse", "length = 2\n"), "leaves no room for w"));
  CHECK(message("language_model", "length = 1024\n") ==
        "conf.toml:3: task.length = 1024 is above model.max_length = 512; try 512");
  CHECK(contains(message("listops", "length = 512\n"), "try 511"));
  CHECK(contains(message("listops", "min_length = 200\n"),
                 "task.min_length = 200 is above task.length = 128; try 128"));
  CHECK(contains(message("listops", "max_depth = 2\nmin_length = 13\n"),
                 "cannot be reached with task.max_depth = 2; try 12"));
  CHECK(contains(refusal("[task]\nname = \"sort\"\n"), "\"statistical\"; try \"translation\""));
  // What concerns translation alone does not trouble the others.
  CHECK_NOTHROW(
      parse_config("[task]\nname = \"copy\"\nlength = 64\n[model]\nmax_length = 64\n"
                   "[tokenizer]\nshared = false\n",
                   "c"));
}

TEST_CASE("every key is described once, briefly", "[config]") {
  for (const TaskTable* task : task_tables()) {
    Config config;
    config.task = {task->name, task->settings};
    std::set<std::string> keys;
    for (const Field* field : fields_of(config)) {
      INFO(field->key());
      CHECK(keys.insert(field->key()).second);
      CHECK(field->doc.size() >= 10);
      CHECK(field->doc.size() <= 62);
      Config copy = config;
      CHECK(field->set(copy, field->get(config)));
    }
  }
}

TEST_CASE("help can be found by the words of papers and of PyTorch", "[config]") {
  const std::map<std::string, std::string> words = {
      {"data.train", "training set"},
      {"data.valid", "validation set"},
      {"data.test", "test set"},
      {"data.src", "source language"},
      {"data.tgt", "target language"},
      {"data.max_length", "leave out longer"},
      {"data.lowercase", "lowercase"},
      {"tokenizer.kind", "subword"},
      {"tokenizer.vocab_size", "vocabulary size"},
      {"tokenizer.shared", "joint vocabulary"},
      {"tokenizer.min_frequency", "unknown"},
      {"tokenizer.character_coverage", "characters"},
      {"model.d_model", "model dimension"},
      {"model.nhead", "attention heads"},
      {"model.num_encoder_layers", "encoder"},
      {"model.num_decoder_layers", "decoder"},
      {"model.num_layers", "layers"},
      {"model.dim_feedforward", "feed-forward"},
      {"model.dropout", "dropout"},
      {"model.attention_dropout", "attention weights"},
      {"model.activation", "activation function"},
      {"model.norm_first", "pre-norm"},
      {"model.positions", "positional encoding"},
      {"model.max_length", "maximum sequence length"},
      {"model.tie_embeddings", "weight tying"},
      {"model.attention", "self-attention"},
      {"model.reversible", "reversible"},
      {"model.feed_forward_chunk", "chunk size"},
      {"attention.window", "window size"},
      {"attention.dilation", "dilation"},
      {"attention.global_tokens", "global attention"},
      {"attention.width_cost", "regularization"},
      {"attention.num_hashes", "hashing"},
      {"attention.num_buckets", "buckets"},
      {"attention.lsh_attn_chunk_length", "chunk length"},
      {"attention.lsh_candidates", "causal"},
      {"attention.exact_below", "full attention"},
      {"attention.hash_seed", "random seed"},
      {"train.learning_rate", "learning rate"},
      {"train.schedule", "learning rate schedule"},
      {"train.warmup_steps", "warm-up"},
      {"train.max_steps", "steps"},
      {"train.max_epochs", "epochs"},
      {"train.batch_tokens", "batch size"},
      {"train.batch_size", "batch size"},
      {"train.grad_accum", "gradient accumulation"},
      {"train.clip_norm", "gradient clipping"},
      {"train.label_smoothing", "spread over all tokens"},
      {"train.optimizer", "optimizer"},
      {"train.betas", "exponential decay rates of the moments"},
      {"train.epsilon", "epsilon"},
      {"train.weight_decay", "weight decay"},
      {"train.seed", "random seed"},
      {"train.valid_every", "validation interval"},
      {"train.save_every", "checkpoint interval"},
      {"train.keep_last", "checkpoints"},
      {"train.keep_best", "checkpoints"},
      {"train.early_stopping", "early stopping"},
      {"train.valid_metric", "metric"},
      {"train.average_checkpoints", "checkpoint averaging"},
      {"train.threads", "threads"},
      {"train.device", "device"},
      {"train.precision", "mixed precision"},
      {"train.cuda_graphs", "CUDA graphs"},
      {"train.detect_anomaly", "NaN"},
      {"decode.beam_size", "beam width"},
      {"decode.length_penalty", "length penalty"},
      {"decode.max_length", "maximum output length"},
      {"decode.max_length_ratio", "maximum output length"},
      {"decode.max_length_offset", "tokens"},
      {"decode.n_best", "n-best"},
      {"decode.batch_tokens", "batch size"},
      {"decode.temperature", "temperature"},
      {"decode.top_k", "top-k sampling"},
      {"decode.top_p", "nucleus"},
      {"decode.seed", "random seed"},
      {"log.log_every", "logging interval"},
      {"log.tensorboard", "TensorBoard"},
      {"log.tensorboard_dir", "TensorBoard"}};
  for (const auto& [key, word] : words) {
    const Field* field = find_field(Config{}, key);
    INFO(key);
    REQUIRE(field);
    CHECK(contains(field->doc, word));
  }
}

TEST_CASE("a task's keys are its own", "[config]") {
  const Config config = parse_config("[task]\nlength = 64\nname = \"copy\"\n", "c");
  CHECK(config.task.as<RepeatSettings>().length == 64);
  CHECK(contains(to_toml(config), "\nsymbols = 127 "));
  CHECK_FALSE(contains(to_toml(config), "valid_share"));
  CHECK_THROWS(config.task.as<LanguageModelSettings>());
  CHECK(contains(refusal("[task]\nname = \"copy\"\nsymbls = 9\n"), "did you mean task.symbols?"));
  // Another task's keys are passed over, and that is told.
  const auto told = [](const std::string& toml, const std::vector<Override>& typed) {
    return settings_without_effect(parse_config(toml, "c", typed));
  };
  CHECK(told("[task]\nname = \"copy\"\nvalid_share = 0.5\n", {}) ==
        std::vector<std::string>{
            "task.valid_share = 0.5 has no effect: the task copy has no such key"});
  CHECK(told("", {{"task.symbols", "9", "--set"}}) ==
        std::vector<std::string>{
            "task.symbols = 9 has no effect: the task translation has no such key"});
  // What the command line says of the task comes before all keys of the file.
  const Config other = parse_config("[task]\nmin_length = 4\nlength = 24\n", "c",
                                    {{"task.name", "listops", "--set"}});
  CHECK(other.task.name == "listops");
}

TEST_CASE("files of older versions, with the keys of all tasks, read as ever", "[config]") {
  const std::string keys =
      "length = 128\nsymbols = 127\nmin_length = 10\nmax_depth = 10\nmax_arguments = 10\n"
      "train_size = 10000\nvalid_size = 500\ntest_size = 1000\nvalid_share = 0.1\n";
  for (const std::string name : {"translation", "copy", "language_model", "listops"}) {
    const Config config = parse_config("[task]\nname = \"" + name + "\"\n" + keys, "old.toml");
    CHECK(config == parse_config("[task]\nname = \"" + name + "\"\n", "new.toml"));
  }
}

TEST_CASE("what is set and changes nothing is told", "[config]") {
  const auto told = [](const std::string& toml) {
    std::string sentences;
    for (const std::string& each : settings_without_effect(parse_config(toml, "c")))
      sentences += each + "\n";
    return sentences;
  };
  CHECK(told("") == "");
  CHECK(told("[decode]\ntop_k = 5\n") ==
        "decode.top_k = 5 has no effect: it is for decode.temperature > 0\n");
  CHECK(told("[decode]\ntop_k = 5\ntemperature = 1\n") == "");
  CHECK(told("[decode]\ntemperature = 1\nlength_penalty = 2\n") ==
        "decode.length_penalty = 2.0 has no effect: it is for decode.temperature = 0\n");
  CHECK(told("[attention]\nnum_hashes = 8\n") ==
        "attention.num_hashes = 8 has no effect: it is for lsh in model.attention\n");
  CHECK(told("[model]\nattention = \"exact, lsh\"\n[attention]\nnum_hashes = 8\n") == "");
  // A name within a name is another name.
  CHECK(contains(told("[model]\nattention = \"learned_window\"\n[attention]\ndilation = 2\n"),
                 "attention.dilation = 2 has no effect"));
  CHECK(contains(told("[train]\noptimizer = \"sgd\"\nepsilon = 1e-8\n"), "train.epsilon"));
  CHECK(contains(told("[train]\noptimizer = \"sgd\"\nbetas = [0.9, 0.5]\n"), "train.betas"));
  CHECK(told("[train]\noptimizer = \"sgd\"\nbetas = [0.5, 0.98]\n") == "");
  CHECK(contains(told("[train]\nbatch_size = 8\nbatch_tokens = 9\n"), "train.batch_tokens = 9"));
  CHECK(contains(told("[tokenizer]\nmin_frequency = 2\n"), "tokenizer.kind = \"word\""));
  CHECK(contains(told("[model]\nnum_layers = 2\n"), "the task translation has no use for it"));
  CHECK(contains(told("[log]\ntensorboard = false\ntensorboard_dir = \"t\"\n"), "tensorboard_dir"));
  const std::string recurrent = "[model]\narchitecture = \"recurrent\"\n";
  CHECK(told(recurrent + "cell = \"gru\"\nbidirectional = false\n") == "");
  CHECK(told(recurrent + "nhead = 7\n") ==
        "model.nhead = 7 has no effect: it is for model.architecture = \"transformer\"\n");
  CHECK(contains(told(recurrent + "attention = \"lsh\"\n[attention]\nnum_hashes = 8\n"),
                 "attention.num_hashes = 8 has no effect"));
  CHECK(told("[model]\nattention_score = \"none\"\n") ==
        "model.attention_score = \"none\" has no effect: it is for model.architecture = "
        "\"recurrent\"\n");
  const std::string copy = "[task]\nname = \"copy\"\n";
  // A task whose model is one stack has no other architecture: its heads are heads.
  CHECK(told(copy + recurrent + "nhead = 4\n") ==
        "model.architecture = \"recurrent\" has no effect: the task copy has no use for it\n");
  CHECK(contains(refusal(copy + recurrent + "nhead = 7\n"), "does not divide"));
  CHECK(contains(told(copy + "[data]\ntrain = \"x\"\n"), "data.train = \"x\" has no effect"));
  CHECK(told(copy + "[model]\nnum_layers = 2\n") == "");
}

TEST_CASE("the recipes set nothing in vain", "[config]") {
  for (const std::string name :
       {"translation/multi30k", "translation/multi30k-en-fr", "translation/recurrent",
        "translation/toy", "synthetic/copy", "synthetic/reverse", "synthetic/duplicate",
        "listops/listops", "language_model/language_model"}) {
    INFO(name);
    const Config config = read_config(LECTERN_TEST_DATA "/../tasks/" + name + ".toml");
    CHECK(settings_without_effect(config).empty());
  }
}

TEST_CASE("a run can be resumed with other values of just these keys", "[config]") {
  std::string keys;
  for (const Field& field : config_fields())
    if (field.may_change && field.table != "decode" && field.table != "log")
      keys += field.key() + " ";
  CHECK(keys ==
        "data.train data.valid data.test attention.freeze_widths_at attention.dropped_mass "
        "train.max_steps train.max_epochs train.save_every "
        "train.keep_last train.keep_best train.early_stopping train.average_checkpoints "
        "train.threads train.device train.cuda_graphs train.detect_anomaly ");
}

TEST_CASE("edit distance counts slips", "[config]") {
  CHECK(edit_distance("nhead", "nhead") == 0);
  CHECK(edit_distance("nhaed", "nhead") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("SEED", "seed") == 0);
  CHECK(did_you_mean("top-x", std::vector<std::string>{"top-k", "top-p", "seed"}) ==
        "did you mean top-k or top-p?");
  CHECK(did_you_mean("banana", std::vector<std::string>{"seed"}).empty());
}
