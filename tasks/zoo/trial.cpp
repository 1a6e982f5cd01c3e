#include "tasks/zoo/trial.h"

#include <optional>
#include <sstream>

#include "autograd/ops/cross_entropy.h"
#include "nn/optim/adam.h"
#include "nn/optim/schedule.h"
#include "tasks/metrics/bleu.h"
#include "tasks/text/batches.h"
#include "tasks/translation/toy_corpus.h"
#include "tasks/zoo/signs.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/reduce.h"

namespace lectern {
namespace {

constexpr std::int64_t longest = 60;  // tokens of a sentence

std::unique_ptr<Tokenizer> pieces_of(const std::vector<SentencePair>& pairs,
                                     std::string SentencePair::*side) {
  std::vector<std::string> lines;
  for (const SentencePair& pair : pairs) lines.push_back(pair.*side);
  return train_tokenizer(lines, {.kind = TokenizerKind::bpe, .vocab_size = 400});
}

std::int64_t words_in(const Lines& lines) {
  std::int64_t words = 0;
  for (const std::string& line : lines) {
    std::istringstream in(line);
    for (std::string word; in >> word;) ++words;
  }
  return words;
}

/// A training with one bug: the model, and everything around it that can be wrong.
class Course {
 public:
  Course(const ZooText& text, const TrialOptions& options)
      : text_(text), options_(options), init_(options.seed), patient_(patient_options(), init_) {
    check_complete(patient_, init_);
  }
  Trial run();

 private:
  PatientOptions patient_options() const {
    return {.source_vocab = text_.source->size(),
            .target_vocab = text_.target->size(),
            .reversible = options_.reversible || options_.bug == Bug::stale_randomness,
            .bug = options_.bug};
  }
  bool has(Bug bug) const { return options_.bug == bug; }
  RandomKey key_of(std::int64_t step) const {
    return {.seed = options_.seed, .step = static_cast<std::uint32_t>(step)};
  }

  Batch batch_of(std::int64_t step) const;
  const Tensor& reads_of(const Batch& batch) const;
  Variable loss_of(const Batch& batch) const;
  CrossEntropyOptions loss_options() const;
  std::vector<NamedParameter> listed_again() const;
  /// Before a loss or a translation of new sentences.
  void switch_to_evaluation(std::int64_t step);
  double rate_of(std::int64_t step) const;
  Lines translate(const std::vector<std::string>& sentences) const;
  std::string as_counted(const std::string& line) const;
  BleuOptions bleu_options() const;
  double bleu_of(const Lines& said) const;
  void examine(Trial& trial);
  void look(Trial& trial, std::int64_t step, double training);

