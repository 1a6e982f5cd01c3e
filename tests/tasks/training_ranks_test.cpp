#include <filesystem>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/cross_entropy.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/optim/adam.h"
#include "nn/optim/sgd.h"
#include "reversible/recompute.h"
#include "tasks/training/share.h"
#include "tasks/training/trainer.h"
#include "tasks/training/zero_optimizer.h"
#include "tensor/has_cuda.h"
#include "tests/tasks/training_testing.h"
#include "tests/tensor/ranks_as_threads.h"

// One training by several ranks, threads here: what is summed, who remembers what, what is saved.

using namespace lectern;

namespace {

/// Layers of sizes that no number of ranks divides, with dropout between them, one that is
/// calculated once more on the way back, and a weight that only every third batch reads.
class Model : public Module {
 public:
  Model()
      : init_(7), first_(7, 13, init_), second_(13, 5, init_), third_(5, 5, init_), dropout_(0.25) {
    seldom_ = Variable::parameter(full({5}, 0.5));
  }
  Variable operator()(const Variable& x, bool seldom) const {
    const auto twice = [this](const std::vector<Variable>& in) { return third_(third_(in[0])); };
    const Variable y = recompute(twice, {second_(dropout_(first_(x)))});
    return seldom ? add(y, seldom_) : y;
  }
  void visit(Visitor& visitor) override {
    visitor("first", first_);
    visitor("seldom", seldom_);
    visitor("dropout", dropout_);
    visitor("second", second_);
    visitor("third", third_);
  }

 private:
  Initializer init_;
  Linear first_, second_, third_;
  Dropout dropout_;
  Variable seldom_;
};

/// A batch is three or four rows of numbers, and which of five each stands for.
struct Rows {
  Tensor x, targets;
  std::int64_t target_tokens = 0, source_tokens = 0;
  template <class Visit>
  void visit_inputs(Visit visit) {
    visit(x);
    visit(targets);
  }
};

class RowsTask : public TaskOf<Rows> {
 public:
  Module& model() override { return model_; }
  std::int64_t batches_in_epoch(std::int64_t) override { return 10; }
  Rows batch(std::int64_t epoch, std::int64_t index) override {
    const std::int64_t rows = index % 3 == 0 ? 3 : 4;
    std::vector<std::int32_t> targets;
    for (std::int64_t i = 0; i < rows; ++i)
      targets.push_back(static_cast<std::int32_t>((i + index + epoch) % 5));
    const RandomKey key{.seed = 9, .step = static_cast<std::uint32_t>(10 * epoch + index)};
    return {random_normal({rows, 7}, 1, key).to(default_device()),
            tensor_of<std::int32_t>({rows}, targets), rows, rows};
  }
  Variable loss(const Rows& batch) override {
    return cross_entropy(model_(Variable(batch.x), batch.x.dim(0) == 3), batch.targets, {});
  }
  bool can_validate() const override { return false; }
  Validation validate(ProcessGroup&) override { return {}; }
  void describe(Checkpoint&) override {}

 private:
  Model model_;
};

std::unique_ptr<Optimizer> adam(std::vector<NamedParameter> parameters) {
  return std::make_unique<Adam>(std::move(parameters),
                                Adam::Options{.weight_decay = 0.1, .decoupled_weight_decay = true});
}
std::unique_ptr<Optimizer> sgd(std::vector<NamedParameter> parameters) {
  return std::make_unique<Sgd>(std::move(parameters),
                               Sgd::Options{.momentum = 0.9, .weight_decay = 0.1});
}

struct How {
  int ranks = 1;
  bool zero = false;
  ZeroOptimizer::Make make = adam;
  std::int64_t steps = 6;
  std::string resumed = {};
  SumOverRanks::Options reduce = {};
};

/// Trains in a new folder. \return  the bytes of the last checkpoint
std::string train(const std::string& path, const How& how) {
  const auto rank = [&](ProcessGroup& group) {
    RowsTask task;
    std::vector<NamedParameter> all = parameters(task.model());
    std::unique_ptr<Optimizer> optimizer;
    if (how.zero)
      optimizer = std::make_unique<ZeroOptimizer>(std::move(all), group, how.make);
    else
      optimizer = how.make(std::move(all));
    std::optional<RunFolder> folder;
    if (group.is_first()) folder.emplace(path, RunFolder::Found::refuse);
    Journal journal(
        {.folder = folder ? folder->path() : std::string(), .tensorboard = false, .quiet = true});
    const TrainerOptions options{.schedule = {.kind = Schedule::Kind::constant, .peak = 0.05},
                                 .max_steps = how.steps,
                                 .grad_accum = 4,
                                 .clip_norm = 0.5,
                                 .valid_every = 0,
                                 .save_every = 2,
                                 .group = &group,
                                 .reduce = how.reduce};
    Trainer trainer(task, *optimizer, options, folder ? &*folder : nullptr, journal);
    if (!how.resumed.empty()) trainer.resume(load_checkpoint(how.resumed));
    trainer.begin();
    while (!trainer.finished()) trainer.advance();
    trainer.end();
  };
  CHECK(what_ranks_throw(how.ranks, rank) ==
        std::vector<std::string>(static_cast<std::size_t>(how.ranks)));
  return read_file(path + "/last");
}

std::vector<Device> devices() {
  std::vector<Device> all{cpu};
  if constexpr (has_cuda) all.push_back({Device::Kind::cuda});
  return all;
}

/// Makes tensors on a device until the end of a scope.
struct On {
  Device before = default_device();
  explicit On(Device device) { set_default_device(device); }
  ~On() { set_default_device(before); }
};

}  // namespace

