#include "tasks/grammar/corrector.h"

#include <algorithm>
#include <numeric>

#include "autograd/ops/gather.h"
#include "autograd/ops/permute.h"
#include "tasks/failure.h"
#include "tasks/text/batches.h"
#include "tasks/training/progress.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

constexpr Finding unknown_characters{"characters that the vocabulary lacks", "left as it was",
                                     "use other characters"};
constexpr Finding unread_sentence{"more tokens than the model reads", "left as it was",
                                  "give a sentence a line"};

DecodeConfig best_only(DecodeConfig options) {
  options.n_best = 1;
  return options;
}

/// The sum over each row's tokens, from the mean that the loss gives.
std::vector<double> score_batch(const EncoderDecoder& model, const Batch& batch) {
  const NoGradient no_gradient;
  const EncoderOutput memory = model.encode({batch.source, batch.source_lengths});
  const Variable states = model.decode_states(batch.target_input, memory);
  const std::int64_t rows = states.dim(0), columns = states.dim(1), d_model = states.dim(2);
  const Variable flat = reshape(states, {rows * columns, d_model});
  const Tensor targets = batch.target_output.to(cpu);
  std::vector<double> scores;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int32_t* begin = targets.data<std::int32_t>() + row * columns;
    std::vector<std::int32_t> tokens(begin, std::find(begin, begin + columns, Tokenizer::pad));
    std::vector<std::int32_t> places(tokens.size());
    std::iota(places.begin(), places.end(), static_cast<std::int32_t>(row * columns));
    const Shape shape{static_cast<std::int64_t>(tokens.size())};
    const Variable mean =
        model.cross_entropy(embedding(flat, tensor_of<std::int32_t>(shape, places)),
                            tensor_of<std::int32_t>(shape, tokens), {.ignore = Tokenizer::pad});
    scores.push_back(-scalar(mean.value()) * static_cast<double>(tokens.size()));
  }
  return scores;
}

bool has(const std::vector<std::int32_t>& tokens, std::int32_t token) {
  return std::ranges::find(tokens, token) != tokens.end();
}

std::vector<std::string> split_words(const std::string& text) {
  return texts_of(cut_words(text, WordRule::spaces));
}

}  // namespace

std::vector<double> log_probabilities(const EncoderDecoder& model,
                                      const std::vector<TokenPair>& pairs,
                                      std::int64_t batch_tokens) {
  std::vector<std::vector<std::int32_t>> targets;
  for (const TokenPair& pair : pairs) targets.push_back(pair.target);
  // Each thread has batches of its own, as in translating. A GPU has one stream.
  const bool on_cpu = default_device() == cpu;
  constexpr std::int64_t tokens_of_a_thread = 1024;
  const auto batches = plan_by_length(
      targets,
      {.batch_tokens = on_cpu ? std::min(batch_tokens, tokens_of_a_thread) : batch_tokens});
  const auto count = static_cast<std::int64_t>(batches.size());
  std::vector<double> scores(pairs.size());
  parallel_for(count, on_cpu ? 1 : std::max<std::int64_t>(count, 1),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::vector<std::int64_t>& which = batches[static_cast<std::size_t>(i)];
                   const auto found = score_batch(model, make_batch(pairs, which));
                   for (std::size_t row = 0; row < which.size(); ++row)
                     scores[static_cast<std::size_t>(which[row])] = found[row];
                 }
               });
  return scores;
}

/// A line on its way through a round.
struct Corrector::Sentence {
  std::string line;
  std::vector<LineWord> words;
  std::vector<std::string> read;     // the words as the vocabulary spells them
  std::vector<std::int32_t> tokens;  // empty: the line stays as it is
  std::vector<Edit> edits;           // proposed, then chosen
  std::int64_t refused = 0;
};

Corrector::Corrector(const EncoderDecoder& model, const Vocabularies& vocabularies,
                     const Config& config, std::shared_ptr<const Speller> speller)
    : model_(model),
      tokenizer_(vocabularies.source),
      options_(best_only(config.decode)),
      settings_(config.task.as<GrammarSettings>()),
      speller_(std::move(speller)),
      translator_(model, vocabularies, options_) {}

void Corrector::propose(std::vector<Sentence>& sentences) const {
  std::vector<std::string> read;
  for (const Sentence& sentence : sentences)
    read.push_back(sentence.tokens.empty() ? std::string() : with_blanks(sentence.read));
  const auto found = translator_.translate(read);
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const Translation& best = found[i][0];
    const bool usable = !sentences[i].tokens.empty() && best.finished && !best.tokens.empty() &&
                        !has(best.tokens, Tokenizer::unknown);
    if (usable) sentences[i].edits = edits_between(sentences[i].read, split_words(best.text));
  }
}

