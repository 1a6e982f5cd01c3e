#pragma once

#include <cstdint>
#include <string_view>

namespace lectern {

/// Which tokens of a dialogue are learned from.
enum class LossOn { all, system };

constexpr std::string_view name_of(LossOn loss_on) {
  switch (loss_on) {
    case LossOn::all: return "all";
    case LossOn::system: return "system";
  }
  return {};
}

/// `[task]` of a chatbot.
struct ChatbotSettings {
  std::int64_t length = 2048;  ///< a longer dialogue is split between turns [tokens]
  LossOn loss_on = LossOn::all;
};

}  // namespace lectern
