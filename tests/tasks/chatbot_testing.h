#pragma once

#include "tasks/chatbot/chatbot_task.h"
#include "tests/tasks/library_tasks.h"
#include "tests/tasks/training_testing.h"

namespace lectern {

/// A tokenizer of whole words, learned from these lines.
inline DialogueVocabulary words_of(std::vector<std::string> lines) {
  return DialogueVocabulary(
      train_tokenizer(std::move(lines), {.kind = TokenizerKind::word, .vocab_size = 1000}));
}

/// A text of dialogues as it would be read from a file.
inline DialogueText dialogues_of(const std::string& lines) {
  const TemporaryFolder place;
  return read_dialogues(place.write("dialogues", lines));
}

/// A small model whose every key is said.
inline Config small_chatbot(const std::string& more = "") {
  return parse_config(
      "[task]\nname = \"chatbot\"\nlength = 32\n[tokenizer]\nkind = \"word\"\n[model]\nd_model = "
      "16\n"
      "nhead = 2\nnum_layers = 2\ndim_feedforward = 32\ndropout = 0.0\nattention_dropout = 0.0\n"
      "norm_first = true\nreversible = true\npositions = \"axial\"\nmax_length = 32\n"
      "tie_embeddings = \"none\"\n[train]\nlabel_smoothing = 0.0\nbatch_tokens = 128\n" +
          more,
      "test");
}

}  // namespace lectern
