#pragma once

#include <string>
#include <vector>

#include "tasks/translation/translator.h"

namespace lectern {

/// Translates a sentence and looks on: where every head of every layer looked for every token.
/// `origin` is told what is cut.
WatchedTranslation watch_translation(const Translator& translator, EncoderDecoder& model,
                                     const std::string& sentence, const Origin& origin = {});

}  // namespace lectern
