#include "tasks/translation/attention_maps.h"

#include "attention/watch.h"
#include "tasks/text/batches.h"

namespace lectern {
namespace {

std::vector<std::string> pieces(const Tokenizer& tokenizer,
                                const std::vector<std::int32_t>& tokens) {
  std::vector<std::string> result;
  for (const std::int32_t token : tokens) result.push_back(tokenizer.piece(token));
  return result;
}

/// "decoder.layers.1.cross_attention" → kind "cross", layer 1; a recurrent translator's one attention
/// is "cross_attention" → layer 0
struct Place {
  std::string kind;
  int layer = 0;
};
Place place_of(const std::string& name) {
  const std::string layers = ".layers.";
  const std::size_t at = name.find(layers);
  const bool cross = name.ends_with("cross_attention");
  const bool encoder = name.starts_with("encoder");
  return {cross     ? "cross"
          : encoder ? "encoder self"
                    : "decoder self",
          at == std::string::npos ? 0 : std::stoi(name.substr(at + layers.size()))};
}

}  // namespace

WatchedTranslation watch_translation(const Translator& translator, EncoderDecoder& model,
                                     const std::string& sentence, const Origin& origin) {
  const Translation best = translator.translate({sentence}, origin)[0][0];
  WatchedTranslation result{sentence, best.text, {}};
  const TokenPair pair{translator.encode(sentence), best.tokens};
  const Batch batch = make_batch({pair}, {0});

  // What each row of the decoder reads is one token behind what it writes: name rows by the latter,
  // "which words did it look at when it wrote this one".
  std::vector<std::string> source = pieces(*translator.vocabularies().source, pair.source);
  std::vector<std::string> written = pieces(*translator.vocabularies().target, pair.target);
  std::vector<std::string> read = written;
  source.push_back("</s>");
  written.push_back("</s>");
  read.insert(read.begin(), "<s>");

  const NoGradient no_gradient;
  const AttentionWatch watch(model);
  model({batch.source, batch.source_lengths}, batch.target_input);
  for (const AttentionWatch::Seen& seen : watch.seen()) {
    const Place place = place_of(seen.name);
    for (AttentionMap& map : maps_of_heads(
             seen.weights.at(0), {.kind = place.kind,
                                 .layer = place.layer,
                                 .rows = place.kind == "encoder self" ? source : written,
                                 .columns = place.kind == "decoder self" ? read : source}))
      result.maps.push_back(std::move(map));
  }
  return result;
}

}  // namespace lectern
