#include "tasks/config/command_line.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <sstream>

#include "tensor/out_of_memory.h"
#include "tests/tasks/config_testing.h"

using namespace lectern;

namespace {

Command translate() {
  return {.name = "translate",
          .aliases = {"t"},
          .summary = "writes a translation of every line",
          .example = "lectern translate runs/m30k < german.txt",
          .positionals = {{"RUN", "the run's folder"}},
          .flags =
              [] {
                std::vector<Flag> flags = {
                    {"input", {"i", "src"}, "FILE", "read from", "-", ""},
                    {.name = "limit",
                     .metavar = "N",
                     .help = "stop after so many lines",
                     .default_value = "10",
                     .repeats = true},
                    {"quiet", {"q"}, "", "no progress", "false", ""},
                };
                for (Flag& flag : config_flags({"decode", "train.device", "train.threads"}))
                  flags.push_back(flag);
                return flags;
              }(),
          .run =
              [](const Arguments& arguments) {
                std::cout << arguments.text("RUN") << '\n';
                return 0;
              }};
}

Command train() {
  return {.name = "train",
          .summary = "trains",
          .example = "lectern train multi30k.toml",
          .positionals = {{"CONFIG", "a TOML file"}},
          .flags = config_flags({"train", "model", "data", "tokenizer", "log", "decode.beam_size"}),
          .run = [](const Arguments&) { return 0; }};
}

Program lectern_program() {
  Program program{"lectern", "0.1.0", "a Transformer you can read", {train(), translate()}};
  for (const char* name : {"evaluate", "bleu", "attention", "inspect", "doctor", "bench", "data",
                           "demo", "config", "average", "tokenizer"})
    program.commands.push_back(
        {.name = name, .summary = "-", .example = "-", .run = [](const Arguments&) { return 0; }});
  program.commands[2].aliases = {"test"};
  return program;
}

/// What a run of the program left behind.
struct Outcome {
  int code;
  std::string out;
  std::string err;
};

Outcome run(const Program& program, std::vector<const char*> words) {
  words.insert(words.begin(), "lectern");
  std::ostringstream out, err;
  std::streambuf* const old_out = std::cout.rdbuf(out.rdbuf());
  std::streambuf* const old_err = std::cerr.rdbuf(err.rdbuf());
  const int code = run_program(program, static_cast<int>(words.size()), words.data());
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  return {code, out.str(), err.str()};
}

/// The program with one command, `go`.
Program program_of(std::function<int(const Arguments&)> go) {
  return {"lectern", "0", "", {{.name = "go", .summary = "", .example = "", .run = go}}};
}

/// The exit status of `program go` in a process of its own that writes to `output`.
int status_when_writing_to(int output, const Program& program) {
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(output, STDOUT_FILENO);
    close(output);
    const char* words[] = {"lectern", "go"};
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    _exit(run_program(program, 2, words));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::vector<std::string> spellings(const Command& command) {
  std::vector<std::string> names;
  for (const Flag& flag : command.flags) {
    names.push_back("--" + flag.name);
    for (const std::string& alias : flag.aliases)
      if (alias.size() > 1) names.push_back("--" + alias.substr(0, alias.find('=')));
  }
  return names;
}

}  // namespace

TEST_CASE("what is printed can be pasted: commands begin as the program was started",
          "[command_line]") {
  Program program = lectern_program();
  program.started_as = "build/my lectern";
  CHECK(contains(run(program, {"-h"}).out, "`'build/my lectern' COMMAND -h` explains"));
  const std::string page = run(program, {"translate", "-h"}).out;
  CHECK(contains(page, "  'build/my lectern' translate RUN [FLAG...]\n"));
  CHECK(contains(page, "\n  'build/my lectern' translate runs/m30k < german.txt\n"));
  CHECK(contains(run(program, {"translate"}).err, "try `'build/my lectern' translate runs"));
  CHECK(run(program, {"--version"}).out == "lectern 0.1.0\n");
}

TEST_CASE("words for a shell", "[command_line]") {
  CHECK(shell_word("runs/demo") == "runs/demo");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("a b") == "'a b'");
  CHECK(shell_word("$it's") == "'$it'\\''s'");
}

TEST_CASE("an empty path is refused", "[command_line]") {
  CHECK(contains(run(lectern_program(), {"translate", ""}).err, "RUN is empty"));
  for (const char* flag : {"--input=", "-i"}) {
    const Outcome outcome = run(lectern_program(), {"translate", "runs/a", flag, ""});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "is empty"));
  }
}

