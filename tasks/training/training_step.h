#pragma once

#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "nn/optim/optimizer.h"
#include "tasks/training/parameter_row.h"
#include "tasks/training/task.h"
#include "tensor/collective.h"

namespace lectern {

/// What batches have found together.
struct StepSum {
  std::vector<Tensor>
      gradients;   ///< of every parameter, undefined where it has none; empty: no batch
  Tensor numbers;  ///< StepNumbers of which only the loss is not 0
};

/// Who wants gradients before the backward pass ends.
class EarlyGradients {
 public:
  virtual ~EarlyGradients() = default;
  /// A parameter's gradient is complete. \return  whether it is taken away, to where it is needed
  virtual bool take(std::size_t parameter, const Tensor& gradient) = 0;
  /// The pass has ended. Of a parameter that is not sure more may come after its gradient has looked
  /// complete (CompleteGradients): in later steps it is not to be taken.
  virtual void learn(const std::vector<bool>& sure) = 0;
  /// An op has gone back.
  virtual void after_op() = 0;
};

/// Forward and backward over one batch: its loss, summed over its targets, and the gradients of it.
/// The model is in training mode; its parameters have no gradients, before and after.
/// \param tensors       Task::Inputs::tensors
/// \param target_count  a scalar in the parameters' dtype: Task::Inputs::target_tokens
/// \param early         null: nobody; the gradients that it takes are missing in what is returned
StepSum differentiate(Task& task, Optimizer& optimizer, std::span<const Tensor> tensors,
                      const Tensor& target_count, EarlyGradients* early = nullptr);

/// Task::Inputs::target_tokens where the step reads it.
Tensor target_count(const Task::Inputs& batch, Optimizer& optimizer);

/// The sum over batches, halves of halves: `(0 + 1) + (2 + 3)`. So several processes may find the
/// parts of it, and the bits are those of one.
class SumInHalves {
 public:
  /// \param dtype  bf16: the gradients of every batch, and every sum of two, are rounded to it;
  ///               otherwise the gradients' own
  explicit SumInHalves(DType dtype) : dtype_(dtype) {}

  /// Of batches `begin … end-1`.
  /// \param of_batch  what batch i finds
  /// Memory: the gradients once more for every halving.
  StepSum operator()(std::int64_t begin, std::int64_t end,
                     const std::function<StepSum(std::int64_t i)>& of_batch);

  /// While `of_batch` is asked for the last one: what all batches have found of a parameter, if the
  /// last one's gradient is this.
  Tensor with_earlier(std::size_t parameter, Tensor gradient) const;

 private:
  Tensor rounded(Tensor gradient) const;
  void merge(StepSum& sum, StepSum other) const;

  DType dtype_;
  std::vector<const StepSum*>
      earlier_;  // halves whose other half is being found, the largest first
};

/// The sum over a rank's own batches, and the one over all ranks' that follows from it.
///
/// On a CPU the gradients travel in buckets, the last layers' first, each as soon as it is full,
/// while the backward pass goes on (PyTorch's DistributedDataParallel: Li et al. 2020, section
/// 3.2.3). The bits do not depend on that.
///
/// Memory: all gradients once, in the dtype in which they travel, kept from step to step.
class SumOverRanks {
 public:
  struct Options {
    DType dtype = DType::f32;  ///< in which gradients travel and are added up, f32 or bf16
    bool overlap = true;       ///< they set out before the backward pass has ended
    std::int64_t bucket_bytes = 1 << 20;
  };
  SumOverRanks(ProcessGroup& group, Optimizer& optimizer, const Options& options);

  /// Whether gradients set out before the backward pass has ended.
  bool overlaps() const { return overlap_; }
  /// Forgets what the steps until now have shown of the model.
  void learn_anew();
  /// What a backward pass has shown: which gradients come in one piece.
  void learn(const std::vector<bool>& sure);
  /// Whether a gradient that is complete may be put at once: never before something was learnt.
  bool takes_early(std::size_t parameter) const { return !learning_ && early_[parameter]; }
  /// What this rank has found of a parameter, before the rest of this step is known.
  void put_early(std::size_t parameter, const Tensor& gradient);
  /// Does for what is under way what can be done without waiting.
  void advance();
  /// What this rank has found, but for what it has put before. Done by the parameters' device
  /// alone: a GPU may record it.
  void put(const StepSum& own);
  /// The sum over all ranks, of which each has put its own: the same bits on each. The gradients
  /// are views of the memory here, if they have its dtype. Cost: all_reduce of all gradients and of
  /// a few numbers beside them.
  StepSum of_all();

 private:
  /// Parameters `begin … end-1`, of which `missing` have not been put.
  struct Bucket {
    std::size_t begin, end, missing;
  };
  std::vector<Bucket> buckets_of(std::int64_t bytes) const;
  void fill(std::size_t parameter, const Tensor& gradient);
  void send_full_buckets();
  void meet();

  ProcessGroup& group_;
  const std::vector<NamedParameter>& parameters_;
  ParameterRow row_;
  bool overlap_, learning_ = true;
  std::vector<bool> early_, put_;       // by parameter: it may be, and in this step it has been
  std::vector<Bucket> buckets_;         // the last parameters first
  std::vector<std::size_t> bucket_of_;  // by parameter
  std::deque<AllReduce> sent_;          // of buckets, in their order
  std::size_t done_ = 0;                // so many of them from the first on
  Tensor gradients_;                    // [number] of all parameters, in that row
  Tensor
      beside_;  // f64 [number]: the numbers of the step, and who has a gradient of each parameter
  Tensor yes_, no_;       // f64 [parameter]: ones and zeros
  std::int64_t numbers_;  // how many of the numbers are the step's
};

/// Gives the gradients to the parameters and the loss to the numbers of the step.
void hand_over(StepSum sum, Optimizer& optimizer);

}  // namespace lectern
