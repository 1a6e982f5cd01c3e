#include <fstream>

#include "tasks/failure.h"
#include "tasks/zoo/worksheet.h"
#include "tensor/parallel.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;

namespace {

const ZooText& zoo_text() {
  static const ZooText text = make_zoo_text();
  return text;
}

constexpr std::int64_t few = 20;  // steps

/// A short trial, made once.
const Trial& trial_with(Bug bug, bool reversible = false) {
  static std::map<std::pair<Bug, bool>, Trial> made;
  const auto key = std::pair(bug, reversible);
  if (!made.contains(key))
    made[key] =
        run_trial(zoo_text(), {.bug = bug, .reversible = reversible, .steps = few, .every = few});
  return made.at(key);
}

double ill(Sign sign, Bug bug) { return trial_with(bug).signs.at(sign); }
double healthy(Sign sign) { return trial_with(Bug::none).signs.at(sign); }

Trial with_curve(Bug bug, std::uint64_t seed, const std::vector<double>& values) {
  Trial trial{.bug = bug, .seed = seed, .training = values, .valid = values, .bleu = values};
  for (std::size_t i = 0; i < values.size(); ++i) trial.steps.push_back(static_cast<double>(i));
  return trial;
}

/// Every bug and both healthy kinds, without training: the curves are made up.
ZooRecord made_up() {
  ZooRecord record{.machine = "a machine", .command = "lectern zoo", .version = "0"};
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const double noise = 0.1 * static_cast<double>(seed);
    record.trials.push_back(with_curve(Bug::none, seed, {5, 4 + noise, 3 + noise}));
    record.trials.push_back(with_curve(Bug::none, seed, {5, 4, 3}));
    record.trials.back().reversible = true;
    for (const BugNotes& notes : bug_notes) {
      record.trials.push_back(with_curve(notes.bug, seed, {5, 4, 3 - noise}));
      record.trials.back().reversible = notes.bug == Bug::stale_randomness;
      record.trials.back().signs[notes.sign] = 0.25;
    }
  }
  return record;
}

}  // namespace

TEST_CASE("every bug is what its notes say, as its instrument shows", "[zoo]") {
  CHECK(healthy(Sign::looks_ahead) == 0);
  CHECK(ill(Sign::looks_ahead, Bug::leaky_mask) > 0.1);
  CHECK(healthy(Sign::entropy) > 0.7);
  CHECK(ill(Sign::entropy, Bug::missing_scale) < 0.4);
  CHECK(healthy(Sign::word_size) == Approx(1).margin(0.02));
  CHECK(ill(Sign::word_size, Bug::xavier_embeddings) ==
        Approx(std::sqrt(2.0 * 64 / (400 + 64))).margin(0.01));
  CHECK(ill(Sign::first_step, Bug::no_warm_up) ==
        Approx(80 * healthy(Sign::first_step)).epsilon(0.05));
  CHECK(healthy(Sign::reads_the_answer) < 0.05);
  CHECK(ill(Sign::reads_the_answer, Bug::shifted_target) == 1);
  CHECK(healthy(Sign::counted_padding) == 0);
  CHECK(ill(Sign::counted_padding, Bug::padding_in_the_loss) > 0.1);
  CHECK(ill(Sign::counted_words, Bug::bleu_on_subwords) > 1.1 * healthy(Sign::counted_words));
  CHECK(healthy(Sign::unsteadiness) == 0);
  CHECK(ill(Sign::unsteadiness, Bug::dropout_at_evaluation) > 0.1);
  CHECK(trial_with(Bug::none, true).signs.at(Sign::gradient_error) < 1e-4);
  CHECK(ill(Sign::gradient_error, Bug::stale_randomness) > 0.01);
  CHECK(healthy(Sign::counted_twice) == 0);
  CHECK(ill(Sign::counted_twice, Bug::tied_weights_counted_twice) == 400 * 64);
}

TEST_CASE("bugs of the evaluation leave the training alone, to the last bit", "[zoo]") {
  const Trial& right = trial_with(Bug::none);
  for (const Bug bug : {Bug::bleu_on_subwords, Bug::dropout_at_evaluation}) {
    const Trial& wrong = trial_with(bug);
    CHECK(wrong.training == right.training);
    CHECK((wrong.valid == right.valid) == (bug == Bug::bleu_on_subwords));
  }
  for (const Bug bug :
       {Bug::leaky_mask, Bug::missing_scale, Bug::xavier_embeddings, Bug::no_warm_up,
        Bug::shifted_target, Bug::padding_in_the_loss, Bug::tied_weights_counted_twice})
    CHECK(trial_with(bug).training.back() != right.training.back());
  CHECK(trial_with(Bug::stale_randomness).training.back() !=
        trial_with(Bug::none, true).training.back());
}

