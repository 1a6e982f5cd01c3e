// The one list of the library's tasks: a new one adds its line here.
#include "tasks/registry/registry.h"

#include "tasks/chatbot/chatbot_kind.h"
#include "tasks/grammar/grammar_kind.h"
#include "tasks/language_model/language_model_kind.h"
#include "tasks/language_model/masked_kind.h"
#include "tasks/listops/listops_kind.h"
#include "tasks/question_answering/question_answering_kind.h"
#include "tasks/synthetic/copy.h"
#include "tasks/synthetic/recall.h"
#include "tasks/synthetic/reverse.h"
#include "tasks/translation/statistical_kind.h"
#include "tasks/translation/translation_kind.h"

namespace lectern {

void add_library_tasks() {
  static bool added = false;
  if (added) return;
  added = true;
  add_task(translation_kind());
  add_task(masked_language_model_kind());
  add_task(language_model_kind());
  add_task(chatbot_kind());
  add_task(copy_kind());
  add_task(reverse_kind());
  add_task(recall_kind());
  add_task(listops_kind());
  add_task(question_answering_kind());
  add_task(statistical_kind());
  add_task(grammar_kind());
}

}  // namespace lectern