  const ZooText& text_;
  TrialOptions options_;
  Initializer init_;
  Patient patient_;
};

Batch Course::batch_of(std::int64_t step) const {
  constexpr std::int64_t sentences = 32;
  const Tensor drawn =
      random_integers({sentences}, 0, static_cast<std::int32_t>(text_.train.size()),
                      {.seed = options_.seed, .step = static_cast<std::uint32_t>(step), .site = 1});
  std::vector<std::int64_t> which;
  for (const std::int32_t pair : drawn.to_vector<std::int32_t>()) which.push_back(pair);
  return make_batch(text_.train, which);
}

/// What the decoder reads: <s> and the words before the one that it is to say.
const Tensor& Course::reads_of(const Batch& batch) const {
  return has(Bug::shifted_target) ? batch.target_output : batch.target_input;
}

Variable Course::loss_of(const Batch& batch) const {
  const Tokens source{batch.source, batch.source_lengths};
  const Variable scores = patient_.logits(reads_of(batch), patient_.encode(source), source);
  return cross_entropy(scores, batch.target_output, loss_options());
}

CrossEntropyOptions Course::loss_options() const {
  if (has(Bug::padding_in_the_loss)) return {};
  return {.ignore = Tokenizer::pad};
}

/// What the list of parameters names a second time, under another name.
std::vector<NamedParameter> Course::listed_again() const {
  if (!has(Bug::tied_weights_counted_twice)) return {};
  return {{"output.weight", patient_.target_embedding().weight()}};
}

void Course::switch_to_evaluation(std::int64_t step) {
  if (has(Bug::dropout_at_evaluation)) return lectern::train(patient_, key_of(step));
  evaluate(patient_);
}

double Course::rate_of(std::int64_t step) const {
  constexpr std::int64_t warm_up = 80;
  const Schedule schedule{.peak = 0.004, .warmup_steps = warm_up};
  return schedule.learning_rate(has(Bug::no_warm_up) ? std::max(step, warm_up) : step);
}

/// Greedy search, every sentence anew for every word.
Lines Course::translate(const std::vector<std::string>& sentences) const {
  std::vector<std::vector<std::int32_t>> sources;
  std::vector<std::int64_t> which;
  for (const std::string& sentence : sentences) {
    which.push_back(static_cast<std::int64_t>(which.size()));
    sources.push_back(text_.source->encode(sentence));
  }
  const Batch batch = make_source_batch(sources, which);
  const Tokens source{batch.source, batch.source_lengths};
  const Variable memory = patient_.encode(source);
  std::vector<std::vector<std::int32_t>> said(sentences.size());
  std::vector<std::int32_t> reads(sentences.size(), Tokenizer::begin);
  std::vector<bool> ended(sentences.size());
  const auto rows = static_cast<std::int64_t>(sentences.size());
  for (std::int64_t length = 1; length <= 30; ++length) {
    const Tensor target = tensor_of<std::int32_t>({rows, length}, reads);
    const Tensor last = select(patient_.logits(target, memory, source).value(), 1, -1);
    const std::vector<std::int32_t> next = argmax(last).to_vector<std::int32_t>();
    std::vector<std::int32_t> longer;
    for (std::size_t row = 0; row < said.size(); ++row) {
      if (next[row] == Tokenizer::end) ended[row] = true;
      if (!ended[row]) said[row].push_back(next[row]);
      const auto begin = reads.begin() + static_cast<std::ptrdiff_t>(row) * length;
      longer.insert(longer.end(), begin, begin + length);
      longer.push_back(next[row]);
    }
    reads = longer;
  }
  Lines lines;
  for (const std::vector<std::int32_t>& tokens : said)
    lines.push_back(text_.target->decode(tokens));
  return lines;
}

/// A line as BLEU gets it.
std::string Course::as_counted(const std::string& line) const {
  return has(Bug::bleu_on_subwords) ? in_pieces(*text_.target, line) : line;
}

BleuOptions Course::bleu_options() const {
  return {.tokenizer =
              has(Bug::bleu_on_subwords) ? BleuTokenizer::none : BleuTokenizer::mteval_13a};
}

double Course::bleu_of(const Lines& said) const {
  Lines references, counted;
  for (const SentencePair& pair : text_.test) references.push_back(as_counted(pair.target));
  for (const std::string& line : said) counted.push_back(as_counted(line));
  return bleu(counted, {references}, bleu_options()).score;
}

void Course::look(Trial& trial, std::int64_t step, double training) {
  const NoGradient no_gradient;
  switch_to_evaluation(step);
  std::vector<std::int64_t> all(text_.valid.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  trial.steps.push_back(static_cast<double>(step));
  trial.training.push_back(training);
  trial.valid.push_back(loss_of(make_batch(text_.valid, all)).value().item());
  std::vector<std::string> sentences{text_.ours.source};
  Lines references;
  for (const SentencePair& pair : text_.test) {
    sentences.push_back(pair.source);
    references.push_back(pair.target);
  }
  Lines said = translate(sentences);
  trial.translation = said[0];
  said.erase(said.begin());
  trial.bleu.push_back(bleu_of(said));
  trial.length_ratio =
      static_cast<double>(words_in(said)) / static_cast<double>(words_in(references));
}

/// The instruments, before the first step.
void Course::examine(Trial& trial) {
  const Batch batch = batch_of(1);
  std::map<Sign, double>& signs = trial.signs;
  look_at_patient(patient_, batch, key_of(0), signs);
  signs[Sign::reads_the_answer] = share_read(reads_of(batch), batch.target_output);
  signs[Sign::counted_padding] = share_of_padding(batch.target_output, loss_options().ignore);
  const NoGradient no_gradient;
  const auto once = [&](std::int64_t step) {
    switch_to_evaluation(step);
    const Tokens source{batch.source, batch.source_lengths};
    return patient_.encode(source).value();
  };
  signs[Sign::unsteadiness] = largest_difference(once(1), once(2));
  Lines references;
  for (const SentencePair& pair : text_.test) references.push_back(as_counted(pair.target));
  signs[Sign::counted_words] =
      static_cast<double>(bleu(references, {references}, bleu_options()).reference_length) /
      static_cast<double>(references.size());
  signs[Sign::counted_twice] = 0;
  for (const NamedParameter& parameter : listed_again())
    signs[Sign::counted_twice] += static_cast<double>(parameter.variable.value().size());
}

Trial Course::run() {
  Trial trial{.bug = options_.bug, .reversible = patient_.reversible(), .seed = options_.seed};
  const std::vector<NamedParameter> learned = parameters(patient_);
  Adam adam(learned, {.beta2 = 0.98, .epsilon = 1e-9});
  // A list that names the shared table twice has it changed twice.
  std::optional<Adam> again;
  if (!listed_again().empty())
    again.emplace(listed_again(), Adam::Options{.beta2 = 0.98, .epsilon = 1e-9});
  examine(trial);
  {
    evaluate(patient_);
    const NoGradient no_gradient;
    look(trial, 0, loss_of(batch_of(1)).value().item());
  }
  double sum = 0;
  for (std::int64_t step = 1; step <= options_.steps; ++step) {
    lectern::train(patient_, key_of(step));
    const Variable loss = loss_of(batch_of(step));
    const Movement movement(step == 1 ? learned : std::vector<NamedParameter>());
    minimise(loss, adam, rate_of(step));
    if (again) again->step({.learning_rate = rate_of(step)});
    if (step == 1) trial.signs[Sign::first_step] = movement.share();
    sum += loss.value().item();
    if (step % options_.every != 0) continue;
    look(trial, step, sum / static_cast<double>(options_.every));
    sum = 0;
  }
  return trial;
}

}  // namespace

ZooText make_zoo_text() {
  ToyCorpus corpus = make_toy_corpus();
  ZooText text;
  text.ours = {"Heute hat sie dem großen Pferd geholfen.", "Today she helped the big horse."};
  std::erase_if(corpus.train,
                [&](const SentencePair& pair) { return pair.source == text.ours.source; });
  text.source = pieces_of(corpus.train, &SentencePair::source);
  text.target = pieces_of(corpus.train, &SentencePair::target);
  const auto tokens = [&](const std::vector<SentencePair>& pairs) {
    return encode_corpus(pairs, *text.source, *text.target, longest).pairs;
  };
  text.train = tokens(corpus.train);
  text.valid = tokens({corpus.valid.begin(), corpus.valid.begin() + 100});
  text.test = {corpus.test.begin(), corpus.test.begin() + 100};
  return text;
}

Trial run_trial(const ZooText& text, const TrialOptions& options) {
  return Course(text, options).run();
}

}  // namespace lectern
