#include "tasks/translation/statistical_model.h"

#include <algorithm>
#include <cmath>

#include "tasks/failure.h"

namespace lectern {
namespace {

template <class T>
void put(Checkpoint& checkpoint, const std::string& name, const std::vector<T>& numbers) {
  checkpoint.tensors.emplace_back(name, tensor_of<T>({std::ssize(numbers)}, numbers));
}

template <class T>
std::vector<T> get(const Checkpoint& checkpoint, const std::string& name) {
  const Tensor& numbers = checkpoint.tensor(name);
  if (numbers.dtype() != dtype_of<T>)
    throw Failure(ExitCode::checkpoint, text(checkpoint.path, ": ", name, " holds ",
                                             numbers.dtype(), ", and not ", dtype_of<T>));
  return numbers.to_vector<T>();
}

std::vector<std::int32_t> narrow(const std::vector<std::int64_t>& numbers) {
  return {numbers.begin(), numbers.end()};
}

/// Refuses what only a file that somebody has changed can hold.
void expect(bool holds, const Checkpoint& checkpoint, const std::string& problem) {
  if (!holds)
    throw Failure(ExitCode::checkpoint, checkpoint.path + ": " + problem + "; train the run again");
}

void expect_words(const std::vector<Word>& words, std::int32_t vocab, const Checkpoint& checkpoint,
                  const std::string& name) {
  const auto known = [vocab](Word word) { return word >= 0 && word < vocab; };
  expect(std::ranges::all_of(words, known), checkpoint,
         text(name, " has a word outside the vocabulary of ", vocab));
}

void expect_finite(const std::vector<double>& numbers, const Checkpoint& checkpoint,
                   const std::string& name) {
  expect(std::ranges::all_of(numbers, [](double x) { return std::isfinite(x); }), checkpoint,
         name + " has a number that is not finite");
}

void expect_begins(const std::vector<std::int32_t>& begins, std::size_t end,
                   const Checkpoint& checkpoint, const std::string& name) {
  expect(!begins.empty() && begins.front() == 0 && std::ranges::is_sorted(begins) &&
             static_cast<std::size_t>(begins.back()) == end,
         checkpoint, name + " does not fit what it divides");
}

void write_aligner(const Aligner& aligner, Checkpoint& checkpoint) {
  put(checkpoint, "aligner.row_begins", narrow(aligner.table().row_begins()));
  put(checkpoint, "aligner.words", aligner.table().words());
  put(checkpoint, "aligner.probabilities", aligner.table().probabilities());
  if (const auto* hmm = dynamic_cast<const HmmAligner*>(&aligner))
    put(checkpoint, "aligner.jumps", hmm->jumps());
}

std::unique_ptr<Aligner> read_aligner(const Checkpoint& checkpoint, std::int32_t vocab) {
  const auto begins = get<std::int32_t>(checkpoint, "aligner.row_begins");
  auto words = get<Word>(checkpoint, "aligner.words");
  auto probabilities = get<double>(checkpoint, "aligner.probabilities");
  expect_begins(begins, words.size(), checkpoint, "aligner.row_begins");
  expect_words(words, vocab, checkpoint, "aligner.words");
  expect_finite(probabilities, checkpoint, "aligner.probabilities");
  try {
    LexicalTable table({begins.begin(), begins.end()}, std::move(words), std::move(probabilities));
    if (!checkpoint.has_tensor("aligner.jumps"))
      return std::make_unique<IbmModel1>(std::move(table));
    const auto jumps = get<double>(checkpoint, "aligner.jumps");
    expect(std::ranges::all_of(jumps, [](double c) { return c > 0.0 && std::isfinite(c); }),
           checkpoint, "aligner.jumps has a number that is not above 0");
    return std::make_unique<HmmAligner>(std::move(table), jumps);
  } catch (const Failure&) {
    throw;
  } catch (const Error& error) {
    throw Failure(ExitCode::checkpoint, text(checkpoint.path, ": ", error.what()));
  }
}

void write_renderings(const RenderingTable& table, Checkpoint& checkpoint) {
  std::vector<std::int32_t> row_begins = {0}, word_begins = {0};
  std::vector<Word> words;
  std::vector<double> channel, direct;
  for (const auto& renderings : table.all()) {
    for (const Rendering& rendering : renderings) {
      words.insert(words.end(), rendering.words.begin(), rendering.words.end());
      word_begins.push_back(static_cast<std::int32_t>(words.size()));
      channel.push_back(rendering.channel);
      direct.push_back(rendering.direct);
    }
    row_begins.push_back(static_cast<std::int32_t>(channel.size()));
  }
  put(checkpoint, "renderings.row_begins", row_begins);
  put(checkpoint, "renderings.word_begins", word_begins);
  put(checkpoint, "renderings.words", words);
  put(checkpoint, "renderings.channel", channel);
  put(checkpoint, "renderings.direct", direct);
}

RenderingTable read_renderings(const Checkpoint& checkpoint, std::int32_t vocab) {
  const auto row_begins = get<std::int32_t>(checkpoint, "renderings.row_begins");
  const auto word_begins = get<std::int32_t>(checkpoint, "renderings.word_begins");
  const auto words = get<Word>(checkpoint, "renderings.words");
  const auto channel = get<double>(checkpoint, "renderings.channel");
  const auto direct = get<double>(checkpoint, "renderings.direct");
  expect_begins(row_begins, channel.size(), checkpoint, "renderings.row_begins");
  expect_begins(word_begins, words.size(), checkpoint, "renderings.word_begins");
  expect(word_begins.size() == channel.size() + 1 && direct.size() == channel.size(), checkpoint,
         "the tables of renderings have different lengths");
  expect_words(words, vocab, checkpoint, "renderings.words");
  expect_finite(channel, checkpoint, "renderings.channel");
  expect_finite(direct, checkpoint, "renderings.direct");
  std::vector<std::vector<Rendering>> table;
  for (std::size_t f = 0; f + 1 < row_begins.size(); ++f) {
    table.emplace_back();
    for (std::int32_t r = row_begins[f]; r < row_begins[f + 1]; ++r)
      table.back().push_back(
          {.words = {words.begin() + word_begins[r], words.begin() + word_begins[r + 1]},
           .channel = channel[r],
           .direct = direct[r]});
  }
  return RenderingTable(std::move(table));
}

}  // namespace

void write_model(const StatisticalModel& model, Checkpoint& checkpoint) {
  write_vocabularies(model.vocabularies, checkpoint);
  write_aligner(*model.aligner, checkpoint);
  write_renderings(model.renderings, checkpoint);
  const std::vector<Word> ngrams = model.language.counts().words();
  checkpoint.tensors.emplace_back(
      "language.trigrams", tensor_of<Word>({std::ssize(ngrams) / NgramModel::order, 3}, ngrams));
  put(checkpoint, "language.counts", model.language.counts().counts);
}

StatisticalModel read_model(const Checkpoint& checkpoint, const Config& config) {
  StatisticalModel model{.vocabularies = read_vocabularies(checkpoint, config.data.lowercase),
                         .aligner = nullptr,
                         .renderings = {},
                         .language = {}};
  const std::int32_t vocab = model.vocabularies.target->size();
  model.aligner = read_aligner(checkpoint, vocab);
  model.renderings = read_renderings(checkpoint, vocab);
  const auto trigrams = get<Word>(checkpoint, "language.trigrams");
  const auto counts = get<std::int32_t>(checkpoint, "language.counts");
  expect_words(trigrams, vocab, checkpoint, "language.trigrams");
  expect(trigrams.size() == NgramModel::order * counts.size() &&
             std::ranges::all_of(counts, [](std::int32_t count) { return count > 0; }),
         checkpoint, "language.counts does not fit language.trigrams");
  model.language = NgramModel::of_counts(NgramModel::Counts::of(trigrams, counts), vocab);
  return model;
}

}  // namespace lectern
