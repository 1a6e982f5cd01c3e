#include "tasks/report/attention_page.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tasks/report/charts.h"
#include "tasks/report/colours.h"
#include "tasks/report/markup.h"
#include "tasks/report/page.h"
#include "tensor/check.h"

namespace lectern {
namespace {

/// The maps of one kind, by layer and head.
struct Kind {
  std::string name;
  std::vector<const AttentionMap*> maps;

  const AttentionMap& first() const { return *maps.front(); }
};

struct Wording {
  std::string_view title, note;
};

Wording wording(const std::string& kind) {
  if (kind == "cross")
    return {"The translation looks at the source",
            "Cross-attention: for each token it writes (row), how much the decoder looks at each "
            "token that was read (column)."};
  if (kind == "encoder self")
    return {"The source looks at itself",
            "Encoder self-attention: how much each token (row) takes from each token of its own "
            "sentence (column)."};
  if (kind == "decoder self")
    return {"The translation looks back at itself",
            "Decoder self-attention: a token (row) sees only the tokens written before it, so the "
            "upper triangle is empty."};
  if (kind == "self")
    return {"The sequence looks at itself",
            "Self-attention: how much each token (row) takes from each token of the sequence "
            "(column). What is read from left to right sees nothing above the diagonal."};
  if (kind == "alignment")
    return {
        "Where each word comes from",
        "Alignment: how probable it is, to the model that aligned the training text, that a word "
        "of the translation (row) comes from a word of the source (column), or from none."};
  if (kind == "search")
    return {
        "What the search translated into what",
        "The words of the translation (row), each with the word of the source (column) that the "
        "search rendered by it."};
  return {kind, "How much each token (row) looks at each token (column)."};
}

void check_map(const AttentionMap& map, const AttentionMap& first) {
  const auto name = [&] {
    return text("attention '", map.kind, "', layer ", map.layer, ", head ", map.head, ": ");
  };
  check(map.weights.size() == map.rows.size() * map.columns.size(), [&] {
    return name() + text(map.weights.size(), " weights for ", map.rows.size(), " rows and ",
                         map.columns.size(), " columns; give rows × columns weights");
  });
  check(map.rows == first.rows && map.columns == first.columns, [&] {
    return name() +
           "its tokens are not those of the first map of its kind; give the maps of one "
           "sentence pair";
  });
}

/// Cross-attention first: it is what most readers came for. Others in the order they came.
std::vector<Kind> kinds_of(const std::vector<AttentionMap>& maps) {
  std::vector<Kind> kinds;
  for (const AttentionMap& map : maps) {
    auto kind =
        std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return k.name == map.kind; });
    if (kind == kinds.end()) kind = kinds.insert(kinds.end(), Kind{map.kind, {}});
    kind->maps.push_back(&map);
    check_map(map, kind->first());
  }
  for (Kind& kind : kinds)
    std::stable_sort(kind.maps.begin(), kind.maps.end(), [](auto* a, auto* b) {
      return std::pair(a->layer, a->head) < std::pair(b->layer, b->head);
    });
  std::stable_partition(kinds.begin(), kinds.end(),
                        [](const Kind& k) { return k.name == "cross"; });
  return kinds;
}

/// The mean of all maps of a kind, in percent.
Tensor mean_weights(const Kind& kind) {
  const AttentionMap& first = kind.first();
  std::vector<double> mean(first.weights.size());
  for (const AttentionMap* map : kind.maps)
    for (size_t i = 0; i < mean.size(); ++i)
      mean[i] += 100.0 * map->weights[i] / static_cast<double>(kind.maps.size());
  return tensor_of<double>({std::ssize(first.rows), std::ssize(first.columns)}, mean);
}

/// How many tokens a head spreads its attention over: \f$ e^H \f$ with the entropy H of a row,
/// averaged over the rows. 1 for a head that always looks at a single token.
double breadth(const AttentionMap& map) {
  const size_t columns = map.columns.size();
  double sum = 0;
  for (size_t row = 0; row < map.rows.size(); ++row) {
    double entropy = 0;
    for (size_t column = 0; column < columns; ++column) {
      const double weight = map.weights[row * columns + column];
      if (!(weight <= 0)) entropy -= weight * std::log(weight);
    }
    sum += std::exp(entropy);
  }
  return sum / map.rows.size();
}

/// Two hexadecimal digits a weight, 255 for 1; `--` for NaN.
std::string packed(const std::vector<float>& weights) {
  std::string out;
  out.reserve(2 * weights.size());
  for (const float weight : weights) {
    if (std::isnan(weight)) {
      out += "--";
      continue;
    }
    const long byte = std::lround(255 * std::clamp(weight, 0.0f, 1.0f));
    out += "0123456789abcdef"[byte / 16];
    out += "0123456789abcdef"[byte % 16];
  }
  return out;
}

/// A sentence as buttons; pieces of one word touch.
std::string sentence(std::string_view role, const std::vector<std::string>& tokens) {
  const bool pieces = std::any_of(tokens.begin(), tokens.end(), begins_word);
  std::string buttons;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const bool control =
        tokens[i].size() > 2 && tokens[i].front() == '<' && tokens[i].back() == '>';
    const bool starts = !pieces || control || begins_word(tokens[i]);
    const std::string style =
        std::string("word") + (starts ? " starts" : "") + (control ? " control" : "");
    buttons += element("button", {{"type", "button"}, {"class", style}},
                       escape(without_space_mark(tokens[i])));
  }
  return element("div", {{"class", "sentence " + std::string(role)}}, buttons);
}

