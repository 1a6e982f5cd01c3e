#include "tasks/chatbot/conversation.h"

#include "tasks/chatbot/chatbot_kind.h"
#include "tests/tasks/chatbot_testing.h"

using namespace lectern;

namespace {

using Ids = std::vector<std::int32_t>;

/// A model that knows nothing, but always the same.
struct Talker {
  explicit Talker(const std::vector<Override>& settings = {})
      : vocabulary(words_of({"a b c d e f g h"})),
        config(parse_config(to_toml(small_chatbot()), "test", settings)),
        model(make(config, vocabulary)) {
    prepare_for_inference(model);
  }
  static LanguageModel make(const Config& config, const DialogueVocabulary& vocabulary) {
    Initializer init(7);
    return LanguageModel(chatbot_options(config, vocabulary), init);
  }

  DialogueVocabulary vocabulary;
  Config config;
  LanguageModel model;
};

Conversation::Reply say(Conversation& talk, const std::string& words) {
  TextReport report;
  return talk.say({words}, report);
}

/// The reply that the whole sequence, read at once for every token, gives.
std::string by_definition(const Talker& talker, Ids tokens, std::int64_t most) {
  Ids written;
  tokens.push_back(talker.vocabulary.mark(Speaker::system));
  while (std::ssize(written) < most) {
    const std::int64_t length = std::ssize(tokens);
    const std::vector<float> logits =
        talker.model({tensor_of<std::int32_t>({1, length}, tokens), {}}).value().to_vector<float>();
    const auto row = logits.end() - talker.vocabulary.size();
    const auto best =
        static_cast<std::int32_t>(std::max_element(row + 2, logits.end()) - row);  // no <pad>, <s>
    if (best == Tokenizer::end || talker.vocabulary.is_mark(best)) break;
    written.push_back(best);
    tokens.push_back(best);
  }
  return talker.vocabulary.decode(written);
}

Ids tokens_of(const Conversation& talk) {
  Ids all;
  for (const Conversation::Turn& turn : talk.history())
    all.insert(all.end(), turn.tokens.begin(), turn.tokens.end());
  return all;
}

}  // namespace

TEST_CASE("a reply is what the whole talk, read at once, would give", "[chatbot]") {
  const Talker talker;
  Conversation talk(talker.model, talker.vocabulary, {.max_length = 3});
  for (const std::string words : {"a b", "c", "d d e"}) {
    Ids before = tokens_of(talk);
    TextReport report;
    const Ids turn = talker.vocabulary.encode(Speaker::user, {words}, report);
    before.insert(before.end(), turn.begin(), turn.end());
    const Conversation::Reply reply = say(talk, words);
    REQUIRE(reply.forgotten == 0);
    CHECK(reply.text == by_definition(talker, before, 3));
    CHECK(reply.tokens <= 3);
  }
  CHECK(talk.history().size() == 6);
  CHECK(talk.tokens() == std::ssize(tokens_of(talk)));
}

TEST_CASE("when a talk grows too long, its oldest exchanges go, and the rest stays", "[chatbot]") {
  const Talker talker;
  Conversation talk(talker.model, talker.vocabulary, {.max_length = 4});
  std::int64_t forgotten = 0;
  for (int i = 0; i < 12; ++i) {
    Ids before = tokens_of(talk);
    const Conversation::Reply reply = say(talk, "a b c");
    CHECK(talk.tokens() <= 32 + 1);  // the last token is written, but not read
    CHECK(talk.history().front().speaker == Speaker::user);
    CHECK(talk.history().size() % 2 == 0);
    if (reply.forgotten > 0) {
      CHECK(reply.forgotten % 2 == 0);
      const Ids now = tokens_of(talk);
      const Ids asked(now.begin(), now.end() - std::ssize(talk.history().back().tokens));
      CHECK(reply.text == by_definition(talker, asked, 4));
    }
    forgotten += reply.forgotten;
  }
  CHECK(forgotten > 0);
  CHECK(std::ssize(talk.history()) + forgotten == 24);
}

TEST_CASE("a message that is too long is cut, and unknown words are told", "[chatbot]") {
  const Talker talker;
  Conversation talk(talker.model, talker.vocabulary, {.max_length = 4});
  std::string much;
  for (int i = 0; i < 100; ++i) much += "a ";
  TextReport report("standard input");
  talk.say({much, 1}, report);
  CHECK(report.summary() ==
        "standard input: 1 line with more tokens than the model reads, cut (first: line 1: 101 "
        "tokens, cut to 27)");
  TextReport other("standard input");
  talk.say({"a zebra , b", 2}, other);
  CHECK(mentions(other.summary(),
                 "1 line with words that are not in the vocabulary, made <unk> "
                 "(first: line 2: 2 of 4)"));
  TextReport strict("standard input", true);
  CHECK(mentions(failure_of(ExitCode::data,
                            [&] {
                              talk.say({"zebra", 3}, strict);
                            }),
                 "standard input:3: words that are not in the vocabulary"));
}

TEST_CASE("what is drawn is a function of the seed and the talk since its beginning", "[chatbot]") {
  const Talker talker;
  const auto replies = [&](std::int64_t seed, bool again) {
    Conversation talk(talker.model, talker.vocabulary,
                      {.max_length = 6, .temperature = 1.5, .seed = seed});
    std::string all;
    for (int round = 0; round < (again ? 2 : 1); ++round) {
      talk.forget();
      all.clear();
      for (const char* words : {"a", "b c", "d"}) all += say(talk, words).text + "\n";
    }
    return all;
  };
  CHECK(replies(1, false) == replies(1, false));
  CHECK(replies(1, false) == replies(1, true));
  CHECK(replies(1, false) != replies(2, false));
}

TEST_CASE("hashing within buckets can talk, hashing in chunks says that it cannot", "[chatbot]") {
  const std::vector<Override> chunks = {{"model.attention", "lsh", "--set"},
                                        {"attention.exact_below", "1", "--set"}};
  std::vector<Override> buckets = chunks;
  buckets.push_back({"attention.lsh_candidates", "same_bucket", "--set"});
  buckets.push_back({"attention.num_buckets", "2", "--set"});
  const Talker talks(buckets), mute(chunks);
  Conversation talk(talks.model, talks.vocabulary, {.max_length = 4});
  CHECK(say(talk, "a b c").text == by_definition(
                                       talks,
                                       [&] {
                                         Ids tokens = tokens_of(talk);
                                         tokens.resize(4);
                                         return tokens;
                                       }(),
                                       4));
  CHECK(why_mute(talks.model).empty());
  CHECK(mentions(failure_of(ExitCode::usage,
                            [&] { Conversation(mute.model, mute.vocabulary, DecodeConfig{}); }),
                 "this model cannot write: "));
}
