#pragma once

#include "tasks/config/config.h"
#include "tensor/collective.h"

namespace lectern {

/// What a training is started with.
struct TrainingRun {
  Config config;
  std::string run_folder;
  std::string resume = "no";      ///< "no", "auto", or the path of a checkpoint
  std::string config_file = {};   ///< where the configuration was read; is never written over
  bool begin_anew = false;        ///< clear the run that the folder holds
  bool strict = false;            ///< refuse invalid UTF-8
  bool quiet = false;             ///< nothing on stderr
  ProcessGroup* group = nullptr;  ///< who trains together; null: this process alone
};

/// Trains a model for the task that its configuration names, into its run folder.
/// \return 0, or the signal that ended it
int train_model(const TrainingRun& run);

/// Refuses `train.precision = bf16` where the default device does not multiply bf16.
/// \throws Failure (usage)
void expect_bfloat16_if_chosen(const Config& config);

/// Applies train.threads and, where the default device has it, train.precision; where it lacks bf16,
/// says so on stderr and calculates in fp32: a trained model is useful there too.
void set_up_machine(const Config& config);

}  // namespace lectern
