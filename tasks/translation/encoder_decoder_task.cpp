#include "tasks/translation/encoder_decoder_task.h"

#include <algorithm>

#include "tasks/config/architecture.h"
#include "tasks/config/patterns_of.h"
#include "tasks/text/batches.h"
#include "tasks/text/lines.h"

namespace lectern {
namespace {

void check_recurrent(const Settings& settings) {
  const ModelConfig& model = settings.config().model;
  if (model.num_encoder_layers != model.num_decoder_layers)
    settings.disagree("model.num_decoder_layers", "model.num_encoder_layers",
                      "cannot all start from what the encoder's layers remember:",
                      text(model.num_encoder_layers));
  if (model.bidirectional && model.d_model % 2 != 0)
    settings.disagree("model.d_model", "model.bidirectional",
                      "is odd, but each direction has half of it where", text(model.d_model + 1));
}

}  // namespace

void check_encoder_decoder(const Settings& settings) {
  const Config& config = settings.config();
  // Runs of earlier versions may have one more: they left out, and told, what had no room.
  const std::int64_t longest =
      longest_sentence(config.model.max_length) + (settings.options().stored ? 1 : 0);
  if (config.data.max_length > longest)
    settings.disagree("data.max_length", "model.max_length", "and </s> behind them are above",
                      text(longest));
  if (config.attention.global_tokens > 0 &&
      std::ranges::any_of(patterns_of(config), &PatternEntry::global_tokens))
    settings.disagree("attention.global_tokens", "task.name",
                      "would be the first words of a sentence for", "0");
  if (is_recurrent(config)) check_recurrent(settings);
}

TrainedExample encoder_example(TrainedModel trained, const std::string& sentence,
                               const std::string& name, bool strict) {
  const std::shared_ptr<EncoderDecoder> model = std::move(trained.model);
  const Translator translator(*model, trained.vocabularies, trained.config.decode);
  TextReport report("the text", strict);
  const std::vector<std::int32_t> ids = translator.encode(mended(sentence, {&report}), {&report});
  warn(report);
  std::vector<std::string> tokens;
  for (const std::int32_t id : ids) tokens.push_back(trained.vocabularies.source->piece(id));
  tokens.push_back("</s>");
  const auto run = [model, batch = make_source_batch({ids}, {0})] {
    const NoGradient no_gradient;
    model->encode({batch.source, batch.source_lengths});
  };
  return {model, run, name, tokens};
}

}  // namespace lectern
