#include "tasks/playground/playground.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace lectern;
using Json = nlohmann::json;

namespace {

const std::string tiny = R"(
[data]
train = "toy-train"
valid = "toy-valid"
src = "de"
tgt = "en"
[tokenizer]
kind = "word"
shared = false
[model]
d_model = 16
nhead = 2
num_encoder_layers = 1
num_decoder_layers = 1
dim_feedforward = 32
dropout = 0.1
tie_embeddings = "decoder"
[train]
max_steps = 12
warmup_steps = 4
batch_tokens = 256
valid_every = 100
save_every = 100
[decode]
beam_size = 1
[log]
log_every = 4
)";

Json answer(Playground& playground, const Json& wish) {
  return Json::parse(playground.answer(wish.dump()));
}

/// Losses of the records of kind `train`, in order.
std::vector<double> losses(const Json& state) {
  std::vector<double> found;
  for (const Json& record : state.at("records"))
    if (record.at("kind") == "train") found.push_back(record.at("loss"));
  return found;
}

}  // namespace

TEST_CASE("the playground trains in pieces what is trained in one", "[playground]") {
  const TemporaryFolder folder;
  Playground whole(folder.file("whole")), pieces(folder.file("pieces"));
  const Json begun = answer(whole, {{"do", "begin"}, {"config", tiny}});
  INFO(begun.dump());
  CHECK(begun.at("step") == 0);
  CHECK(begun.at("steps") == 12);
  CHECK(begun.at("finished") == false);
  CHECK(begun.at("config").get<std::string>().find("d_model = 16") != std::string::npos);
  const Json ended = answer(whole, {{"do", "train"}, {"seconds", 1e6}});
  CHECK(ended.at("finished") == true);
  CHECK(losses(ended).size() == 3);

  answer(pieces, {{"do", "begin"}, {"config", tiny}});
  std::vector<double> of_pieces;
  int answers = 0;
  for (Json state = {{"finished", false}}; !state.at("finished"); ++answers) {
    REQUIRE(answers < 13);
    state = answer(pieces, {{"do", "train"}, {"seconds", 0.0}});
    for (const double loss : losses(state)) of_pieces.push_back(loss);
    answer(pieces, {{"do", "translate"}, {"sentence", "ein Hund"}});
  }
  CHECK(answers == 12);
  CHECK(of_pieces == losses(ended));
}

TEST_CASE("a checkpoint of the playground goes on in another one", "[playground]") {
  const TemporaryFolder folder;
  Playground first(folder.file("first")), second(folder.file("second"));
  answer(first, {{"do", "begin"}, {"config", tiny}});
  for (int step = 0; step < 5; ++step) answer(first, {{"do", "train"}, {"seconds", 0.0}});
  const std::string checkpoint = answer(first, {{"do", "save"}}).at("checkpoint");

  const Json opened = answer(second, {{"do", "open"}, {"checkpoint", checkpoint}});
  INFO(opened.dump());
  CHECK(opened.at("step") == 5);
  const Json sentence = {{"do", "translate"}, {"sentence", "ein Hund"}};
  CHECK(answer(second, sentence) == answer(first, sentence));
  const Json there = answer(second, {{"do", "train"}, {"seconds", 1e6}});
  const Json here = answer(first, {{"do", "train"}, {"seconds", 1e6}});
  CHECK(losses(there) == losses(here));
  CHECK(losses(there).size() == 2);

  const Json longer = {{"do", "open"},
                       {"checkpoint", answer(first, {{"do", "save"}}).at("checkpoint")},
                       {"set", {{"train.max_steps", "14"}}}};
  CHECK(answer(second, longer).value("error", "") == "");
  CHECK(answer(second, {{"do", "train"}, {"seconds", 0.0}}).value("step", 0) == 13);
}

TEST_CASE("the playground shows which word looked at which", "[playground]") {
  const TemporaryFolder folder;
  Playground playground(folder.file("run"));
  answer(playground, {{"do", "begin"}, {"config", tiny}});
  const Json watched = answer(playground, {{"do", "translate"}, {"sentence", "ein Hund"}});
  INFO(watched.dump());
  CHECK(watched.at("source") == "ein Hund");
  CHECK(watched.at("maps").size() == 6);  // three kinds, one layer, two heads
  for (const Json& map : watched.at("maps")) {
    CHECK(map.at("weights").size() == map.at("rows").size() * map.at("columns").size());
    double sum = 0;
    for (const double weight : map.at("weights")) sum += weight;
    CHECK(sum == Approx(map.at("rows").size()).epsilon(0.01));
  }
}

TEST_CASE("the playground says what is wrong", "[playground]") {
  const TemporaryFolder folder;
  Playground playground(folder.file("run"));
  const auto complaint = [&](const Json& wish) {
    return answer(playground, wish).at("error").get<std::string>();
  };
  CHECK(complaint({{"do", "train"}, {"seconds", 1.0}}) == "there is no training yet");
  CHECK(complaint({{"do", "begin"}, {"config", "[model]\nheads = 3\n"}}).find("model.heads") !=
        std::string::npos);
  answer(playground, {{"do", "begin"}, {"config", tiny}});
  CHECK(complaint({{"do", "dance"}}) == "unknown wish: dance");
  CHECK(complaint({{"do", "translate"}, {"sentence", "  "}}).find("word") != std::string::npos);
  CHECK(playground.answer("{").find("error") != std::string::npos);
  CHECK(answer(playground, {{"do", "train"}, {"seconds", 0.0}}).at("step") == 1);
}
