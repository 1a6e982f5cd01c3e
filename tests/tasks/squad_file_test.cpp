#include "tasks/question_answering/squad_file.h"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tasks/question_answering/facts.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;
using Json = nlohmann::json;

namespace {

/// A small file that is right: one article, one passage, two questions.
Json right() {
  return Json::parse(R"json({"version": "1.1", "data": [{"title": "Keys", "paragraphs": [
    {"context": "Zoë’s key is in the red box. It is old.", "qas": [
      {"id": "q1", "question": "Where is the key?",
       "answers": [{"text": "in the red box", "answer_start": 13}]},
      {"id": "q2", "question": "Whose key is it?",
       "answers": [{"text": "Zoë", "answer_start": 0}, {"text": "Zoë’s", "answer_start": 0}]}
    ]}]}]})json");
}

Json& first_question(Json& file) { return file["data"][0]["paragraphs"][0]["qas"][0]; }

class Written {
 public:
  explicit Written(const std::string& bytes) : path_(folder_.path() + "/file.json") {
    std::ofstream(path_) << bytes;
  }
  explicit Written(const Json& json) : Written(json.dump()) {}
  const std::string& path() const { return path_; }
  SquadFile read(bool strict = false) const { return read_squad(path_, strict); }
  std::string failure(bool strict = false) const {
    return failure_of(ExitCode::data, [&] { read(strict); });
  }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

/// What is left out of a file, and what `--strict` says of it.
void check_left_out(const Json& file, const std::string& summary, const std::string& strict) {
  const Written written(file);
  const SquadFile found = written.read();
  INFO(found.report.summary());
  CHECK(found.questions == 1);
  CHECK(mentions(found.report.summary(), summary));
  CHECK(mentions(written.failure(/*strict=*/true), strict));
}

}  // namespace

TEST_CASE("a file of SQuAD is read, and code points become bytes", "[squad]") {
  const SquadFile file = Written(right()).read();
  CHECK(file.articles == 1);
  CHECK(file.questions == 2);
  CHECK(file.report.summary().empty());
  const Passage& passage = file.passages.at(0);
  CHECK(passage.title == "Keys");
  for (const Question& question : passage.questions)
    for (const Answer& answer : question.answers)
      CHECK(passage.text.substr(answer.begin, answer.end - answer.begin) == answer.text);
  CHECK(passage.questions[0].answers[0].begin == 16);  // ë has two bytes, ’ three
  CHECK(passage.questions[1].references() == std::vector<std::string>{"Zoë", "Zoë’s"});
}

TEST_CASE("what is no JSON, or has not the form of SQuAD, is told with its place", "[squad]") {
  CHECK(mentions(Written(std::string()).failure(), "the file is empty"));
  const std::string cut = Written(right().dump().substr(0, 60)).failure();
  CHECK(mentions(cut, "file.json:1: this is no JSON from byte 61 on"));
  CHECK(mentions(Written(std::string("\n\n{\"data\": [}")).failure(),
                 "file.json:3: this is no JSON"));
  CHECK(mentions(Written(std::string("{\"data\": \"\xff\"}")).failure(), "UTF-8"));
  CHECK(mentions(failure_of(ExitCode::data, [] { read_squad("absent.json"); }), "absent.json"));

  CHECK(mentions(Written(Json::array()).failure(), "the file is a list, expected an object"));
  CHECK(mentions(Written(Json::object()).failure(), "\"data\" is missing, expected a list"));
  CHECK(mentions(Written(Json{{"data", Json::array()}}).failure(), "there is no question"));

  const auto with = [](auto change) {
    Json file = right();
    change(file);
    return Written(file).failure();
  };
  CHECK(mentions(with([](Json& file) { file["data"][0].erase("paragraphs"); }),
                 "article 1 (Keys): \"paragraphs\" is missing"));
  CHECK(mentions(with([](Json& file) { file["data"][0]["paragraphs"][0]["context"] = 7; }),
                 "article 1 (Keys), paragraph 1: \"context\" is 7, expected text"));
  CHECK(mentions(with([](Json& file) { first_question(file).erase("id"); }),
                 "paragraph 1, question 1: \"id\" is missing"));
  CHECK(mentions(with([](Json& file) { first_question(file)["question"] = nullptr; }),
                 "question 1 (q1): \"question\" is null, expected text"));
  CHECK(mentions(with([](Json& file) { first_question(file)["answers"] = "in the box"; }),
                 "\"answers\" is \"in the box\", expected a list"));
  CHECK(mentions(with([](Json& file) { first_question(file)["answers"][0]["answer_start"] = "3"; }),
                 "\"answer_start\" is \"3\", expected a whole number from 0 on"));
  CHECK(mentions(with([](Json& file) { first_question(file)["answers"][0]["answer_start"] = -1; }),
                 "\"answer_start\" is -1"));
}

TEST_CASE("questions that cannot be used are left out, counted, and refused with --strict",
          "[squad]") {
  Json file = right();
  first_question(file)["answers"][0]["answer_start"] = 16;  // bytes
  check_left_out(file,
                 "1 question with an answer that does not stand at its answer_start, left out "
                 "(first: question 1: id q1, \"in the red box\" at 16)",
                 "question 1: an answer that does not stand at its answer_start");
  first_question(file)["answers"][0]["answer_start"] = 4'000'000'000;
  check_left_out(file, "does not stand at its answer_start", "counts code points");
  file = right();
  first_question(file)["answers"] = Json::array();
  check_left_out(file, "1 question with no answer, left out", "version 1.1 has an answer to each");
  file = right();
  first_question(file)["id"] = "q2";
  check_left_out(file, "1 question with an id that came before, left out (first: question 2",
                 "question 2: an id that came before: id q2");
  file = right();
  first_question(file)["question"] = " ";
  check_left_out(file, "no word in the question", "no word in the question");
}

TEST_CASE("the last articles are split off", "[squad]") {
  Json file = right();
  for (const char* name : {"a", "b"}) {
    file["data"].push_back(file["data"][0]);
    for (Json& question : file["data"].back()["paragraphs"][0]["qas"])
      question["id"] = question["id"].get<std::string>() + name;
  }
  SquadFile all = Written(file).read();
  const SquadFile last = split_off_articles(all, 2);
  CHECK(all.articles == 1);
  CHECK(all.questions == 2);
  CHECK(all.passages.at(0).questions.at(0).id == "q1");
  CHECK(last.articles == 2);
  CHECK(last.questions == 4);
  CHECK(last.passages.at(1).questions.at(1).id == "q2b");
}

TEST_CASE("the made-up facts are right: each part is, and is its own", "[squad]") {
  std::set<std::string> texts;
  for (const Split split : {Split::train, Split::valid, Split::test}) {
    const std::string json = facts_json({.seed = 3, .split = split, .passages = 50});
    CHECK(json == facts_json({.seed = 3, .split = split, .passages = 50}));
    const SquadFile file = Written(json).read(/*strict=*/true);
    CHECK(file.questions == 200);
    for (const Passage& passage : file.passages) texts.insert(passage.text);
  }
  CHECK(texts.size() == 150);
}

// LECTERN_SQUAD=…/dev-v1.1.json.gz: the published development set.
TEST_CASE("all answers of the published file stand where it says", "[squad]") {
  const char* path = std::getenv("LECTERN_SQUAD");
  if (!path) {
    WARN("SKIPPED: LECTERN_SQUAD does not name the published file");
    return;
  }
  const SquadFile file = read_squad(path, /*strict=*/true);
  CHECK(file.articles == 48);
  CHECK(file.passages.size() == 2067);
  CHECK(file.questions == 10'570);
}
