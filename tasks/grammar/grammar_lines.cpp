#include "tasks/grammar/grammar_lines.h"

#include <filesystem>

#include "tasks/failure.h"
#include "tasks/grammar/made_pair.h"
#include "tasks/text/lines.h"
#include "tasks/text/side_by_side.h"

namespace lectern {
namespace {

/// The key of a part's file, its form, and what it says.
struct Part {
  std::string key, path;
  TextForm form;
};

Part part_of(const Config& config, Split split) {
  const GrammarSettings& settings = config.task.as<GrammarSettings>();
  switch (split) {
    case Split::train: return {"data.train", config.data.train, settings.train_form};
    case Split::valid: return {"data.valid", config.data.valid, settings.valid_form};
    case Split::test: return {"data.test", config.data.test, settings.test_form};
  }
  return {};
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// P.ref0, P.ref1, … as many as there are, plain or with .gz.
std::vector<std::string> reference_paths(const std::string& prefix, const std::string& ending) {
  std::vector<std::string> paths;
  for (;;) {
    const std::string path = text(prefix, ".", ending, paths.size());
    if (!is_there(path) && !is_there(path + ".gz")) return paths;
    paths.push_back(is_there(path) ? path : path + ".gz");
  }
}

GrammarLines load_references(const Config& config, const std::string& prefix, bool strict) {
  const std::string source = prefix + "." + config.data.src;
  std::vector<std::string> paths = reference_paths(prefix, config.data.tgt);
  if (paths.empty())
    throw Failure(
        ExitCode::data,
        text(prefix, ".", config.data.tgt, "0: no such file, nor with .gz; of references ",
             "the first ends in data.tgt = \"", config.data.tgt, "\" and 0"));
  paths.insert(paths.begin(),
               is_there(source) || !is_there(source + ".gz") ? source : source + ".gz");
  SideBySide texts(paths, {.strict = strict});
  GrammarLines lines{.name = prefix,
                     .references = std::vector<std::vector<std::string>>(paths.size() - 1)};
  for (std::vector<std::string> side; texts.next(side);) {
    lines.sources.push_back(side[0]);
    for (std::size_t i = 1; i < side.size(); ++i) lines.references[i - 1].push_back(side[i]);
  }
  for (LineReader& reader : texts.texts()) warn(reader.report());
  return lines;
}

GrammarLines load_one_file(const Part& part, Split split, const GrammarReading& reading,
                           bool strict) {
  GrammarLines lines{.name = part.path, .references = std::vector<std::vector<std::string>>(1)};
  LineReader reader(part.path, {.strict = strict});
  for (std::string line; reader.next(line);) {
    const Origin origin{&reader.report(), reader.lines()};
    const CorruptionKey key{.seed = reading.seed,
                            .epoch = static_cast<std::uint32_t>(split),
                            .line = static_cast<std::uint32_t>(reader.lines() - 1)};
    if (part.form == TextForm::clean) {
      const MadePair made = pair_of_line(line, part.path, key, reading, origin);
      lines.sources.push_back(made.pair.source);
      lines.references[0].push_back(made.pair.target);
    } else {
      const SentencePair pair = split_pair(line, part.path, reader.lines());
      lines.sources.push_back(pair.source);
      lines.references[0].push_back(pair.target);
    }
  }
  warn(reader.report());
  return lines;
}

}  // namespace

GrammarLines load_grammar_lines(const Config& config, Split split, bool strict) {
  const Part part = part_of(config, split);
  if (part.path.empty())
    throw Failure(ExitCode::usage, text(part.key, " is not set; add --set ", part.key, "=FILE"));
  GrammarReading reading = training_reading(config);
  reading.form = part.form;
  reading.seed = 0;
  GrammarLines lines = part.form == TextForm::references
                           ? load_references(config, part.path, strict)
                           : load_one_file(part, split, reading, strict);
  if (lines.sources.empty())
    throw Failure(ExitCode::data, part.path + ": no sentence to correct; check the file");
  return lines;
}

}  // namespace lectern
