#include "tasks/chatbot/dialogues.h"

#include <utility>

#include "tasks/failure.h"
#include "tasks/text/unicode.h"
#include "tasks/training/crc32c.h"

namespace lectern {
namespace {

/// Puts the lines of a text together.
class Collector {
 public:
  Collector(std::vector<Dialogue>& dialogues, TextReport& report)
      : dialogues_(dialogues), report_(report) {}

  void add(std::string line, std::int64_t number) {
    if (is_blank(line)) return end();
    if (line.find('\0') != line.npos) report_.add(number, nul_byte);
    dialogue_.push_back({std::move(line), number});
  }
  void end() {
    if (dialogue_.empty()) return;
    if (dialogue_.size() % 2 == 1) report_.add(dialogue_.back().line, no_last_reply);
    dialogues_.push_back(std::exchange(dialogue_, {}));
  }

 private:
  std::vector<Dialogue>& dialogues_;
  TextReport& report_;
  Dialogue dialogue_;  // that has begun
};

}  // namespace

DialogueText read_dialogues(const std::string& path, bool strict) {
  if (path.ends_with(".json") || path.ends_with(".json.gz"))
    throw Failure(ExitCode::data, path +
                                      ": a JSON file; expected lines that user and system say in "
                                      "turn, and a blank line between two dialogues: write its "
                                      "utterances out like that first");
  DialogueText text_read;
  LineReader reader(path, {.strict = strict});
  Collector collector(text_read.dialogues, reader.report());
  for (std::string line; reader.next(line);) {
    text_read.checksum = crc32c(line.data(), line.size(), text_read.checksum);
    text_read.checksum = crc32c("\n", 1, text_read.checksum);
    collector.add(std::move(line), reader.lines());
  }
  collector.end();
  if (text_read.dialogues.empty())
    throw Failure(ExitCode::data, text(path, ":", reader.lines(),
                                       ": the file ends without a dialogue; expected lines that "
                                       "user and system say in turn, and a blank line between "
                                       "two dialogues"));
  text_read.report = std::move(reader.report());
  return text_read;
}

Dialogue dialogue_of(const std::string& words) {
  Dialogue dialogue;
  std::int64_t number = 1;
  for (std::size_t begin = 0; begin <= words.size(); ++number) {
    const std::size_t end = std::min(words.find('\n', begin), words.size());
    const std::string line = words.substr(begin, end - begin);
    if (!is_blank(line)) dialogue.push_back({line, number});
    begin = end + 1;
  }
  return dialogue;
}

}  // namespace lectern
