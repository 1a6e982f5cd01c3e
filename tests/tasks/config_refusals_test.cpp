#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "tasks/config/field.h"
#include "tasks/config/suggestion.h"
#include "tasks/language_model/settings.h"
#include "tests/tasks/config_testing.h"
#include "tests/tasks/library_tasks.h"

using namespace lectern;

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

TEST_CASE("a whole number is compared as one, not as a double", "[config]") {
  const std::string largest = "9007199254740992", next = "9007199254740993";  // 2^53, + 1
  for (const char* key : {"train.seed", "attention.hash_seed", "decode.seed"}) {
    const std::string file =
        text(std::string(key).replace(std::string(key).find('.'), 1, "]\n"), " = ");
    CHECK_NOTHROW(parse_config("[" + file + largest + "\n", "c"));
    CHECK(contains(refusal("[" + file + next + "\n"),
                   text(key, " = ", next, " is not a whole number in [0, ", largest, "]")));
    CHECK(contains(usage_error([&] { parse_config("", "c", {{key, next, "--set"}}); }), next));
  }
  const Config config = parse_config("[train]\nseed = 9007199254740991\n", "c");
  CHECK(parse_config(to_toml(config), "again").train.seed == 9'007'199'254'740'991);
}

TEST_CASE("a NUL in a text is refused with its line, not cut there", "[config]") {
  CHECK(refusal("[data]\ntrain = \"a\\u0000b\"\n") ==
        "conf.toml:2: data.train: a NUL character (\\u0000) in its text; try the text without it");
  CHECK(contains(refusal("[data]\n\n\"tr\\u0000ain\" = \"a\"\n"),
                 "conf.toml:3: data.tr ain: a NUL character (\\u0000) in a key"));
  CHECK(contains(refusal("[\"da\\U00000000ta\"]\ntrain = \"a\"\n"), "conf.toml:1: "));
  CHECK(contains(refusal(std::string("[data]\ntrain = \"a\0b\"\n", 22)), "conf.toml:2: "));
  // What a message quotes is not the end of it.
  CHECK(std::string(Failure(ExitCode::data, std::string("a\0b", 3)).what()) == "a\\x00b");
}

TEST_CASE("messages say where, what came, what was expected and what to do", "[config]") {
  CHECK(refusal("[model]\n\ndropout = 1.5\n") ==
        "conf.toml:3: model.dropout = 1.5 is not a number in [0, 1); try 0.1");
  CHECK(refusal("[model]\nactivation = \"gelo\"") ==
        "conf.toml:2: model.activation = \"gelo\" is not one of \"relu\", \"gelu\", "
        "\"gelu_tanh\", \"silu\"; did you mean gelu?");
  CHECK(refusal("[model]\nnorm_first = 1") ==
        "conf.toml:2: model.norm_first = 1 is not true or false; try false");
  CHECK(refusal("[model]\nnhead = [1]") ==
        "conf.toml:2: model.nhead = [1] is not a whole number in [1, 65536]; try 8");
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
  CHECK(contains(
      refusal("[model]\nmax_length = 50\n"),
      "data.max_length = 128 and </s> behind them are above model.max_length = 50; try 49"));
  CHECK(contains(refusal("[tokenizer]\nshared = false\n"), "try \"decoder\""));
  CHECK(contains(refusal("[train]\nmax_steps = 0\n"), "never end"));
  CHECK(contains(refusal("[decode]\nn_best = 6\n"), "try 5"));
  CHECK(contains(refusal("[model]\nd_model = 7\nnhead = 7\n"), "try 8"));
  CHECK(contains(refusal("[model]\nattention = \"window\"\nattention_scale = 1.0\n"),
                 "model.attention_scale = 1.0 is only for full attention"));
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
  CHECK(contains(refusal("[task]\nname = \"sort\"\n"),
                 "\"grammar_correction\"; try \"translation\""));
  // What concerns translation alone does not trouble the others.
  CHECK_NOTHROW(
      parse_config("[task]\nname = \"copy\"\nlength = 64\n[model]\nmax_length = 64\n"
                   "[tokenizer]\nshared = false\n",
                   "c"));
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