TEST_CASE("ranks: a training has the bits of one process, whoever remembers what", "[gpu]") {
  for (const Device device : devices()) {
    const On on(device);
    for (const auto& make : {adam, sgd}) {
      const TemporaryFolder place;
      const std::string alone = train(place.file("alone"), {.make = make});
      CHECK(alone.size() > 2000);
      CHECK(alone != train(place.file("shorter"), {.make = make, .steps = 4}));
      for (const int ranks : {1, 2, 4})
        for (const bool zero : {false, true}) {
          INFO(device << ", " << ranks << " ranks, " << (zero ? "with" : "without") << " ZeRO");
          const std::string name = text("run", ranks, zero);
          CHECK(train(place.file(name), {.ranks = ranks, .zero = zero, .make = make}) == alone);
        }
    }
  }
}

TEST_CASE("ranks: what was remembered by four is gone on with by two, by one, by each for itself",
          "[gpu]") {
  for (const Device device : devices()) {
    const On on(device);
    const TemporaryFolder place;
    const std::string alone = train(place.file("alone"), {});
    train(place.file("begun"), {.ranks = 4, .zero = true, .steps = 3});
    for (const int ranks : {1, 2, 4})
      for (const bool zero : {false, true}) {
        INFO(device << ", " << ranks << " ranks, " << (zero ? "with" : "without") << " ZeRO");
        const std::string again =
            train(place.file(text("again", ranks, zero)),
                  {.ranks = ranks, .zero = zero, .resumed = place.file("begun") + "/last"});
        CHECK(again == alone);
      }
  }
}

TEST_CASE("ranks: when gradients travel makes no difference, in what they travel does", "[gpu]") {
  for (const Device device : devices()) {
    const On on(device);
    const TemporaryFolder place;
    const std::string f32 = train(place.file("f32"), {});
    const std::string bf16 = train(place.file("bf16"), {.reduce = {.dtype = DType::bf16}});
    CHECK(f32 != bf16);
    for (const DType dtype : {DType::f32, DType::bf16})
      for (const int ranks : {1, 2, 4})
        for (const bool overlap : {false, true})
          for (const std::int64_t bucket_bytes : {1, 200, 1 << 20}) {
            INFO(device << ", " << dtype << ", " << ranks << " ranks, overlap " << overlap
                        << ", buckets of " << bucket_bytes);
            const std::string name = text(dtype, ranks, overlap, bucket_bytes);
            const How how{
                .ranks = ranks,
                .reduce = {.dtype = dtype, .overlap = overlap, .bucket_bytes = bucket_bytes}};
            CHECK(train(place.file(name), how) == (dtype == DType::f32 ? f32 : bf16));
          }
  }
}

