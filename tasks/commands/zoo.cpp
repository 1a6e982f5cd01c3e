#include <filesystem>
#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/failure.h"
#include "tasks/training/output_file.h"
#include "tasks/zoo/worksheet.h"

namespace lectern {
namespace {

Bug bug_named(const std::string& name) {
  std::string names;
  for (const BugNotes& notes : bug_notes) {
    if (name == name_of(notes.bug)) return notes.bug;
    names += text(names.empty() ? "" : ", ", name_of(notes.bug));
  }
  throw Failure(ExitCode::usage, text("there is no bug '", name, "'; there are ", names));
}

/// What has to be trained: each bug, and what it is compared with.
std::vector<TrialOptions> plan(const Arguments& arguments) {
  std::vector<Bug> bugs;
  if (arguments.given("BUG")) {
    bugs.push_back(bug_named(arguments.text("BUG")));
  } else {
    for (const BugNotes& notes : bug_notes) bugs.push_back(notes.bug);
  }
  const bool reversible = bugs.back() == Bug::stale_randomness || bugs.size() > 1;
  const bool ordinary = bugs.size() > 1 || bugs[0] != Bug::stale_randomness;
  std::vector<TrialOptions> trials;
  const std::int64_t seeds = arguments.integer("seeds", 1, 100);
  for (std::int64_t seed = 1; seed <= seeds; ++seed) {
    TrialOptions trial{.seed = static_cast<std::uint64_t>(seed),
                       .steps = arguments.integer("steps", 20, 100'000)};
    trial.every = trial.steps / 20;
    if (ordinary) trials.push_back(trial);
    trial.reversible = true;
    if (reversible) trials.push_back(trial);
    for (const Bug bug : bugs) {
      trial.bug = bug;
      trial.reversible = bug == Bug::stale_randomness;
      trials.push_back(trial);
    }
  }
  return trials;
}

ZooRecord train_all(const Arguments& arguments) {
  ZooRecord record{
      .machine = machine_text(), .command = typed_command(), .version = lectern_version};
  const std::vector<TrialOptions> trials = plan(arguments);
  const ZooText text_of_zoo = make_zoo_text();
  for (const TrialOptions& trial : trials) {
    std::cerr << text(record.trials.size() + 1, " of ", trials.size(), ": ",
                      trial.bug != Bug::none ? name_of(trial.bug)
                      : trial.reversible     ? "healthy, with a reversible encoder"
                                             : "healthy",
                      ", seed ", trial.seed, "\n");
    record.trials.push_back(run_trial(text_of_zoo, trial));
  }
  return record;
}

int run(const Arguments& arguments) {
  const std::string page = arguments.text("output"), kept = arguments.text("record");
  const bool recorded = arguments.given("from");
  if (recorded && (arguments.given("BUG") || arguments.given("record") ||
                   arguments.given("steps") || arguments.given("seeds")))
    throw Failure(ExitCode::usage,
                  "--from shows what was recorded and trains nothing; give it "
                  "--output only");
  expect_output(page, recorded ? std::vector<std::string>{arguments.text("from")}
                               : std::vector<std::string>());
  if (arguments.given("record")) {
    expect_output(kept);
    if (std::filesystem::weakly_canonical(kept) == std::filesystem::weakly_canonical(page))
      throw Failure(ExitCode::usage, kept + ": is --output and --record; name two files");
  }
  const ZooRecord record =
      recorded ? read_zoo_record(arguments.text("from")) : train_all(arguments);
  if (arguments.given("record")) write_output(kept, to_json(record));
  write_output(page, worksheet(record));
  std::cout << zoo_table(record) << page << "\n";
  return 0;
}

}  // namespace

Command zoo_command() {
  return {.name = "zoo",
          .summary = "Ten bugs of Transformers, each trained beside the healthy one: a worksheet.",
          .example = "lectern zoo leaky_mask",
          .positionals = {{.name = "BUG",
                           .help = "one of them; without it, all ten, in some six minutes",
                           .count = Positional::Count::optional}},
          .flags = {{.name = "seeds",
                     .metavar = "N",
                     .help = "trainings of each, which show how far chance alone goes",
                     .default_value = "3"},
                    {.name = "steps",
                     .aliases = {"max-steps"},
                     .metavar = "N",
                     .help = "optimizer steps of each training",
                     .default_value = "400"},
                    {.name = "output",
                     .aliases = {"o"},
                     .metavar = "FILE",
                     .help = "the page with curves, questions and folded answers",
                     .default_value = "zoo.html"},
                    {.name = "record", .metavar = "FILE", .help = "keep the curves as JSON"},
                    {.name = "from",
                     .metavar = "FILE",
                     .help = "make the page of a record, and train nothing"}},
          .run = run};
}

}  // namespace lectern
