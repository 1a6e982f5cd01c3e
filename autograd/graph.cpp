#include "autograd/graph.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <set>
#include <sstream>
#include <vector>

namespace lectern {
namespace {

enum class Kind { op, parameter, data };

struct Node {
  std::vector<std::string> lines;  // name, shape, value, gradient
  Kind kind = Kind::op;
  std::vector<int> inputs;  // numbers of other nodes, all smaller than this node's
  int layer = 0;
  double x = 0, width = 0;
};

/// "0.5, -1.25, 3, …"
std::string first_numbers(const Tensor& tensor) {
  constexpr std::int64_t most = 3;
  const Tensor numbers = tensor.reshape({-1});
  std::ostringstream out;
  out.exceptions(std::ios::badbit);
  out.precision(4);
  for (std::int64_t i = 0; i < std::min(most, numbers.size()); ++i)
    out << (i > 0 ? ", " : "") << numbers.at({i});
  if (numbers.size() > most) out << ", …";
  return out.str();
}

/// The nodes behind a Variable, each after its inputs.
class Graph {
 public:
  Graph(const Variable& result, const GraphOptions& options) : options_(options) {
    for (const Variable* variable : in_order_of_making(result)) append(*variable);
  }

  std::vector<Node> nodes;

 private:
  using Identity = const void*;

  static Identity identity_of(const Variable& v) {
    return v.made_by() ? static_cast<Identity>(v.made_by().get()) : v.identity();
  }

  /// Leaves first, as a reader of the formula meets them, then ops by serial number, which is larger
  /// than those of their inputs.
  static std::vector<const Variable*> in_order_of_making(const Variable& result) {
    std::set<Identity> found;
    std::vector<const Variable*> order;
    std::vector<const Variable*> to_visit{&result};
    while (!to_visit.empty()) {
      const Variable* variable = to_visit.back();
      to_visit.pop_back();
      if (!variable->defined() || !found.insert(identity_of(*variable)).second) continue;
      order.push_back(variable);
      if (!variable->made_by()) continue;
      const std::vector<Variable>& inputs = variable->made_by()->inputs;
      for (auto input = inputs.rbegin(); input != inputs.rend(); ++input)
        to_visit.push_back(&*input);
    }
    std::stable_sort(order.begin(), order.end(), [](const Variable* a, const Variable* b) {
      return serial_of(*a) < serial_of(*b);
    });
    return order;
  }

  static std::uint64_t serial_of(const Variable& v) {
    return v.made_by() ? v.made_by()->serial : 0;
  }

  void append(const Variable& variable) {
    Node node;
    const bool named = !variable.name().empty();
    if (variable.made_by()) {
      const std::string& op = variable.made_by()->name;
      node.lines.push_back(named ? text(variable.name(), " = ", op) : op);
      for (const Variable& input : variable.made_by()->inputs)
        if (input.defined()) node.inputs.push_back(numbers_.at(identity_of(input)));
    } else {
      node.kind = variable.requires_gradient() ? Kind::parameter : Kind::data;
      node.lines.push_back(named                          ? variable.name()
                           : node.kind == Kind::parameter ? "parameter"
                                                          : "data");
    }
    node.lines.push_back(text(variable.shape()));
    const Tensor& value = variable.made_by() ? variable.made_by()->output : variable.value();
    if (options_.values && value.defined()) node.lines.push_back("value " + first_numbers(value));
    if (options_.gradients && variable.has_gradient())
      node.lines.push_back("gradient " + first_numbers(variable.gradient()));
    numbers_[identity_of(variable)] = static_cast<int>(nodes.size());
    nodes.push_back(std::move(node));
  }

