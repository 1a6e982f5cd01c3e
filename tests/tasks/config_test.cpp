#include "tasks/config/config.h"

#include <clocale>
#include <cmath>
#include <fstream>
#include <locale>

#include "tasks/config/field.h"
#include "tasks/config/without_effect.h"
#include "tasks/language_model/settings.h"
#include "tasks/synthetic/repeat_task.h"
#include "tests/tasks/config_testing.h"
#include "tests/tasks/library_tasks.h"

using namespace lectern;

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
  for (const std::string name :
       {"synthetic/copy", "synthetic/reverse", "listops/listops", "language_model/language_model",
        "language_model/tiny", "language_model/wikitext-2", "language_model/wikitext-2-lstm",
        "language_model/ptb", "language_model/masked", "language_model/masked_tiny",
        "language_model/distilbert", "grammar/tiny", "grammar/grammar", "question_answering/squad",
        "question_answering/tiny", "chatbot/tiny", "chatbot/multiwoz", "chatbot/multiwoz_lsh",
        "chatbot/multiwoz_small"}) {
    const std::string path = LECTERN_TEST_DATA "/../tasks/" + name + ".toml";
    INFO(path);
    const Config config = read_config(path);
    CHECK(config.task.name != "translation");
    CHECK(settings_without_effect(config).empty());
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

TEST_CASE("files of older versions, with the keys of all tasks, read as ever", "[config]") {
  const std::string keys =
      "length = 128\nsymbols = 127\nmin_length = 10\nmax_depth = 10\nmax_arguments = 10\n"
      "train_size = 10000\nvalid_size = 500\ntest_size = 1000\nvalid_share = 0.1\n";
  for (const std::string name : {"translation", "copy", "language_model", "listops"}) {
    const Config config = parse_config("[task]\nname = \"" + name + "\"\n" + keys, "old.toml");
    CHECK(config == parse_config("[task]\nname = \"" + name + "\"\n", "new.toml"));
  }
}