std::string reader(const Kind& kind) {
  const bool cross = kind.name == "cross";
  const auto row = [](std::string_view name, const std::string& words) {
    return element("div", {{"class", "line"}}, element("span", {{"class", "note"}}, name) + words);
  };
  return element("div", {{"class", "reader"}},
                 row(cross ? "writes" : "looks", sentence("queries", kind.first().rows)) +
                     row(cross ? "reads" : "sees", sentence("keys", kind.first().columns)) +
                     element("p", {{"class", "told note"}, {"aria-live", "polite"}}));
}

/// `mean 1 2 3 …`, one of them chosen.
std::string choice(std::string_view name, std::string_view what, int AttentionMap::*index,
                   const Kind& kind) {
  std::map<int, bool> numbers;
  for (const AttentionMap* map : kind.maps) numbers[map->*index] = true;
  std::string buttons = element("span", {{"class", "note"}}, name);
  const auto button = [&](const std::string& value, const std::string& label) {
    buttons += element("button",
                       {{"type", "button"},
                        {"data-choose", what},
                        {"data-value", value},
                        {"aria-pressed", value.empty() ? "true" : "false"}},
                       label);
  };
  button("", "mean");
  for (const auto& [number, present] : numbers)
    button(std::to_string(number), std::to_string(number + 1));
  return element("div", {{"class", "choice"}}, buttons);
}

std::string thumbnail(const AttentionMap& map) {
  const std::string layer = std::to_string(map.layer), head = std::to_string(map.head);
  const std::string name = "head " + std::to_string(map.head + 1);
  const std::string spread = readable(breadth(map), 2);
  const std::string hint = "layer " + std::to_string(map.layer + 1) + ", " + name +
                           ": a row spreads over about " + spread + " tokens";
  const std::string caption =
      element("span", {}, name) + element("span", {{"class", "spread"}}, "~" + spread);
  return element("button",
                 {{"type", "button"},
                  {"class", "head"},
                  {"title", hint},
                  {"data-layer", layer},
                  {"data-head", head},
                  {"data-weights", packed(map.weights)}},
                 heat_thumbnail(map.weights, map.rows.size(), map.columns.size()) +
                     element("span", {{"class", "caption"}}, caption)) +
         "\n";
}

std::string thumbnails(const Kind& kind) {
  std::string out;
  for (size_t i = 0; i < kind.maps.size();) {
    const int layer = kind.maps[i]->layer;
    std::string row;
    for (; i < kind.maps.size() && kind.maps[i]->layer == layer; ++i)
      row += thumbnail(*kind.maps[i]);
    out += element("div", {{"class", "layer"}},
                   element("span", {{"class", "note"}}, "layer " + std::to_string(layer + 1)) +
                       element("div", {{"class", "heads"}}, row));
  }
  return out;
}

std::string section(const Kind& kind) {
  const auto [title, note] = wording(kind.name);
  const std::string map =
      heat_map(mean_weights(kind), {.rows = kind.first().rows,
                                    .columns = kind.first().columns,
                                    .unit = "%",
                                    .most_named_cells = std::ssize(kind.first().weights)});
  const std::string controls = element("div", {{"class", "controls"}},
                                       choice("layer", "layer", &AttentionMap::layer, kind) +
                                           choice("head", "head", &AttentionMap::head, kind));
  const std::string shown = element("h3", {{"class", "shown"}}, "Mean of all layers, all heads");
  const std::string picture =
      element("figure", {}, shown + element("div", {{"class", "wide map"}}, map));
  const std::string every_head =
      element("h3", {}, "Every head") +
      element("p", {{"class", "note"}},
              "The strongest colour is 100 %. The number after ~ says over how many tokens a row "
              "spreads: 1 means that the head picks a single token.") +
      thumbnails(kind);
  // Of one map alone there is nothing to choose; the script reads its numbers all the same.
  const char* style = kind.maps.size() == 1 ? "attention alone" : "attention";
  return element("section", {{"class", style}, {"data-levels", heat_levels}},
                 element("h2", {}, escape(title)) +
                     element("p", {{"class", "note"}}, escape(note)) + controls +
                     element("div", {{"class", "stage"}}, reader(kind) + picture) +
                     element("div", {{"class", "every"}}, every_head));
}

}  // namespace

std::vector<AttentionMap> maps_of_heads(const Tensor& weights, const AttentionMap& about) {
  const std::vector<float> numbers = weights.to_vector<float>();
  const std::int64_t size = weights.dim(2) * weights.dim(3);
  std::vector<AttentionMap> maps;
  for (std::int64_t head = 0; head < weights.dim(1); ++head) {
    maps.push_back(about);
    maps.back().head = static_cast<int>(head);
    maps.back().weights = {numbers.begin() + head * size, numbers.begin() + (head + 1) * size};
  }
  return maps;
}

std::string attention_sections(const std::vector<AttentionMap>& maps) {
  std::string out;
  for (const Kind& kind : kinds_of(maps))
    if (!kind.first().weights.empty()) out += section(kind) + "\n";
  return out;
}

std::string attention_page(const AttentionPage& page) {
  std::string words = element("span", {{"class", "from"}}, escape(page.source));
  if (!page.translation.empty()) words += " → " + element("strong", {}, escape(page.translation));
  const std::string pair = element("p", {{"class", "lead pair"}}, words);
  std::string sections = attention_sections(page.maps);
  if (sections.empty()) sections = element("p", {}, "No attention was recorded.");
  return html_page({.title = "Attention: " + page.source,
                    .style = attention_style(),
                    .body = element("header", {}, element("h1", {}, "Who looked at whom") + pair) +
                            "\n" + sections,
                    .script = attention_script(),
                    .footer = page_footer(page.command, page.version)});
}

}  // namespace lectern