TEST_CASE("flags, switches and positionals", "[command_line]") {
  const Arguments arguments =
      parse_arguments(translate(), {"--limit", "3", "-q", "runs/a", "-ifile", "--limit=4"});
  CHECK(arguments.text("RUN") == "runs/a");
  CHECK(arguments.integer("limit") == 4);
  CHECK(arguments.all("limit") == std::vector<std::string>{"3", "4"});
  CHECK(arguments.on("quiet"));
  CHECK(arguments.text("input") == "file");
  const Arguments plain = parse_arguments(translate(), {"--no-quiet", "--", "-q"});
  CHECK(plain.text("RUN") == "-q");
  CHECK_FALSE(plain.on("quiet"));
  CHECK_FALSE(plain.given("limit"));
  CHECK(plain.integer("limit") == 10);
  CHECK(plain.text("input") == "-");
  // Nothing is done to the text of an argument.
  CHECK(parse_arguments(translate(), {"[Hund, Katze]"}).text("RUN") == "[Hund, Katze]");
}

TEST_CASE("a last positional can take all that is left", "[command_line]") {
  Command command = translate();
  command.positionals.push_back({"SENTENCE", "what to say", Positional::Count::some});
  CHECK(contains(usage_error([&] { parse_arguments(command, {"run"}); }),
                 "SENTENCE is missing: what to say; try `lectern translate"));
  CHECK(parse_arguments(command, {"run", "a"}).all("SENTENCE").size() == 1);
  CHECK(parse_arguments(command, {"run", "a", "-q", "b"}).all("SENTENCE").size() == 2);
  command.positionals[1].count = Positional::Count::optional;
  CHECK(parse_arguments(command, {"run", "a"}).text("SENTENCE") == "a");
  CHECK_FALSE(parse_arguments(command, {"run"}).given("SENTENCE"));
}

TEST_CASE("--set refuses what the command would not obey", "[command_line]") {
  CHECK(usage_error([] {
          parse_arguments(translate(), {"run", "--set", "train.seed=1"});
        }) == "--set train.seed=1: `translate` has no use for train.seed; leave it out");
  CHECK(usage_error([] {
          parse_arguments(translate(), {"run", "--set", "task.length=8"});
        }) == "--set task.length=8: `translate` has no use for task.length; leave it out");
  CHECK(parse_arguments(translate(), {"run", "--set", "train.threads=1"}).overrides().size() == 1);
  CHECK(parse_arguments(translate(), {"run", "--set", "decode.top_k=1"}).overrides().size() == 1);
}

TEST_CASE("configuration flags and --set keep their order", "[command_line]") {
  const auto overrides =
      parse_arguments(train(), {"c.toml", "-l1e-3", "--set", "model.nhead=4", "--norm_first",
                                "--cpu", "--betas=0.9,0.99", "--set=data.src=a=b"})
          .overrides();
  std::string joined;
  for (const Override& entry : overrides)
    joined += entry.origin + " " + entry.key + "=" + entry.value + "; ";
  CHECK(joined ==
        "-l train.learning_rate=1e-3; --set model.nhead=4; --norm-first model.norm_first=true; "
        "--cpu train.device=cpu; --betas train.betas=0.9,0.99; --set data.src=a=b; ");
}

TEST_CASE("what is given twice is refused: nobody knows which was meant", "[command_line]") {
  const auto refusal = [](const Command& command, std::vector<std::string> words) {
    words.insert(words.begin(), "RUN");
    return usage_error([&] { parse_arguments(command, words); });
  };
  CHECK(refusal(translate(), {"--threads", "1", "--threads=2"}) ==
        "--threads is given twice, \"1\" and \"2\"; leave one out");
  CHECK(contains(refusal(translate(), {"-b", "1", "--beam_size", "2"}),
                 "--beam-size is given twice"));
  CHECK(contains(refusal(train(), {"--cpu", "--device", "cuda"}), "--device is given twice"));
  CHECK(contains(refusal(train(), {"--norm-first", "--no-norm-first"}), "is given twice"));
  CHECK(refusal(train(), {"--set", "model.nhead=2", "--set", "model.nhead=4"}) ==
        "--set model.nhead is given twice, \"2\" and \"4\"; leave one out");
  CHECK(
      refusal(train(), {"--lr", "1", "--set", "train.learning_rate=2"}) ==
      "train.learning_rate, by --lr and by --set, is given twice, \"1\" and \"2\"; leave one out");
  CHECK(parse_arguments(train(), {"RUN", "--set", "model.nhead=2", "--set", "model.d_model=4"})
            .overrides()
            .size() == 2);
}

