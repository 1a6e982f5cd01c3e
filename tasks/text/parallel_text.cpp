#include "tasks/text/parallel_text.h"

#include <filesystem>

#include "tasks/failure.h"
#include "tasks/text/side_by_side.h"
#include "tasks/text/unicode.h"

namespace lectern {
namespace {

std::string find_file(const std::string& prefix, const std::string& language) {
  const std::string plain = prefix + "." + language, packed = plain + ".gz";
  std::error_code ignored;
  if (std::filesystem::exists(plain, ignored)) return plain;
  if (std::filesystem::exists(packed, ignored)) return packed;
  throw Failure(ExitCode::data,
                text(plain, ": no such file, nor ", packed,
                     "; for Multi30k run `lectern data multi30k` first, else check the paths in "
                     "the table [data]"));
}

}  // namespace

ParallelFiles find_parallel_files(const std::string& prefix, const std::string& source_language,
                                  const std::string& target_language) {
  return {find_file(prefix, source_language), find_file(prefix, target_language)};
}

ParallelText read_parallel(const ParallelFiles& files, const PairOptions& options) {
  SideBySide texts({files.source, files.target}, {.strict = options.strict});
  ParallelText result;
  result.report = TextReport(files.source + " and " + files.target, options.strict);
  for (std::vector<std::string> sides; texts.next(sides);) {
    if (options.keep_empty || !(is_blank(sides[0]) || is_blank(sides[1])))
      result.pairs.push_back({sides[0], sides[1], texts.lines()});
    else
      result.report.add(texts.lines(), empty_side);
  }
  result.source_report = texts.texts()[0].report();
  result.target_report = texts.texts()[1].report();
  return result;
}

}  // namespace lectern
