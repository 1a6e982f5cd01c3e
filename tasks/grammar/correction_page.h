#pragma once

#include <string>
#include <vector>

#include "tasks/grammar/corrector.h"
#include "tasks/report/report_page.h"

namespace lectern {

/// What a text has become, to be looked at.
struct CorrectionPage {
  std::string title = {};
  std::vector<Fact> facts = {};  ///< a line each: "GLEU", "48.10"
  std::vector<Correction> corrections = {};
  std::vector<std::vector<std::string>> references = {};  ///< `[reference, line]`, or none
  std::string command = {}, version = {};
};

/// Every sentence with what was left out struck through and what was put in underlined, and how many
/// edits of each kind there are, as one self-contained HTML page. Of more than 2,000 sentences those
/// that changed are shown first, and the page says how many are not there.
std::string correction_page(const CorrectionPage& page);

/// The kinds of all edits.
ErrorCounts kinds_of(const std::vector<Correction>& corrections);

/// The kinds that there are, the most frequent first.
std::vector<std::size_t> by_frequency(const ErrorCounts& counts);

/// "article 12, spelling 30", the most frequent first; "none".
std::string counts_text(const ErrorCounts& counts);

}  // namespace lectern