TEST_CASE("a trial has the same bits for any number of threads", "[zoo]") {
  const int threads = thread_count();
  set_thread_count(threads == 1 ? 2 : 1);
  const Trial again = run_trial(zoo_text(), {.steps = few, .every = few});
  set_thread_count(threads);
  CHECK(again.training == trial_with(Bug::none).training);
  CHECK(again.valid == trial_with(Bug::none).valid);
  CHECK(again.translation == trial_with(Bug::none).translation);
}

TEST_CASE("curves are apart where seeds are not", "[zoo]") {
  const Trial a1 = with_curve(Bug::none, 1, {5, 3.0, 2.0, 1.0, 1}),
              a2 = with_curve(Bug::none, 2, {5, 3.2, 2.4, 1.0, 1});
  const Trial b1 = with_curve(Bug::leaky_mask, 1, {5, 3.3, 2.5, 0.5, 1}),
              b2 = with_curve(Bug::leaky_mask, 2, {5, 3.5, 2.7, 0.6, 1});
  // Means apart by 0.3, 0.4, 0.45 and 0; seeds by 0.2, 0.4, 0.1 and 0. The first point does not count.
  const Apart found = apart({&b1, &b2}, {&a1, &a2}, &Trial::training);
  CHECK(found.points == 2);
  CHECK(found.of == 4);
  CHECK(found.visible());
  CHECK_FALSE(apart({&b1, &b2}, {&b1, &b2}, &Trial::training).visible());
}

TEST_CASE("a record is read as it was written", "[zoo]") {
  ZooRecord record = made_up();
  record.trials[0].training[1] = 0.1 + 0.2;
  record.trials[0].translation = "Today \"she\" – <b>";
  const TemporaryFolder folder;
  const std::string path = folder.file("zoo.json");
  std::ofstream(path) << to_json(record);
  const ZooRecord again = read_zoo_record(path);
  CHECK(to_json(again) == to_json(record));
  CHECK(again.trials[0].training[1] == 0.1 + 0.2);
  CHECK(worksheet(again) == worksheet(record));

  const std::string whole = to_json(record);
  const auto refused = [&](const std::string& content, const std::string& why) {
    std::ofstream(path) << content;
    const std::string said = failure_of(ExitCode::data, [&] { read_zoo_record(path); });
    INFO(said);
    CHECK(said.find("zoo.json: is not what") != said.npos);
    CHECK(said.find(why) != said.npos);
  };
  refused(whole.substr(0, whole.size() / 2), "it is no JSON");
  refused("{}", "machine");
  std::string other = whole;
  other.replace(other.find("leaky_mask"), 10, "sneaky_mask");
  refused(other, "there is no bug 'sneaky_mask'");
  other = whole;
  other.replace(other.find("\"bleu\": [") + 9, 0, "7, ");
  refused(other, "as many points");
}

TEST_CASE("the worksheet asks ten times and folds the answers", "[zoo]") {
  const std::string page = worksheet(made_up());
  for (char letter = 'A'; letter <= 'J'; ++letter)
    CHECK(page.find(text("Training ", letter)) != page.npos);
  CHECK(page.find("Training K") == page.npos);
  for (const BugNotes& notes : bug_notes) {
    CHECK(&notes_of(notes.bug) == &notes);
    CHECK(page.find(text("data-bug=\"", name_of(notes.bug), '"')) != page.npos);
  }
  CHECK(page.find("://") == page.find("://www.w3.org"));  // nothing is loaded
  CHECK(page.size() < 2'000'000);
  // The means of a curve are 0.2 apart in the second point and 0.4 in the third; seeds differ by 0.2.
  CHECK(page.find("apart in 1 of 2 points") != page.npos);
  ZooRecord same = made_up();
  for (Trial& trial : same.trials) trial.training = trial.valid = trial.bleu = {5, 4, 3};
  CHECK(worksheet(same).find("cannot be seen in these curves") != page.npos);
  CHECK(zoo_table(same).find("apart from the healthy ones in 0 of 2 points") != page.npos);
}