TEST_CASE("habits from other toolkits work, with - and with _", "[command_line]") {
  const auto key_of = [](const Command& command, std::string flag, const std::string& value) {
    std::vector<std::string> words = {"RUN", flag};
    if (!value.empty()) words.push_back(value);
    return parse_arguments(command, words).overrides().at(0).key;
  };
  const std::vector<std::pair<std::string, std::string>> habits = {
      {"learning_rate", "learning-rate lr learn-rate"},
      {"warmup_steps", "warmup-steps warmup-updates lr-warmup warmup-iters"},
      {"max_steps", "max-steps max-update after-batches max-iters"},
      {"max_epochs", "max-epochs after-epochs num-train-epochs"},
      {"batch_tokens", "batch-tokens max-tokens mini-batch-words"},
      {"batch_size", "batch-size mini-batch"},
      {"grad_accum", "grad-accum update-freq optimizer-delay gradient-accumulation-steps"},
      {"clip_norm", "clip-norm grad-clip max-grad-norm"},
      {"label_smoothing", "label-smoothing label-smoothing-factor"},
      {"valid_every", "valid-every valid-freq eval-interval eval-steps"},
      {"save_every", "save-every save-freq"},
      {"keep_last", "keep-last save-total-limit"},
      {"early_stopping", "early-stopping patience"},
      {"threads", "threads cpu-threads intra-threads"},
      {"precision", "precision dtype compute-type"}};
  int checked = 0;
  for (const auto& [key, flags] : habits) {
    std::istringstream in(flags);
    for (std::string flag; in >> flag; ++checked) {
      CHECK(key_of(train(), "--" + flag, "1") == "train." + key);
      std::ranges::replace(flag, '-', '_');
      CHECK(key_of(train(), "--" + flag, "1") == "train." + key);
    }
  }
  CHECK(checked == 44);
  for (const char* flag : {"-b", "--beam", "--num-beams", "--num_beams", "--beam_size"})
    CHECK(key_of(translate(), flag, "4") == "decode.beam_size");
  for (const char* flag : {"-n", "--lenpen", "--normalize", "--beam-alpha"})
    CHECK(key_of(translate(), flag, "4") == "decode.length_penalty");
  for (const char* flag : {"--max-length", "--max-new-tokens", "--max-decoding-length"})
    CHECK(key_of(translate(), flag, "4") == "decode.max_length");
  CHECK(key_of(translate(), "--nbest", "4") == "decode.n_best");
  CHECK(key_of(translate(), "--sampling-topk", "4") == "decode.top_k");
  CHECK(key_of(train(), "--logging-steps", "4") == "log.log_every");
  CHECK(key_of(train(), "--tensorboard-logdir", "a") == "log.tensorboard_dir");
  CHECK(key_of(train(), "--check-nan", "") == "train.detect_anomaly");
  CHECK(key_of(train(), "--bf16", "") == "train.precision");
  // Two keys with one name: the first has the short flag.
  CHECK(key_of(train(), "--max-length", "4") == "model.max_length");
  CHECK(key_of(train(), "--data-max-length", "4") == "data.max_length");
}

TEST_CASE("100 slips in each flag are answered with the right flag", "[command_line][slow]") {
  std::mt19937 random(42);
  for (const Command& command : {train(), translate()}) {
    const std::vector<std::string> names = spellings(command);
    int tried = 0, answered = 0;
    for (const std::string& name : names) {
      for (int i = 0; i < 100; ++i, ++tried) {
        std::string typed = name, message;
        // A slip that gives another flag's name, or - for _, is none that a program could see.
        std::string name_of_slip;
        do {
          typed = name_of_slip = misspell(name, random, 2);
          std::ranges::replace(name_of_slip, '_', '-');
        } while (typed == "--" || std::ranges::count(names, name_of_slip) > 0);
        message = usage_error([&] { parse_arguments(command, {"RUN", typed, "1"}); });
        const std::string answer = message.substr(message.find("did you mean") + 12) + " ";
        const bool right = contains(answer, name + " ") || contains(answer, name + "?");
        if (right)
          ++answered;
        else
          UNSCOPED_INFO(message);
      }
    }
    CHECK(answered == tried);
    CHECK(tried >= 2000);
  }
}

TEST_CASE("100 slips in each command are answered with the right command", "[command_line]") {
  std::mt19937 random(42);
  const Program program = lectern_program();
  int tried = 0, answered = 0;
  for (const Command& command : program.commands) {
    for (int i = 0; i < 100; ++i, ++tried) {
      const std::string typed = misspell(command.name, random);
      const Outcome outcome = run(program, {typed.c_str()});
      if (outcome.code == 2 && contains(outcome.err, "did you mean ") &&
          contains(outcome.err, command.name))
        ++answered;
      else
        UNSCOPED_INFO(typed << ": " << outcome.err);
    }
  }
  CHECK(answered == tried);
  CHECK(tried == 1300);
}

