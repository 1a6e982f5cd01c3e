#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lectern {

/// How well an answer agrees with what people answered.
struct AnswerScore {
  double f1 = 0.0;     ///< 0 … 1
  bool exact = false;  ///< the same words in the same order
};

/// An answer as the scorer of SQuAD v1.1 compares it: lower-cased, without the 32 ASCII punctuation
/// marks, without the words a, an and the, and with single spaces.
///
/// The order of these steps counts, as do its word boundaries, which are Python's: "The U.S." is `us`,
/// "A–Z" with a long dash is `–z`, and "an-other" is `another`.
std::string normalized_answer(std::string_view answer);

/// The best score of an answer against several that are right, F1 and exact match each by itself.
///
/// \f[ F_1 = \frac{2\,p\,r}{p + r}, \qquad p = \frac{|A \cap R|}{|A|}, \quad
///     r = \frac{|A \cap R|}{|R|} \f]
///
/// with the normalised answer A and a right one R as multisets of words; 0 where they share none, even
/// where both are empty.
/// \param references  at least one
/// Source: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text", 2016, §6.1,
/// and the scorer published with it, evaluate-v1.1.py.
AnswerScore score_answer(std::string_view answer, const std::vector<std::string>& references);

}  // namespace lectern
