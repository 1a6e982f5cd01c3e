#include "tasks/synthetic/repeat_task.h"

#include <cmath>

#include "tasks/config/settings.h"
#include "tasks/failure.h"
#include "tasks/metrics/metric.h"
#include "tasks/task/model_options.h"

namespace lectern {
namespace {

LanguageModel make_model(const Config& config) {
  Initializer init(static_cast<std::uint64_t>(config.train.seed));
  const std::int64_t vocab = config.task.as<RepeatSettings>().symbols + 1;
  return LanguageModel({.encoder = sequence_encoder_options(config, vocab, /*causal=*/true),
                        .tie_embeddings = config.model.tie_embeddings != TiedEmbeddings::none},
                       init);
}

std::string words(std::span<const std::int32_t> symbols) {
  std::string line;
  for (const std::int32_t symbol : symbols) line += text(" ", symbol);
  return line;
}

Evaluation measure(const EvaluationRequest& request, Arrange arrange) {
  RepeatTask task(request.config, arrange);
  load_parameters(task.model(), request.checkpoint);
  prepare_for_inference(task.model());
  const RepeatScore score = task.score(request.split);
  const TokenScore& symbols = score.symbols;
  // The symbols of one sequence are right or wrong together, so only sequences count as trials.
  return {.text = text("accuracy = ", accuracy_text(symbols.accuracy(), score.sequences), ", ",
                       score.sequences, " sequences, ", symbols.count, " symbols\n",
                       "loss = ", fixed(symbols.loss(), 4),
                       " per symbol, perplexity = ", fixed(std::exp(symbols.loss()), 3), '\n'),
          .figures = {{.name = "accuracy", .value = 100.0 * symbols.accuracy(), .unit = "%"},
                      {.name = "loss", .value = symbols.loss(), .unit = "per symbol", .digits = 4}},
          .examples = {symbols.examples, accuracy_of}};
}

TrainedExample example(const ExampleRequest& request, Arrange arrange) {
  const Config& config = request.config;
  if (!request.text.empty())
    throw Failure(ExitCode::usage, text("a run of the task ", config.task.name,
                                        " reads sequences that it makes up; leave the text out"));
  const auto model = std::make_shared<LanguageModel>(make_model(config));
  load_parameters(*model, request.checkpoint);
  prepare_for_inference(*model);
  const ExampleKey first{.seed = static_cast<std::uint64_t>(config.train.seed),
                         .split = Split::test};
  const std::vector<std::int32_t> sequence =
      arrange(draw_word(config.task.as<RepeatSettings>(), first));
  std::vector<std::string> tokens;
  for (const std::int32_t symbol : sequence) tokens.push_back(text(symbol));
  const auto run = [model, ids = make_repeat_batch({sequence}).ids] {
    const NoGradient no_gradient;
    (*model)({ids, {}});
  };
  return {model, run, "the first test example", tokens};
}

}  // namespace

std::vector<std::int32_t> draw_word(const RepeatSettings& settings, const ExampleKey& key) {
  return draw_example(key, [&](Draws& draws) {
    std::vector<std::int32_t> word(settings.length / 2 - 1);
    for (std::int32_t& symbol : word)
      symbol = 1 + static_cast<std::int32_t>(draws.below(settings.symbols));
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
  const auto count = static_cast<std::int64_t>(sequences.size() * (half - 1));
  return {.ids = tensor_of<std::int32_t>(shape, ids),
          .targets = tensor_of<std::int32_t>(shape, targets),
          .target_tokens = count,
          .source_tokens = static_cast<std::int64_t>(ids.size()) - count};
}

RepeatTask::RepeatTask(const Config& config, Arrange arrange)
    : config_(config),
      settings_(config.task.as<RepeatSettings>()),
      arrange_(arrange),
      batch_size_(examples_per_batch(config, settings_.length)),
      model_(make_model(config)) {}

RepeatBatch RepeatTask::examples(Split split, std::int64_t first, std::int64_t count) const {
  std::vector<std::vector<std::int32_t>> sequences;
  for (std::int64_t i = 0; i < count; ++i)
    sequences.push_back(
        arrange_(draw_word(settings_, {.seed = static_cast<std::uint64_t>(config_.train.seed),
                                       .split = split,
                                       .index = first + i})));
  return make_repeat_batch(sequences);
}

std::int64_t RepeatTask::batches_in_epoch(std::int64_t) {
  return (settings_.sizes.train + batch_size_ - 1) / batch_size_;
}

RepeatBatch RepeatTask::batch(std::int64_t epoch, std::int64_t index) {
  const std::int64_t size = settings_.sizes.train, done = index * batch_size_;
  return examples(Split::train, epoch * size + done, std::min(batch_size_, size - done));
}

Variable RepeatTask::loss(const RepeatBatch& batch) {
  return model_.loss({batch.ids, {}}, batch.targets,
                     {.label_smoothing = config_.train.label_smoothing, .ignore = ignored_target});
}

RepeatScore RepeatTask::score(Split split) const {
  const NoGradient no_gradient;
  RepeatScore score{.sequences = settings_.sizes.of(split)};
  for (std::int64_t done = 0; done < score.sequences; done += batch_size_) {
    const RepeatBatch some = examples(split, done, std::min(batch_size_, score.sequences - done));
    const Tensor logits = model_({some.ids, {}}).value();  // [batch, length, vocab]
    const std::vector<std::int32_t> said = score.symbols.add(logits, some.targets);
    if (done > 0) continue;
    const std::vector<std::int32_t> wanted = some.targets.to_vector<std::int32_t>();
    const std::size_t first = settings_.length / 2, count = first - 1;  // of the first sequence
    score.samples = "wanted" + words({wanted.data() + first, count}) + "\nsaid  " +
                    words({said.data() + first, count}) + "\n\n";
  }
  return score;
}

Task::Validation RepeatTask::validate() {
  const RepeatScore found = score(Split::valid);
  return {.loss = found.symbols.loss(),
          .score = 100.0 * found.symbols.accuracy(),
          .score_name = "accuracy",
          .samples = found.samples};
}

namespace {

std::unique_ptr<Task> start(const TaskContext& context, Arrange arrange) {
  const auto& settings = context.config.task.as<RepeatSettings>();
  context.journal.note(text("data: sequences of ", settings.length, " tokens, ", settings.symbols,
                            " symbols, ", settings.sizes.train, " new ones in an epoch"));
  return std::make_unique<RepeatTask>(context.config, arrange);
}

std::vector<Field> keys() {
  using S = RepeatSettings;
  std::vector<Field> keys;
  auto rows = task_rows<S>(keys);
  rows.integer("length", &S::length, {2, 1'000'000}, "sequence length: the whole 0w0w [tokens]");
  rows.integer("symbols", &S::symbols, {2, 65'536}, "vocabulary: w is drawn from 1, 2 ... N");
  split_size_rows<S>(keys);
  return keys;
}

void check_settings(const Settings& settings) {
  check_causal_patterns(settings);
  const std::int64_t length = settings.config().task.as<RepeatSettings>().length;
  const std::int64_t longest = settings.config().model.max_length;
  if (length > longest)
    settings.disagree("task.length", "model.max_length", "is above", text(longest));
  if (length < 4)
    settings.disagree("task.length", "task.name", "leaves no room for w in 0w0w, as in", "4");
  if (length % 2 != 0)
    settings.disagree("task.length", "task.name", "is odd, unlike 0w0w, the sequences of",
                      text(length + 1));
}

}  // namespace

TaskKind repeat_kind(const std::string& name, const std::string& summary, Arrange arrange) {
  return {
      .table = {.name = name,
                .summary = summary,
                .settings = RepeatSettings{},
                .keys = keys(),
                .metrics = {"accuracy", "loss"},
                .unused = made_data_ignores(),
                .check = check_settings},
      .start = [arrange](const TaskContext& context) { return start(context, arrange); },
      .evaluate = [arrange](const EvaluationRequest& request) { return measure(request, arrange); },
      .example = [arrange](const ExampleRequest& request) { return example(request, arrange); }};
}

}  // namespace lectern
