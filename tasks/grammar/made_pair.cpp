#include "tasks/grammar/made_pair.h"

#include <algorithm>

#include "tasks/failure.h"
#include "tasks/text/lines.h"

namespace lectern {
namespace {

std::string cut(const std::string& line, WordRule rule) {
  return with_blanks(texts_of(cut_words(line, rule)));
}

[[noreturn]] void refuse_pair(const std::string& path, std::int64_t line, std::int64_t tabs) {
  throw Failure(ExitCode::data,
                text(path, ":", line, ": ", tabs, " TABs, but a pair is a wrong sentence, one TAB ",
                     "and the right sentence; correct the line, or set the key task.…_form of ",
                     "this file to \"clean\" if it has one sentence a line"));
}

}  // namespace

GrammarReading training_reading(const Config& config) {
  const GrammarSettings& settings = config.task.as<GrammarSettings>();
  return {.form = settings.train_form,
          .words = settings.words,
          .rates = settings.rates,
          .seed = static_cast<std::uint64_t>(config.train.seed)};
}

SentencePair split_pair(const std::string& line, const std::string& path, std::int64_t number) {
  const std::int64_t tabs = std::ranges::count(line, '\t');
  if (tabs != 1) refuse_pair(path, number, tabs);
  const std::size_t tab = line.find('\t');
  return {line.substr(0, tab), line.substr(tab + 1), number};
}

MadePair pair_of_line(const std::string& line, const std::string& path, const CorruptionKey& key,
                      const GrammarReading& reading, const Origin& origin) {
  const auto number = static_cast<std::int64_t>(key.line) + 1;
  if (reading.form == TextForm::pairs) {
    SentencePair pair = split_pair(line, path, number);
    return {{cut(pair.source, reading.words), cut(pair.target, reading.words), number}, {}};
  }
  if (line.find('\t') != line.npos) origin.tell(tab_in_clean_text);
  const std::vector<std::string> words = texts_of(cut_words(line, reading.words));
  const Corrupted wrong = corrupt(words, reading.rates, key);
  return {{with_blanks(wrong.words), with_blanks(words), number}, wrong.errors};
}

MadePair made_pair(const LineIndex& index, std::int64_t i, std::int64_t epoch,
                   const GrammarReading& reading, const Origin& origin) {
  return pair_of_line(mended(index.line(i), origin), index.path(),
                      {.seed = reading.seed,
                       .epoch = static_cast<std::uint32_t>(epoch),
                       .line = static_cast<std::uint32_t>(i)},
                      reading, origin);
}

}  // namespace lectern