void Corrector::choose(std::vector<Sentence>& sentences) const {
  std::vector<TokenPair> pairs;
  for (const Sentence& sentence : sentences) {
    if (sentence.edits.empty()) continue;
    pairs.push_back({sentence.tokens, sentence.tokens});
    for (const Edit& edit : sentence.edits)
      pairs.push_back(
          {sentence.tokens, tokenizer_->encode(with_blanks(with_edits(sentence.read, {edit})))});
  }
  const auto longest = static_cast<std::size_t>(longest_sentence(model_.max_length()));
  for (TokenPair& pair : pairs) pair.target.resize(std::min(pair.target.size(), longest));
  const std::vector<double> scores = log_probabilities(model_, pairs, options_.batch_tokens);
  auto score = scores.begin();
  for (Sentence& sentence : sentences) {
    if (sentence.edits.empty()) continue;
    const double unchanged = *score++;
    std::vector<Edit> chosen;
    for (Edit& edit : sentence.edits) {
      if (*score++ - unchanged >= settings_.min_gain)
        chosen.push_back(std::move(edit));
      else
        ++sentence.refused;
    }
    sentence.edits = std::move(chosen);
  }
}

std::vector<Correction> Corrector::round(const std::vector<std::string>& lines,
                                         const Origin& first) const {
  const auto longest = static_cast<std::size_t>(longest_sentence(model_.max_length()));
  std::vector<Sentence> sentences;
  Origin origin = first;
  for (const std::string& line : lines) {
    Sentence sentence;
    sentence.line = line;
    sentence.words = cut_words(line, settings_.words);
    sentence.tokens = tokenizer_->encode(with_blanks(texts_of(sentence.words)), origin);
    sentence.read = split_words(tokenizer_->decode(sentence.tokens));
    if (sentence.tokens.size() > longest) {
      origin.tell(unread_sentence, text(sentence.tokens.size(), " tokens, at most ", longest));
      sentence.tokens.clear();
    } else if (has(sentence.tokens, Tokenizer::unknown) ||
               sentence.read.size() != sentence.words.size()) {
      origin.tell(unknown_characters);
      sentence.tokens.clear();
    }
    sentences.push_back(std::move(sentence));
    ++origin.line;
  }
  propose(sentences);
  choose(sentences);
  std::vector<Correction> corrections;
  for (Sentence& sentence : sentences)
    corrections.push_back({.text = line_with_edits(sentence.line, sentence.words, sentence.edits),
                           .words = texts_of(sentence.words),
                           .edits = std::move(sentence.edits),
                           .refused = sentence.refused});
  return corrections;
}

std::vector<std::string> Corrector::spelled(const std::vector<std::string>& lines) const {
  std::vector<std::string> result(lines.size());
  parallel_for(std::ssize(lines), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const std::vector<LineWord> words = cut_words(lines[i], settings_.words);
      result[i] = line_with_edits(lines[i], words, speller_->edits(texts_of(words)));
    }
  });
  return result;
}

std::vector<Correction> Corrector::correct(const std::vector<std::string>& lines,
                                           const Origin& first) const {
  std::vector<Correction> corrections = round(speller_ ? spelled(lines) : lines, first);
  std::vector<std::size_t> changed(lines.size());
  std::iota(changed.begin(), changed.end(), std::size_t{0});
  for (std::int64_t round_number = 1; round_number < settings_.rounds; ++round_number) {
    std::erase_if(changed, [&](std::size_t i) { return corrections[i].edits.empty(); });
    if (changed.empty()) break;
    std::vector<std::string> again;
    for (const std::size_t i : changed) again.push_back(corrections[i].text);
    std::vector<Correction> next = round(again, {});
    for (std::size_t i = 0; i < changed.size(); ++i) {
      next[i].refused += corrections[changed[i]].refused;
      corrections[changed[i]] = std::move(next[i]);
    }
  }
  if (settings_.rounds == 1 && !speller_) return corrections;
  for (std::size_t i = 0; i < lines.size(); ++i) {  // of all that was done
    corrections[i].words = texts_of(cut_words(lines[i], settings_.words));
    corrections[i].edits = edits_between(corrections[i].words,
                                         texts_of(cut_words(corrections[i].text, settings_.words)));
  }
  return corrections;
}

std::shared_ptr<const Speller> stored_speller(const Checkpoint* checkpoint, const Config& config) {
  if (!config.task.as<GrammarSettings>().speller || checkpoint == nullptr) return nullptr;
  const auto found = std::ranges::find(checkpoint->blobs, std::string(speller_blob),
                                       &Safetensors::Texts::value_type::first);
  if (found == checkpoint->blobs.end()) return nullptr;
  try {
    return std::make_shared<Speller>(found->second);
  } catch (const Error& error) {
    throw Failure(ExitCode::checkpoint, text(checkpoint->path, ": ", error.what()));
  }
}

std::unique_ptr<TrainedCorrector> load_corrector(const Checkpoint& checkpoint,
                                                 const Config& config) {
  const std::shared_ptr<const Speller> speller = stored_speller(&checkpoint, config);
  if (config.task.as<GrammarSettings>().speller && !speller)
    throw Failure(ExitCode::usage, text(checkpoint.path,
                                        ": this run has learned no speller; try task.speller=false,"
                                        " or go on with its training"));
  return std::make_unique<TrainedCorrector>(trained_model(checkpoint, config, "grammar_correction"),
                                            speller);
}

}  // namespace lectern
