#include "tasks/question_answering/squad_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "tasks/config/value.h"
#include "tasks/failure.h"
#include "tasks/text/byte_source.h"
#include "tasks/text/unicode.h"
#include "tasks/training/crc32c.h"

namespace lectern {
namespace {

using Json = nlohmann::json;

/// Where each code point of a text begins, and where the text ends. JSON that was parsed is UTF-8.
std::vector<std::size_t> bytes_of_code_points(const std::string& text) {
  std::vector<std::size_t> bytes;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80u) bytes.push_back(i);
  bytes.push_back(text.size());
  return bytes;
}

/// What stands in a message: `"a lake"`, `17`, `a list`.
std::string shown(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  return excerpt(value.dump(), 60);
}

/// Takes a file apart, and knows where it is.
class Walk {
 public:
  Walk(std::string path, bool strict) : path_(std::move(path)) {
    file_.report = TextReport(path_, strict, "question");
  }

  SquadFile read(const Json& json) {
    if (!json.is_object()) fail("the file", shown(json), "an object with a list \"data\"");
    for (const Json& article : list(json, "data")) read_article(article);
    if (file_.questions == 0)
      throw Failure(ExitCode::data, path_ + ": there is no question with an answer in it");
    return std::move(file_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& came,
                         const std::string& expected) const {
    std::string place;
    if (article_ > 0)
      place += text("article ", article_, title_.empty() ? "" : " (" + title_ + ")");
    if (paragraph_ > 0) place += text(", paragraph ", paragraph_);
    if (question_ > 0) place += text(", question ", question_, id_.empty() ? "" : " (" + id_ + ")");
    throw Failure(ExitCode::data,
                  text(path_, ": ", place, place.empty() ? "" : ": ", what, " is ", came,
                       ", expected ", expected, "; the file must have the form of SQuAD v1.1"));
  }

  const Json& member(const Json& object, const char* key, const char* expected) const {
    const std::string name = text("\"", key, "\"");
    if (!object.is_object()) fail("what should hold " + name, shown(object), "an object");
    const auto found = object.find(key);
    if (found == object.end()) fail(name, "missing", expected);
    return *found;
  }
  const Json& list(const Json& object, const char* key) const {
    const Json& found = member(object, key, "a list");
    if (!found.is_array()) fail(text("\"", key, "\""), shown(found), "a list");
    return found;
  }
  std::string words(const Json& object, const char* key) const {
    const Json& found = member(object, key, "text");
    if (!found.is_string()) fail(text("\"", key, "\""), shown(found), "text");
    return found.get<std::string>();
  }

  void read_article(const Json& article) {
    ++article_;
    paragraph_ = question_ = 0;
    title_ = article.is_object() && article.contains("title") ? words(article, "title") : "";
    for (const Json& paragraph : list(article, "paragraphs")) read_paragraph(paragraph);
    ++file_.articles;
  }

  void read_paragraph(const Json& paragraph) {
    ++paragraph_;
    question_ = 0;
    Passage passage{.article = article_, .title = title_, .text = words(paragraph, "context")};
    const std::vector<std::size_t> bytes = bytes_of_code_points(passage.text);
    for (const Json& question : list(paragraph, "qas")) read_question(question, bytes, passage);
    file_.passages.push_back(std::move(passage));
  }

  void read_question(const Json& json, const std::vector<std::size_t>& bytes, Passage& passage) {
    ++question_;
    ++all_questions_;
    id_.clear();
    id_ = words(json, "id");
    Question question{.id = id_, .text = words(json, "question")};
    for (const Json& answer : list(json, "answers"))
      read_answer(answer, bytes, passage.text, question);
    if (!ids_.insert(id_).second) return tell(repeated_id);
    if (is_blank(question.text) || is_blank(passage.text)) return tell(wordless_question);
    if (question.answers.empty()) return tell(no_answer);
    passage.questions.push_back(std::move(question));
    ++file_.questions;
  }

  void read_answer(const Json& json, const std::vector<std::size_t>& bytes,
                   const std::string& passage, Question& question) {
    Answer answer{.text = words(json, "text")};
    const Json& start = member(json, "answer_start", "a whole number");
    if (!start.is_number_integer() || start < 0)
      fail("\"answer_start\"", shown(start), "a whole number from 0 on");
    const auto first = start.get<std::uint64_t>();
    const bool inside = first < bytes.size() - 1;
    answer.begin = inside ? bytes[first] : 0;
    answer.end = answer.begin + answer.text.size();
    if (answer.text.empty() || !inside ||
        passage.compare(answer.begin, answer.text.size(), answer.text) != 0)
      return tell(misplaced_answer, text(", \"", excerpt(answer.text, 40), "\" at ", first));
    question.answers.push_back(std::move(answer));
  }

  void tell(const Finding& finding, const std::string& detail = "") {
    file_.report.add(all_questions_, finding, "id " + id_ + detail);
  }

  std::string path_;
  SquadFile file_;
  std::int64_t article_ = 0, paragraph_ = 0, question_ = 0, all_questions_ = 0;
  std::string title_, id_;
  std::unordered_set<std::string> ids_;
};

Json parse(const std::string& path, const std::string& bytes) {
  if (is_blank(bytes)) throw Failure(ExitCode::data, path + ": the file is empty; expected JSON");
  const std::size_t mark = bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  try {
    return Json::parse(bytes.begin() + static_cast<std::ptrdiff_t>(mark), bytes.end());
  } catch (const Json::parse_error& error) {
    const std::size_t at = std::min(error.byte + mark, bytes.size());
    const auto line =
        1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    // `[json.exception.parse_error.101] parse error at line 1, column 5: the reason`
    std::string reason = error.what();
    if (const std::size_t colon = reason.find(": "); colon != std::string::npos)
      reason.erase(0, colon + 2);
    throw Failure(ExitCode::data,
                  text(path, ":", line, ": this is no JSON from byte ", error.byte,
                       " on: ", excerpt(reason, 200), "; is the file whole, and of SQuAD v1.1?"));
  }
}

}  // namespace

std::vector<std::string> Question::references() const {
  std::vector<std::string> texts;
  for (const Answer& answer : answers) texts.push_back(answer.text);
  return texts;
}

SquadFile read_squad(const std::string& path, bool strict) {
  const std::string bytes = read_bytes(path);
  SquadFile file = Walk(path, strict).read(parse(path, bytes));
  file.checksum = crc32c(bytes.data(), bytes.size());
  return file;
}

SquadFile split_off_articles(SquadFile& file, std::int64_t articles) {
  SquadFile last{.checksum = file.checksum, .report = TextReport(file.report.name())};
  const auto count = [](const std::vector<Passage>& passages) {
    std::int64_t questions = 0;
    for (const Passage& passage : passages) questions += std::ssize(passage.questions);
    return questions;
  };
  auto begin = file.passages.end();
  for (; begin != file.passages.begin() && last.articles < articles; ++last.articles) do
      --begin;
    while (begin != file.passages.begin() && (begin - 1)->article == begin->article);
  last.passages.assign(std::make_move_iterator(begin),
                       std::make_move_iterator(file.passages.end()));
  file.passages.erase(begin, file.passages.end());
  file.articles -= last.articles;
  last.questions = count(last.passages);
  file.questions -= last.questions;
  return last;
}

}  // namespace lectern
