#include "tasks/synthetic/sequence_task.h"

#include <bit>
#include <cmath>

#include "tasks/failure.h"
#include "tasks/metrics/metric.h"
#include "tasks/task/model_options.h"

namespace lectern {
namespace {

LanguageModel make_model(const Config& config, std::int64_t vocab) {
  Initializer init(static_cast<std::uint64_t>(config.train.seed));
  return LanguageModel(
      {.encoder = sequence_encoder_options(config, vocab, /*causal=*/true),
       .head = {.tie_embeddings = config.model.tie_embeddings != TiedEmbeddings::none}},
      init);
}

/// What was asked for, and what was said there, as lines of numbers.
std::string sample(const MadeSequence& sequence, std::span<const std::int32_t> said) {
  std::string lines = "wanted";
  for (const std::int32_t place : sequence.asked) lines += text(" ", sequence.tokens[place]);
  lines += "\nsaid  ";
  for (const std::int32_t place : sequence.asked) lines += text(" ", said[place - 1]);
  return lines + "\n\n";
}

/// Right answers by distance, in classes that double: 1, 2 … 3, 4 … 7.
class DistanceCounts {
 public:
  void add(const MadeSequence& sequence, std::span<const std::int32_t> said) {
    for (std::size_t i = 0; i < sequence.distance.size(); ++i) {
      const std::int32_t place = sequence.asked[i];
      Class& one = classes_.at(std::bit_width(static_cast<std::uint32_t>(sequence.distance[i])));
      ++one.asked;
      one.right += said[place - 1] == sequence.tokens[place];
    }
  }
  /// Over the middle of each class, in logarithms, where anything was asked.
  Breakdown accuracy() const {
    Breakdown result{.by = "distance [tokens]"};
    for (std::size_t width = 1; width < classes_.size(); ++width) {
      if (classes_[width].asked == 0) continue;
      result.at.push_back(std::round(std::exp2(static_cast<double>(width) - 0.5)));
      result.value.push_back(100.0 * static_cast<double>(classes_[width].right) /
                             static_cast<double>(classes_[width].asked));
    }
    return result;
  }

 private:
  struct Class {
    std::int64_t right = 0, asked = 0;
  };
  std::array<Class, 32> classes_ = {};
};

std::unique_ptr<Task> start(const TaskContext& context, const SequenceSource& source) {
  context.journal.note(text(
      "data: sequences of ", source.length, " tokens, ", source.sizes.train,
      " new ones in an epoch",
      source.start_length > 0
          ? text(", of ", source.start_length, " in the first and twice as many in each after it")
          : ""));
  return std::make_unique<SequenceTask>(context.config, source);
}

Evaluation measure(const EvaluationRequest& request, const SequenceSource& source) {
  SequenceTask task(request.config, source);
  load_parameters(task.model(), request.checkpoint);
  prepare_for_inference(task.model());
  const SequenceScore score = task.score(request.split);
  const TokenScore& symbols = score.symbols;
  // The symbols of one sequence are right or wrong together, so only sequences count as trials.
  return {.text = text("accuracy = ", accuracy_text(symbols.accuracy(), score.sequences), ", ",
                       score.sequences, " sequences, ", symbols.count, " symbols\n",
                       "loss = ", fixed(symbols.loss(), 4),
                       " per symbol, perplexity = ", fixed(std::exp(symbols.loss()), 3), '\n'),
          .figures = {{.name = "accuracy", .value = 100.0 * symbols.accuracy(), .unit = "%"},
                      {.name = "loss", .value = symbols.loss(), .unit = "per symbol", .digits = 4}},
          .examples = symbols.examples,
          .breakdown = score.by_distance};
}

TrainedExample example(const ExampleRequest& request, const SequenceSource& source) {
  const Config& config = request.config;
  if (!request.text.empty())
    throw Failure(ExitCode::usage, text("a run of the task ", config.task.name,
                                        " reads sequences that it makes up; leave the text out"));
  const auto model = std::make_shared<LanguageModel>(make_model(config, source.vocab));
  load_parameters(*model, request.checkpoint);
  prepare_for_inference(*model);
  const MadeSequence sequence = source.make(
      {.seed = static_cast<std::uint64_t>(config.train.seed), .split = Split::test}, source.length);
  std::vector<std::string> tokens;
  for (const std::int32_t symbol : sequence.tokens) tokens.push_back(text(symbol));
  const auto run = [model, ids = make_sequence_batch({sequence}).ids] {
    const NoGradient no_gradient;
    (*model)({ids, {}});
  };
  return {model, run, "the first test example", tokens};
}

}  // namespace

SequenceBatch make_sequence_batch(const std::vector<MadeSequence>& sequences) {
  const std::size_t length = sequences.at(0).tokens.size();
  std::vector<std::int32_t> ids, targets(sequences.size() * length, ignored_target);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const std::vector<std::int32_t>& tokens = sequences[i].tokens;
    ids.insert(ids.end(), tokens.begin(), tokens.end());
    for (const std::int32_t place : sequences[i].asked)
      targets[i * length + static_cast<std::size_t>(place) - 1] = tokens[place];
    count += std::ssize(sequences[i].asked);
  }
  const Shape shape = {std::ssize(sequences), static_cast<std::int64_t>(length)};
  return {.ids = tensor_of<std::int32_t>(shape, ids),
          .targets = tensor_of<std::int32_t>(shape, targets),
          .target_tokens = count,
          .source_tokens = std::ssize(ids) - count};
}