  std::map<Identity, int> numbers_;
  GraphOptions options_;
};

// The layout of the picture, in pixels.
constexpr double line_height = 15, between_layers = 32, gap = 18, margin = 16, letter = 7.2;
constexpr double between_arrows = 14;  // of one node to another

/// An op lies one layer below its lowest input; a leaf just above the first op that uses it.
int assign_layers(std::vector<Node>& nodes) {
  int deepest = 0;
  for (Node& node : nodes) {
    for (const int input : node.inputs) node.layer = std::max(node.layer, nodes[input].layer + 1);
    deepest = std::max(deepest, node.layer);
  }
  std::vector<int> first_use(nodes.size(), deepest + 1);
  for (const Node& node : nodes)
    for (const int input : node.inputs) first_use[input] = std::min(first_use[input], node.layer);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].kind != Kind::op && first_use[i] <= deepest) nodes[i].layer = first_use[i] - 1;
  return deepest + 1;
}

/// Places the nodes of each layer from left to right, in the order of their inputs' middles, and
/// centres the layer. Returns the width of the picture.
double assign_places(std::vector<Node>& nodes, int layers) {
  std::vector<std::vector<int>> rows(layers);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    std::size_t letters = 0;
    for (const std::string& line : nodes[i].lines) letters = std::max(letters, line.size());
    nodes[i].width = letter * static_cast<double>(letters) + 20;
    rows[nodes[i].layer].push_back(static_cast<int>(i));
  }
  double widest = 0;
  for (std::vector<int>& row : rows) {
    std::vector<std::pair<double, int>> by_middle;
    for (const int i : row) {
      double middle = 0;
      for (const int input : nodes[i].inputs)
        middle += nodes[input].x / static_cast<double>(nodes[i].inputs.size());
      by_middle.emplace_back(middle, i);
    }
    std::stable_sort(by_middle.begin(), by_middle.end());
    double x = -gap;
    for (const auto& [middle, i] : by_middle) {
      nodes[i].x = x + gap + nodes[i].width / 2;
      x = nodes[i].x + nodes[i].width / 2;
    }
    for (const int i : row) nodes[i].x -= x / 2;  // the middle of every layer is at 0
    widest = std::max(widest, x);
  }
  for (Node& node : nodes) node.x += widest / 2 + margin;
  return widest + 2 * margin;
}

double height_of(const Node& node) {
  return line_height * static_cast<double>(node.lines.size()) + 10;
}

/// Where the layers begin, and at last where the picture ends.
std::vector<double> tops_of_layers(const std::vector<Node>& nodes, int layers) {
  std::vector<double> heights(layers);
  for (const Node& node : nodes)
    heights[node.layer] = std::max(heights[node.layer], height_of(node));
  std::vector<double> tops{margin};
  for (const double height : heights) tops.push_back(tops.back() + height + between_layers);
  return tops;
}

/// \param aside  how far to the right: arrows between the same two nodes do not lie on each other
std::string edge_svg(const Node& from, const Node& to, const std::vector<double>& tops,
                     double aside) {
  const double y0 = tops[from.layer] + height_of(from), y1 = tops[to.layer], middle = (y0 + y1) / 2;
  const double x0 = from.x + aside, x1 = to.x + aside;
  return text("<path d=\"M", x0, ' ', y0, " C", x0, ' ', middle, ' ', x1, ' ', middle, ' ', x1, ' ',
              y1 - 4, "\" marker-end=\"url(#arrow)\"/>\n");
}

/// The arrows into a node, those from one input side by side.
std::string edges_svg(const std::vector<Node>& nodes, const Node& to,
                      const std::vector<double>& tops) {
  std::map<int, int> drawn;
  std::string edges;
  for (const int input : to.inputs) {
    const auto parallel = std::count(to.inputs.begin(), to.inputs.end(), input);
    const double aside = (drawn[input]++ - static_cast<double>(parallel - 1) / 2) * between_arrows;
    edges += edge_svg(nodes[input], to, tops, aside);
  }
  return edges;
}

/// A text between tags or quotation marks, where a name may hold anything.
std::string escaped(const std::string& words) {
  std::string safe;
  for (const char c : words)
    safe += c == '<'   ? "&lt;"
            : c == '>' ? "&gt;"
            : c == '&' ? "&amp;"
            : c == '"' ? "&quot;"
                       : std::string(1, c);
  return safe;
}