TEST_CASE("ranks: gradients set out before the backward pass has ended, those that are sure") {
  std::vector<std::vector<std::string>> set_out(2);  // by rank, in the second step
  in_ranks(2, [&](ProcessGroup& group) {
    RowsTask task;
    Adam optimizer(parameters(task.model()), {});
    SumOverRanks ranks(group, optimizer, {.bucket_bytes = 1});
    struct Early : EarlyGradients {
      SumOverRanks& ranks;
      std::vector<std::size_t> taken{};
      explicit Early(SumOverRanks& ranks) : ranks(ranks) {}
      bool take(std::size_t i, const Tensor& gradient) override {
        if (!ranks.takes_early(i)) return false;
        taken.push_back(i);
        ranks.put_early(i, gradient);
        return true;
      }
      void learn(const std::vector<bool>& sure) override { ranks.learn(sure); }
      void after_op() override { ranks.advance(); }
    } early(ranks);
    for (int step = 0; step < 2; ++step) {
      const Task::Inputs batch = task.inputs(0, 3);
      ranks.put(
          differentiate(task, optimizer, batch.tensors, target_count(batch, optimizer), &early));
      ranks.of_all();
    }
    for (const std::size_t i : early.taken)
      set_out[static_cast<std::size_t>(group.rank())].push_back(optimizer.parameters()[i].name);
  });
  CHECK(set_out[0] == std::vector<std::string>{"seldom", "second.weight", "second.bias",
                                               "first.weight", "first.bias"});
  CHECK(set_out[1] == set_out[0]);
}

TEST_CASE("ranks: a step without a batch shows nothing of which gradients come in one piece") {
  std::vector<std::vector<bool>> takes(2);  // by rank
  in_ranks(2, [&](ProcessGroup& group) {
    RowsTask task;
    Adam optimizer(parameters(task.model()), {});
    SumOverRanks ranks(group, optimizer, {});
    std::vector<bool>& told = takes[static_cast<std::size_t>(group.rank())];
    ranks.put({});
    ranks.of_all();
    told.push_back(ranks.takes_early(0));
    std::vector<bool> sure(optimizer.parameters().size(), true);
    sure[1] = false;
    ranks.learn(sure);
    told.push_back(ranks.takes_early(0));
    told.push_back(ranks.takes_early(1));
  });
  for (const std::vector<bool>& told : takes) CHECK(told == std::vector<bool>{false, true, false});
}

TEST_CASE("ranks: the work of a validation is shared, its texts stay in order") {
  std::vector<std::string> all;
  for (int piece = 0; piece < 11; ++piece)
    all.push_back(std::string(piece % 4, 'a') + text("\n", piece));
  for (const int size : {1, 2, 4}) {
    std::vector<std::vector<std::string>> told(size);
    std::vector<LossSum> sums(size);
    in_ranks(size, [&](ProcessGroup& group) {
      const Share share(group);
      std::vector<std::string> own;
      LossSum sum;
      for (std::int64_t piece = 0; piece < std::ssize(all); ++piece)
        if (share.has(piece)) {
          own.push_back(all[piece]);
          sum.add(1.0 / static_cast<double>(piece + 3), 2);
        }
      told[group.rank()] = texts_of_ranks(group, own);
      sums[group.rank()] = sum_of_ranks(group, sum);
    });
    LossSum alone;
    for (std::int64_t piece = 0; piece < std::ssize(all); ++piece)
      alone.add(1.0 / static_cast<double>(piece + 3), 2);
    for (const auto& each : told) CHECK(each == all);
    for (const LossSum& each : sums) {
      CHECK(each.sum() == alone.sum());
      CHECK(each.count == 22);
    }
  }
}

TEST_CASE("ranks: with ZeRO each remembers its share, by the allocator's count") {
  const auto remembered = [](int rank, int ranks, const ZeroOptimizer::Make& make) {
    std::vector<NamedParameter> all;
    for (const Shape& shape : {Shape{1000, 33}, Shape{7}, Shape{513, 64}, Shape{4097}})
      all.push_back({text("weight", all.size()), Variable::parameter(zeros(shape))});
    ProcessGroup group(rank, ranks);
    const std::int64_t before = memory_statistics().in_use;
    const ZeroOptimizer optimizer(all, group, make);
    return memory_statistics().in_use - before;
  };
  const std::int64_t numbers = 1000 * 33 + 7 + 513 * 64 + 4097;
  // StepNumbers is all that is not shared out.
  const std::int64_t rest = sizeof(StepNumbers);
  for (const int ranks : {1, 2, 4, 8, 16}) {
    std::int64_t sum = 0, most = 0;
    for (int rank = 0; rank < ranks; ++rank) {
      const std::int64_t bytes = remembered(rank, ranks, adam) - rest;
      sum += bytes;
      most = std::max(most, bytes);
      CHECK(2 * (remembered(rank, ranks, sgd) - rest) == bytes);
    }
    CHECK(sum == 2 * 4 * numbers);  // two moments of four bytes
    CHECK(most <= sum / ranks + 2 * 4 * 2 * ParameterRow::unit);
  }
}