std::int64_t SequenceSource::length_in(std::int64_t epoch) const {
  if (start_length == 0) return length;
  std::int64_t now = start_length;
  for (std::int64_t i = 0; i < epoch && now < length; ++i) now *= 2;
  return std::min(now, length);
}

std::int64_t SequenceSource::count_in(std::int64_t epoch) const {
  return sizes.train * length / length_in(epoch);
}

SequenceTask::SequenceTask(const Config& config, SequenceSource source)
    : config_(config),
      source_(std::move(source)),
      batch_size_(examples_per_batch(config, source_.length)),
      model_(make_model(config, source_.vocab)) {}

std::vector<MadeSequence> SequenceTask::examples(Split split, std::int64_t first,
                                                 std::int64_t count, std::int64_t length) const {
  std::vector<MadeSequence> sequences;
  for (std::int64_t i = 0; i < count; ++i)
    sequences.push_back(source_.make({.seed = static_cast<std::uint64_t>(config_.train.seed),
                                      .split = split,
                                      .index = first + i},
                                     length));
  return sequences;
}

std::int64_t SequenceTask::batch_size_in(std::int64_t epoch) const {
  return examples_per_batch(config_, source_.length_in(epoch));
}

std::int64_t SequenceTask::batches_in_epoch(std::int64_t epoch) {
  const std::int64_t some = batch_size_in(epoch);
  return (source_.count_in(epoch) + some - 1) / some;
}

SequenceBatch SequenceTask::batch(std::int64_t epoch, std::int64_t index) {
  const std::int64_t size = source_.count_in(epoch), some = batch_size_in(epoch),
                     done = index * some;
  // The first epoch has most examples: no later one begins among those of the one before.
  const std::int64_t first = epoch * source_.count_in(0) + done;
  return make_sequence_batch(
      examples(Split::train, first, std::min(some, size - done), source_.length_in(epoch)));
}

Variable SequenceTask::loss(const SequenceBatch& batch) {
  return model_.loss({batch.ids, {}}, batch.targets,
                     {.label_smoothing = config_.train.label_smoothing, .ignore = ignored_target});
}

SequenceScore SequenceTask::score(Split split, Share share) const {
  const NoGradient no_gradient;
  SequenceScore score{.sequences = source_.sizes.of(split)};
  DistanceCounts distances;
  for (std::int64_t done = 0; done < score.sequences; done += batch_size_) {
    if (!share.has(done / batch_size_)) continue;
    const auto some =
        examples(split, done, std::min(batch_size_, score.sequences - done), source_.length);
    const SequenceBatch batch = make_sequence_batch(some);
    const Tensor logits = model_({batch.ids, {}}).value();  // [batch, length, vocab]
    const std::vector<std::int32_t> said = score.symbols.add(logits, batch.targets);
    const std::span<const std::int32_t> all = said;
    const auto length = static_cast<std::size_t>(source_.length);
    for (std::size_t i = 0; i < some.size(); ++i)
      distances.add(some[i], all.subspan(i * length, length));
    if (done == 0) score.samples = sample(some[0], all.first(length));
  }
  score.by_distance = distances.accuracy();
  return score;
}

Task::Validation SequenceTask::validate(ProcessGroup& ranks) {
  SequenceScore found = score(Split::valid, Share(ranks));
  found.symbols.add_ranks(ranks);
  return {.loss = found.symbols.loss(),
          .score = 100.0 * found.symbols.accuracy(),
          .score_name = "accuracy",
          .samples = found.samples};
}

TaskKind sequence_kind(TaskTable table, SequenceSource (*source)(const Config&)) {
  return {
      .table = std::move(table),
      .start =
          [source](const TaskContext& context) { return start(context, source(context.config)); },
      .score = [](const Config&, const Counts& sum) { return accuracy_of(sum); },
      .evaluate =
          [source](const EvaluationRequest& request) {
            return measure(request, source(request.config));
          },
      .example =
          [source](const ExampleRequest& request) {
            return example(request, source(request.config));
          }};
}

}  // namespace lectern