std::string node_svg(const Node& node, const std::vector<double>& tops) {
  const double y = tops[node.layer], height = height_of(node);
  std::string svg;
  if (node.kind == Kind::op)
    svg = text("<rect x=\"", node.x - node.width / 2, "\" y=\"", y, "\" width=\"", node.width,
               "\" height=\"", height, "\" rx=\"8\"/>");
  else
    svg = text("<ellipse class=\"", node.kind == Kind::parameter ? "parameter" : "data", "\" cx=\"",
               node.x, "\" cy=\"", y + height / 2, "\" rx=\"", node.width / 2, "\" ry=\"",
               height / 2, "\"/>");
  for (std::size_t i = 0; i < node.lines.size(); ++i)
    svg += text("<text x=\"", node.x, "\" y=\"", y + 17 + line_height * static_cast<double>(i),
                i == 0 ? "\">" : "\" class=\"small\">", escaped(node.lines[i]), "</text>");
  return svg + "\n";
}

/// What is to be seen, for those who cannot see it: every op and what feeds it.
std::string description(const std::vector<Node>& nodes) {
  constexpr int most = 20;
  std::string words = "The tape, from top to bottom:";
  int ops = 0;
  for (const Node& node : nodes) {
    if (node.inputs.empty() || ++ops > most) continue;
    words += text(words.back() == ':' ? " " : "; ", node.lines[0], " of");
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const std::string& name = nodes[node.inputs[i]].lines[0];
      words += text(i == 0 ? " " : " and ", name.substr(0, name.find(" = ")));
    }
  }
  return escaped(ops > most ? text(words, "; and ", ops - most, " more") : words);
}

/// Colours of a white page, and of a dark one.
constexpr const char* style =
    "<style>text{font:13px sans-serif;text-anchor:middle;fill:#111}\n"
    ".small{font-size:11px;fill:#555} path{fill:none;stroke:#777} marker path{fill:#777}\n"
    "rect,ellipse{stroke:#333;fill:#dbe9f6} .parameter{fill:#fdebc8} .data{fill:#fff}\n"
    "@media (prefers-color-scheme:dark){text{fill:#eee} .small{fill:#aaa}\n"
    "path{stroke:#999} marker path{fill:#999}\n"
    "rect,ellipse{stroke:#aaa;fill:#1d3a57} .parameter{fill:#5a4314} .data{fill:#222}}</style>\n";

}  // namespace

std::string to_dot(const Variable& result, const GraphOptions& options) {
  const Graph graph(result, options);
  std::string dot = "digraph tape {\n  node [fontname=\"sans-serif\"];\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const char* shape = node.kind == Kind::op          ? "shape=box, style=rounded"
                        : node.kind == Kind::parameter ? "shape=ellipse, style=filled"
                                                       : "shape=ellipse";
    std::string label;
    for (const std::string& line : node.lines)
      for (const char c : (label.empty() ? line : '\n' + line))
        label += c == '\n'               ? "\\n"
                 : c == '"' || c == '\\' ? std::string{'\\', c}
                                         : std::string(1, c);
    dot += text("  n", i, " [label=\"", label, "\", ", shape, "];\n");
    for (const int input : node.inputs) dot += text("  n", input, " -> n", i, ";\n");
  }
  return dot + "}\n";
}

std::string to_svg(const Variable& result, const GraphOptions& options) {
  Graph graph(result, options);
  const int layers = assign_layers(graph.nodes);
  const double width = assign_places(graph.nodes, layers);
  const std::vector<double> tops = tops_of_layers(graph.nodes, layers);
  const double height = tops.back() - between_layers + margin;
  std::string svg = text(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width, "\" height=\"", height,
      "\" viewBox=\"0 0 ", width, ' ', height, "\" role=\"img\" aria-label=\"",
      description(graph.nodes), "\">\n", style,
      "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"4\" refY=\"4\" markerWidth=\"7\" ",
      "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n");
  for (const Node& node : graph.nodes) svg += edges_svg(graph.nodes, node, tops);
  for (const Node& node : graph.nodes) svg += node_svg(node, tops);
  return svg + "</svg>\n";
}

}  // namespace lectern
