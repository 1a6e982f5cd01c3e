#include "tasks/listops/listops_task.h"

#include <algorithm>
#include <array>

#include "autograd/ops/cross_entropy.h"
#include "tasks/listops/expression.h"
#include "tasks/listops/generator.h"
#include "tasks/task/model_options.h"

namespace lectern {

SequenceClassifier make_listops_model(const Config& config) {
  Initializer init(static_cast<std::uint64_t>(config.train.seed));
  return SequenceClassifier(
      {.encoder = sequence_encoder_options(config, ListOps::vocab, /*causal=*/false),
       .classes = ListOps::values},
      init);
}

ListOpsBatch make_listops_batch(const std::vector<std::vector<std::int32_t>>& expressions,
                                std::int64_t most) {
  std::size_t width = 0;
  for (const auto& expression : expressions) width = std::max(width, expression.size() + 1);
  if (default_device().kind == Device::Kind::cuda)
    width = std::min((width + 63) / 64 * 64, static_cast<std::size_t>(most));
  std::vector<std::int32_t> ids, lengths, values;
  ListOpsBatch batch;
  for (const std::vector<std::int32_t>& expression : expressions) {
    ids.push_back(ListOps::whole);
    ids.insert(ids.end(), expression.begin(), expression.end());
    lengths.push_back(static_cast<std::int32_t>(expression.size()) + 1);
    ids.insert(ids.end(), width - expression.size() - 1, ListOps::padding);
    values.push_back(evaluate_expression(expression));
    batch.source_tokens += lengths.back();
  }
  const auto count = static_cast<std::int64_t>(expressions.size());
  batch.tokens = {.ids = tensor_of<std::int32_t>({count, static_cast<std::int64_t>(width)}, ids),
                  .lengths = tensor_of<std::int32_t>({count}, lengths)};
  batch.values = tensor_of<std::int32_t>({count}, values);
  batch.target_tokens = count;
  return batch;
}

ListOpsTask::ListOpsTask(const Config& config)
    : config_(config),
      settings_(config.task.as<ListOpsSettings>()),
      batch_size_(examples_per_batch(config, settings_.length + 1)),
      model_(make_listops_model(config)) {}

std::vector<std::vector<std::int32_t>> ListOpsTask::expressions(Split split, std::int64_t first,
                                                                std::int64_t count) const {
  std::vector<std::vector<std::int32_t>> drawn;
  for (std::int64_t i = 0; i < count; ++i)
    drawn.push_back(
        draw_expression(settings_, {.seed = static_cast<std::uint64_t>(config_.train.seed),
                                    .split = split,
                                    .index = first + i}));
  return drawn;
}

std::int64_t ListOpsTask::batches_in_epoch(std::int64_t) {
  return (settings_.sizes.train + batch_size_ - 1) / batch_size_;
}

ListOpsBatch ListOpsTask::batch(std::int64_t epoch, std::int64_t index) {
  const std::int64_t size = settings_.sizes.train, done = index * batch_size_;
  return make_listops_batch(
      expressions(Split::train, epoch * size + done, std::min(batch_size_, size - done)),
      settings_.length + 1);
}

Variable ListOpsTask::loss(const ListOpsBatch& batch) {
  return cross_entropy(model_(batch.tokens), batch.values,
                       {.label_smoothing = config_.train.label_smoothing});
}

ListOpsScore ListOpsTask::score(Split split, Share share) const {
  const NoGradient no_gradient;
  const std::int64_t size = settings_.sizes.of(split);
  ListOpsScore score;
  std::array<std::int64_t, ListOps::values> seen = {};
  for (std::int64_t done = 0; done < size; done += batch_size_) {
    if (!share.has(done / batch_size_)) continue;
    const auto drawn = expressions(split, done, std::min(batch_size_, size - done));
    const ListOpsBatch batch = make_listops_batch(drawn, settings_.length + 1);
    const std::vector<std::int32_t> said =
        score.values.add(model_(batch.tokens).value(), batch.values);
    const std::vector<std::int32_t> wanted = batch.values.to_vector<std::int32_t>();
    for (const std::int32_t value : wanted) ++seen[value];
    for (std::size_t i = 0; done == 0 && i < std::min<std::size_t>(5, drawn.size()); ++i)
      score.samples +=
          text(expression_text(drawn[i]), "\nis ", wanted[i], ", said ", said[i], "\n\n");
  }
  const auto commonest = std::ranges::max_element(seen);
  score.commonest = static_cast<std::int32_t>(commonest - seen.begin());
  score.commonest_share = static_cast<double>(*commonest) / static_cast<double>(size);
  return score;
}

Task::Validation ListOpsTask::validate(ProcessGroup& ranks) {
  ListOpsScore found = score(Split::valid, Share(ranks));
  found.values.add_ranks(ranks);
  return {.loss = found.values.loss(),
          .score = 100.0 * found.values.accuracy(),
          .score_name = "accuracy",
          .samples = found.samples};
}

}  // namespace lectern