TEST_CASE("usage errors say what to do", "[command_line]") {
  const auto refusal = [](const std::vector<std::string>& words) {
    return usage_error([&] { parse_arguments(translate(), words); });
  };
  CHECK(refusal({"--beam-sise", "5"}) == "unknown flag --beam-sise; did you mean --beam-size?");
  CHECK(refusal({"-beam_size", "5"}) == "unknown flag -beam_size; did you mean --beam_size?");
  CHECK(refusal({"--beam-size"}) == "--beam-size needs a value; try --beam-size N");
  CHECK(refusal({"--beam-size", "--limit", "3"}) == "--beam-size needs a value; try --beam-size N");
  CHECK(contains(refusal({"--set", "model.nhead"}), "try --set KEY=VALUE"));
  CHECK(contains(refusal({"--quiet=maybe"}), "--quiet takes no value, but got maybe"));
  CHECK(contains(refusal({"--cpu=cuda"}), "--cpu takes no value"));
  CHECK(contains(refusal({}), "RUN is missing: the run's folder; try `lectern translate"));
  CHECK(contains(refusal({"a", "b"}), "unexpected argument b"));
  CHECK(contains(refusal({"--xylophone"}), "try `-h`"));
}

TEST_CASE("numbers are checked where a command asks for them", "[command_line]") {
  for (const char* bad : {"nan", "inf", "1e400", "-1", "ten", "", "1.5", "9999999999999999999"}) {
    const Arguments arguments = parse_arguments(translate(), {"RUN", "--limit", bad});
    CHECK(contains(usage_error([&] { arguments.integer("limit"); }), "--limit = "));
    if (std::string(bad) != "-1" && std::string(bad) != "1.5" && bad[0] != '9')
      CHECK(contains(usage_error([&] { arguments.number("limit"); }), "is not a number"));
  }
  CHECK(parse_arguments(translate(), {"RUN", "--limit", "2.5"}).number("limit") == 2.5);
  CHECK_THROWS_AS(parse_arguments(translate(), {"RUN"}).text("no-such"), Error);
}

TEST_CASE("help and version go to standard output", "[command_line]") {
  const Program program = lectern_program();
  CHECK(run(program, {"--version"}).out == "lectern 0.1.0\n");
  CHECK(contains(run(program, {"-h"}).out, "evaluate, test"));
  const Outcome page = run(program, {"translate", "-h"});
  CHECK(page.code == 0);
  CHECK(page.err.empty());
  CHECK(contains(page.out, "lectern translate RUN [FLAG...]"));
  CHECK(contains(page.out, "-b, --beam-size N"));
  CHECK(contains(page.out, "hypotheses kept; 1: greedy (5; also --beam, --num-beams)"));
  CHECK(contains(page.out, "Example\n  lectern translate runs/m30k < german.txt\n"));
  const Outcome nothing = run(program, {});
  CHECK(nothing.code == 2);
  CHECK(nothing.out.empty());
  CHECK(contains(nothing.err, "Commands"));
}

TEST_CASE("what a command throws becomes a message and an exit code", "[command_line]") {
  const auto outcome = [](std::function<int(const Arguments&)> go) {
    return run(program_of(go), {"go"});
  };
  CHECK(outcome([](auto&) { return 130; }).code == 130);
  const Outcome failed =
      outcome([](auto&) -> int { throw Failure(ExitCode::data, "a.txt:3: odd; try even"); });
  CHECK(failed.code == 3);
  CHECK(failed.err == "error: a.txt:3: odd; try even\n");
  CHECK(outcome([](auto&) -> int { throw std::bad_alloc(); }).code == 5);
  CHECK(outcome([](auto&) -> int { throw OutOfMemory(10, 20); }).code == 5);
  CHECK(outcome([](auto&) -> int { throw std::runtime_error("x"); }).code == 1);
}

TEST_CASE("a full disk gives 7, a closed pipe ends quietly", "[command_line]") {
  const Program short_one = program_of([](auto&) {
    std::cout << "one line\n";
    return 0;
  });
  const Program endless = program_of([](auto&) {
    while (true) std::cout << "one line\n";
    return 0;
  });
  const Program silent = program_of([](auto&) { return 0; });
  const int full = open("/dev/full", O_WRONLY);
  if (full < 0) {
    WARN("SKIPPED: no /dev/full here");
    return;
  }
  CHECK(status_when_writing_to(full, short_one) == 7);
  CHECK(status_when_writing_to(full, endless) == 7);
  CHECK(status_when_writing_to(full, silent) == 0);
  close(full);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  CHECK(status_when_writing_to(ends[1], short_one) == 141);
  CHECK(status_when_writing_to(ends[1], endless) == 141);
  CHECK(status_when_writing_to(ends[1], silent) == 0);
  close(ends[1]);
}
