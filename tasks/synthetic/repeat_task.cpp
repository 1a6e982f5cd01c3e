#include "tasks/synthetic/repeat_task.h"

#include <cmath>
#include <iostream>

#include "tasks/failure.h"
#include "tasks/metrics/metric.h"
#include "tasks/task/model_options.h"

namespace lectern {
namespace {

LanguageModel make_model(const Config& config) {
  Initializer init(static_cast<std::uint64_t>(config.train.seed));
  return LanguageModel(
      {.encoder = sequence_encoder_options(config, config.task.symbols + 1, /*causal=*/true),
       .tie_embeddings = config.model.tie_embeddings != ModelConfig::TieEmbeddings::none},
      init);
}

std::string words(std::span<const std::int32_t> symbols) {
  std::string line;
  for (const std::int32_t symbol : symbols) line += text(" ", symbol);
  return line;
}

void measure(const Evaluation& wanted, Arrange arrange) {
  RepeatTask task(wanted.config, arrange);
  load_parameters(task.model(), wanted.checkpoint);
  prepare_for_inference(task.model());
  const RepeatScore score = task.score(wanted.split);
  // The symbols of one sequence are right or wrong together, so only sequences count as trials.
  std::cout << "accuracy = " << accuracy_text(score.symbols.accuracy(), score.sequences) << ", "
            << score.sequences << " sequences, " << score.symbols.count << " symbols\n"
            << "loss = " << fixed(score.symbols.loss(), 4)
            << " per symbol, perplexity = " << fixed(std::exp(score.symbols.loss()), 3) << '\n';
}

TrainedExample example(const ExampleWanted& wanted, Arrange arrange) {
  const Config& config = wanted.config;
  if (!wanted.text.empty())
    throw Failure(ExitCode::usage, text("a run of the task ", task_name(config),
                                        " reads sequences that it makes up; leave the text out"));
  const auto model = std::make_shared<LanguageModel>(make_model(config));
  load_parameters(*model, wanted.checkpoint);
  prepare_for_inference(*model);
  const ExampleKey first{.seed = static_cast<std::uint64_t>(config.train.seed),
                         .split = Split::test};
  const std::vector<std::int32_t> sequence = arrange(draw_word(config.task, first));
  std::vector<std::string> tokens;
  for (const std::int32_t symbol : sequence) tokens.push_back(text(symbol));
  const auto run = [model, ids = make_repeat_batch({sequence}).ids] {
    const NoGradient no_gradient;
    (*model)({ids, {}});
  };
  return {model, run, "the first test example", tokens};
}

}  // namespace

std::vector<std::int32_t> draw_word(const TaskConfig& task, const ExampleKey& key) {
  return draw_example(key, [&](Draws& draws) {
    std::vector<std::int32_t> word(task.length / 2 - 1);
    for (std::int32_t& symbol : word)
      symbol = 1 + static_cast<std::int32_t>(draws.below(task.symbols));
    return word;
  });
}

RepeatBatch make_repeat_batch(const std::vector<std::vector<std::int32_t>>& sequences) {
  const std::size_t length = sequences.at(0).size(), half = length / 2;
  std::vector<std::int32_t> ids, targets;
  for (const std::vector<std::int32_t>& sequence : sequences) {
    ids.insert(ids.end(), sequence.begin(), sequence.end());
    // From the second 0 on, a token is to be followed by the next symbol of w.
    targets.insert(targets.end(), half, ignored_target);
    targets.insert(targets.end(), sequence.begin() + half + 1, sequence.end());
    targets.push_back(ignored_target);
  }
  const Shape shape = {static_cast<std::int64_t>(sequences.size()),
                       static_cast<std::int64_t>(length)};
  return {.ids = tensor_of<std::int32_t>(shape, ids),
          .targets = tensor_of<std::int32_t>(shape, targets),
          .count = static_cast<std::int64_t>(sequences.size() * (half - 1))};
}

RepeatTask::RepeatTask(const Config& config, Arrange arrange)
    : config_(config),
      arrange_(arrange),
      batch_size_(examples_per_batch(config, config.task.length)),
      model_(make_model(config)) {}

RepeatBatch RepeatTask::batch(Split split, std::int64_t first, std::int64_t count) const {
  std::vector<std::vector<std::int32_t>> sequences;
  for (std::int64_t i = 0; i < count; ++i)
    sequences.push_back(
        arrange_(draw_word(config_.task, {.seed = static_cast<std::uint64_t>(config_.train.seed),
                                          .split = split,
                                          .index = first + i})));
  return make_repeat_batch(sequences);
}

std::int64_t RepeatTask::batches_in_epoch(std::int64_t) {
  return (config_.task.train_size + batch_size_ - 1) / batch_size_;
}

Task::Inputs RepeatTask::inputs(std::int64_t epoch, std::int64_t batch_index) {
  const std::int64_t done = batch_index * batch_size_;
  const RepeatBatch examples = batch(Split::train, epoch * config_.task.train_size + done,
                                     std::min(batch_size_, config_.task.train_size - done));
  return {.tensors = {examples.ids, examples.targets},
          .target_tokens = examples.count,
          .source_tokens = examples.ids.size() - examples.count};
}

Variable RepeatTask::loss(const std::vector<Tensor>& tensors) {
  return model_.loss({tensors[0], {}}, tensors[1],
                     {.label_smoothing = config_.train.label_smoothing, .ignore = ignored_target});
}

RepeatScore RepeatTask::score(Split split) const {
  const NoGradient no_gradient;
  RepeatScore score{.sequences = examples_in(config_.task, split)};
  for (std::int64_t done = 0; done < score.sequences; done += batch_size_) {
    const RepeatBatch examples = batch(split, done, std::min(batch_size_, score.sequences - done));
    const Tensor logits = model_({examples.ids, {}}).value();  // [batch, length, vocab]
    const std::vector<std::int32_t> said = score.symbols.add(logits, examples.targets);
    if (done > 0) continue;
    const std::vector<std::int32_t> wanted = examples.targets.to_vector<std::int32_t>();
    const std::size_t first = config_.task.length / 2, count = first - 1;  // of the first sequence
    score.samples = "wanted" + words({wanted.data() + first, count}) + "\nsaid  " +
                    words({said.data() + first, count}) + "\n\n";
  }
  return score;
}

std::optional<Task::Validation> RepeatTask::validate() {
  const RepeatScore found = score(Split::valid);
  return Validation{.loss = found.symbols.loss(),
                    .score = 100.0 * found.symbols.accuracy(),
                    .score_name = "accuracy",
                    .samples = found.samples};
}

TaskKind repeat_kind(TaskConfig::Name name, const std::string& summary, Arrange arrange) {
  return {.name = name,
          .summary = summary,
          .start =
              [arrange](const TaskStart& begin) {
                begin.journal.note(text("data: sequences of ", begin.config.task.length,
                                        " tokens, ", begin.config.task.symbols, " symbols, ",
                                        begin.config.task.train_size, " new ones in an epoch"));
                return std::make_unique<RepeatTask>(begin.config, arrange);
              },
          .evaluate = [arrange](const Evaluation& wanted) { measure(wanted, arrange); },
          .example = [arrange](const ExampleWanted& wanted) { return example(wanted, arrange); }};
}

}  // namespace lectern
