#include "tasks/grammar/grammar_text.h"

#include <algorithm>

#include "tasks/failure.h"
#include "tasks/task/stored_tokenizer.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

constexpr Finding empty_sentence{"no word", "left out"};
constexpr std::int64_t lines_at_once = 1 << 14, lines_of_a_thread = 256;

/// What people type by mistake need not be in the text: every character of ASCII has a token.
std::string all_letters() {
  std::string letters;
  for (char letter = '!'; letter <= '~'; ++letter)
    letters += text(letters.empty() ? "" : " ", letter);
  return letters;
}

}  // namespace

GrammarText::GrammarText(LineIndex index, std::shared_ptr<const Tokenizer> tokenizer,
                         const GrammarReading& reading, const Limits& limits)
    : index_(std::move(index)),
      tokenizer_(std::move(tokenizer)),
      reading_(reading),
      limits_(limits),
      report_(index_.path(), limits.strict) {
  measure();
  if (lengths_.empty())
    throw Failure(ExitCode::data,
                  index_.size() == 0
                      ? index_.path() + ": has no line; check the file"
                      : text(index_.path(), ": none of ", index_.size(), " lines has from 1 to ",
                             limits_.learned, " tokens; raise data.max_length"));
}

/// Lines are cut into tokens by all threads, some thousand at a time, and then looked at in order.
void GrammarText::measure() {
  GrammarReading right = reading_;
  right.rates.unchanged = 1;  // of clean text the right side alone
  struct Measured {
    PairLength length;
    TextReport report;
    std::exception_ptr failure;
  };
  for (std::int64_t done = 0; done < index_.size(); done += lines_at_once) {
    const std::int64_t count = std::min(lines_at_once, index_.size() - done);
    std::vector<Measured> some(static_cast<std::size_t>(count));
    parallel_for(count, lines_of_a_thread, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        Measured& measured = some[static_cast<std::size_t>(i)];
        try {
          const Origin origin{&measured.report, done + i + 1};
          const MadePair made = made_pair(index_, done + i, 0, right, origin);
          const auto target = tokenizer_->encode(made.pair.target, origin).size();
          const auto source = reading_.form == TextForm::pairs
                                  ? tokenizer_->encode(made.pair.source, origin).size()
                                  : target;
          measured.length = {static_cast<std::uint32_t>(source),
                             static_cast<std::uint32_t>(target)};
        } catch (...) {
          measured.failure = std::current_exception();
        }
      }
    });
    for (std::int64_t i = 0; i < count; ++i) {
      const Measured& measured = some[static_cast<std::size_t>(i)];
      if (measured.failure) std::rethrow_exception(measured.failure);
      const Origin origin{&report_, done + i + 1};
      for (const Finding& finding : {invalid_utf8, tab_in_clean_text, long_word})
        if (measured.report.count(finding) > 0) origin.tell(finding);
      const auto [shorter, longer] = std::minmax({measured.length.source, measured.length.target});
      if (shorter == 0) {
        origin.tell(longer == 0 ? empty_sentence : empty_side);
      } else if (longer > limits_.learned) {
        origin.tell(long_pair, text(longer, " tokens, at most ", limits_.learned, " fit"));
      } else {
        lengths_.push_back(measured.length);
        lines_.push_back(static_cast<std::uint32_t>(done + i));
        tokens_ += measured.length.target + 1;
      }
    }
  }
}

TokenPair GrammarText::pair(std::int64_t i, std::int64_t epoch) const {
  const MadePair made = made_pair(index_, lines_.at(static_cast<std::size_t>(i)), epoch, reading_);
  TokenPair tokens{tokenizer_->encode(made.pair.source), tokenizer_->encode(made.pair.target)};
  const bool fits =
      !tokens.source.empty() && static_cast<std::int64_t>(tokens.source.size()) <= limits_.read;
  if (!fits) tokens.source = tokens.target;
  return tokens;
}

std::vector<TokenPair> GrammarText::pairs(const std::vector<std::int64_t>& which,
                                          std::int64_t epoch) const {
  constexpr std::int64_t pairs_of_a_thread = 8;
  std::vector<TokenPair> made(which.size());
  parallel_for(static_cast<std::int64_t>(which.size()), pairs_of_a_thread,
               [&](std::int64_t begin, std::int64_t end) {
                 for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end);
                      ++i)
                   made[i] = pair(which[i], epoch);
               });
  return made;
}

ErrorCounts GrammarText::errors(std::int64_t count) const {
  ErrorCounts sum = {};
  for (std::int64_t i = 0; i < std::min(count, size()); ++i) {
    const ErrorCounts errors =
        made_pair(index_, lines_[static_cast<std::size_t>(i)], 0, reading_).errors;
    for (std::size_t kind = 0; kind < sum.size(); ++kind) sum[kind] += errors[kind];
  }
  return sum;
}

std::shared_ptr<Tokenizer> learn_grammar_vocabulary(const Config& config, const LineIndex& index) {
  const GrammarReading reading = training_reading(config);
  std::vector<std::string> lines = {all_letters()};
  std::int64_t bytes = 0;
  for (std::int64_t i = 0; i < index.size() && bytes < vocabulary_bytes; ++i) {
    SentencePair pair = made_pair(index, i, 0, reading).pair;
    bytes += static_cast<std::int64_t>(pair.source.size());
    if (reading.form == TextForm::pairs) lines.push_back(std::move(pair.source));
    lines.push_back(std::move(pair.target));
  }
  return train_tokenizer(std::move(lines), tokenizer_options(config));
}

}  // namespace lectern
