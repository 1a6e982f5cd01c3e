#include "tasks/weights/vocabulary.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "tasks/failure.h"
#include "tasks/task/stored_tokenizer.h"
#include "tasks/task/trained_run.h"
#include "tasks/text/byte_level_bpe.h"
#include "tasks/text/wordpiece_tokenizer.h"
#include "tasks/weights/config_json.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

constexpr const char *words = "vocab.txt", *tokens = "vocab.json", *merges = "merges.txt",
                     *settings = "tokenizer_config.json", *entry = "tokenizer";

std::string read_text(const std::string& path) {
  std::ifstream file = open_to_read(path);
  std::ostringstream content;
  if (file.is_open()) content << file.rdbuf();
  if (!file.is_open() || file.bad())
    throw Failure(ExitCode::checkpoint, path + ": cannot be read; fetch it again");
  return content.str();
}

/// What `read` makes of files in a folder, of which its messages name none, or the last part.
template <class Read>
VocabularyFiles in_folder(const std::string& where, bool lowercase, const Read& read) try {
  return {read(), lowercase};
} catch (const Failure& failure) {
  throw Failure(failure.code, where + failure.what() +
                                  "; fetch the vocabulary again, with the model it belongs to");
}

std::optional<TokenizerKind> imported_kind(const Checkpoint& checkpoint) {
  const auto kind = checkpoint.metadata.find("tokenizer.kind");
  if (kind == checkpoint.metadata.end() || !has_tokenizer(checkpoint, entry)) return {};
  for (const TokenizerKind known : {TokenizerKind::wordpiece, TokenizerKind::byte_level_bpe})
    if (kind->second == name_of(known)) return known;
  return {};
}

std::int64_t width_of(const Tensor& table) { return table.size() / table.dim(0); }

void copy_row(const Tensor& from, std::int64_t from_row, Tensor& to, std::int64_t to_row) {
  const std::int64_t width = width_of(from);
  std::copy_n(from.data<float>() + from_row * width, width, to.data<float>() + to_row * width);
}

Shape with_rows(const Tensor& table, std::int64_t rows) {
  return table.rank() == 1 ? Shape{rows} : Shape{rows, width_of(table)};
}

}  // namespace

std::optional<VocabularyFiles> read_vocabulary(const std::string& folder, TokenizerKind kind) {
  const auto path = [&](const char* name) { return folder + "/" + name; };
  const auto is_there = [&](const char* name) { return std::filesystem::exists(path(name)); };
  if (kind == TokenizerKind::wordpiece) {
    if (!is_there(words)) return {};
    const bool lowercase =
        !is_there(settings) || ConfigJson(path(settings)).on("do_lower_case", true);
    return in_folder(path(words) + ": ", lowercase,
                     [&] { return read_wordpiece(read_text(path(words)), lowercase); });
  }
  if (!is_there(tokens) && !is_there(merges)) return {};
  const std::string of_tokens = read_text(path(tokens)), of_merges = read_text(path(merges));
  return in_folder(folder + "/", false,
                   [&] { return read_byte_level_bpe(of_tokens, of_merges, false); });
}

std::optional<ImportedTokenizer> imported_vocabulary(const Checkpoint& checkpoint) {
  const auto kind = imported_kind(checkpoint);
  if (!kind) return {};
  const std::string& bytes = checkpoint.blob(entry);
  return *kind == TokenizerKind::wordpiece ? read_wordpiece(bytes, false)
                                           : deserialize_byte_level_bpe(bytes, false);
}

std::vector<std::pair<std::string, std::string>> vocabulary_files(const Checkpoint& checkpoint) {
  const auto kind = imported_kind(checkpoint);
  if (!kind) return {};
  const std::string& bytes = checkpoint.blob(entry);
  if (*kind == TokenizerKind::wordpiece)
    return {{words, bytes},
            {settings,
             ConfigJson::written({{"do_lower_case", trained_config(checkpoint).data.lowercase}})}};
  const ByteLevelBpeFiles files = byte_level_bpe_files(bytes);
  return {{tokens, files.vocabulary}, {merges, files.merges}};
}

Tensor rows_in_our_order(const Tensor& theirs, const std::vector<std::int32_t>& order,
                         float absent) {
  Tensor ours(with_rows(theirs, std::ssize(order)));
  std::fill_n(ours.data<float>(), ours.size(), absent);
  for (std::int64_t row = 0; row < std::ssize(order); ++row)
    if (order[row] != ImportedTokenizer::absent) copy_row(theirs, order[row], ours, row);
  return ours;
}

Tensor rows_in_their_order(const Tensor& ours, const std::vector<std::int32_t>& order) {
  const auto absent = std::ranges::count(order, ImportedTokenizer::absent);
  Tensor theirs(with_rows(ours, std::ssize(order) - absent));
  for (std::int64_t row = 0; row < std::ssize(order); ++row)
    if (order[row] != ImportedTokenizer::absent) copy_row(ours, row, theirs, order[row]);
  return theirs;
}

}  // namespace lectern
