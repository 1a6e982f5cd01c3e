#include "autograd/graph.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace lectern {
namespace {

enum class Kind { op, parameter, data };

struct Node {
  std::string name;
  std::string shape;
  Kind kind = Kind::op;
  std::vector<int> inputs;  // numbers of other nodes, all smaller than this node's
  int layer = 0;
  double x = 0, width = 0;
};

/// The nodes behind a Variable, each after its inputs.
class Graph {
 public:
  explicit Graph(const Variable& result) {
    for (const Variable* variable : in_order_of_making(result)) append(*variable);
  }

  std::vector<Node> nodes;

 private:
  using Identity = const void*;

  static Identity identity_of(const Variable& v) {
    return v.made_by() ? static_cast<Identity>(v.made_by().get()) : v.identity();
  }

  /// Leaves first, then ops by serial number, which is larger than those of their inputs.
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
      for (const Variable& input : variable->made_by()->inputs) to_visit.push_back(&input);
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
    node.shape = text(variable.shape());
    if (variable.made_by()) {
      node.name = variable.made_by()->name;
      for (const Variable& input : variable.made_by()->inputs)
        if (input.defined()) node.inputs.push_back(numbers_.at(identity_of(input)));
    } else {
      node.kind = variable.requires_gradient() ? Kind::parameter : Kind::data;
      node.name = node.kind == Kind::parameter ? "parameter" : "data";
    }
    numbers_[identity_of(variable)] = static_cast<int>(nodes.size());
    nodes.push_back(std::move(node));
  }

  std::map<Identity, int> numbers_;
};

// The layout of the picture, in pixels.
constexpr double layer_height = 72, box_height = 40, gap = 18, margin = 16, letter = 7.2;

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
    const std::size_t letters = std::max(nodes[i].name.size(), nodes[i].shape.size());
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

double top_of(const Node& node) { return margin + node.layer * layer_height; }

std::string edge_svg(const Node& from, const Node& to) {
  const double y0 = top_of(from) + box_height, y1 = top_of(to), middle = (y0 + y1) / 2;
  return text("<path d=\"M", from.x, ' ', y0, " C", from.x, ' ', middle, ' ', to.x, ' ', middle,
              ' ', to.x, ' ', y1 - 4, "\" marker-end=\"url(#arrow)\"/>\n");
}

std::string node_svg(const Node& node) {
  const double y = top_of(node);
  std::string outline;
  if (node.kind == Kind::op)
    outline = text("<rect x=\"", node.x - node.width / 2, "\" y=\"", y, "\" width=\"", node.width,
                   "\" height=\"", box_height, "\" rx=\"8\" fill=\"#dbe9f6\"/>");
  else
    outline = text("<ellipse cx=\"", node.x, "\" cy=\"", y + box_height / 2, "\" rx=\"",
                   node.width / 2, "\" ry=\"", box_height / 2, "\" fill=\"",
                   node.kind == Kind::parameter ? "#fdebc8" : "white", "\"/>");
  return text(outline, "<text x=\"", node.x, "\" y=\"", y + 17, "\">", node.name,
              "</text><text x=\"", node.x, "\" y=\"", y + 32, "\" class=\"shape\">", node.shape,
              "</text>\n");
}

}  // namespace

std::string to_dot(const Variable& result) {
  const Graph graph(result);
  std::string dot = "digraph tape {\n  node [fontname=\"sans-serif\"];\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const char* style = node.kind == Kind::op          ? "shape=box, style=rounded"
                        : node.kind == Kind::parameter ? "shape=ellipse, style=filled"
                                                       : "shape=ellipse";
    dot += text("  n", i, " [label=\"", node.name, "\\n", node.shape, "\", ", style, "];\n");
    for (const int input : node.inputs) dot += text("  n", input, " -> n", i, ";\n");
  }
  return dot + "}\n";
}

std::string to_svg(const Variable& result) {
  Graph graph(result);
  const int layers = assign_layers(graph.nodes);
  const double width = assign_places(graph.nodes, layers);
  const double height = (layers - 1) * layer_height + box_height + 2 * margin;
  std::string svg = text(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width, "\" height=\"", height,
      "\" viewBox=\"0 0 ", width, ' ', height, "\">\n",
      "<style>text{font:13px sans-serif;text-anchor:middle} .shape{font-size:11px;fill:#555}\n",
      "path{fill:none;stroke:#777} rect,ellipse{stroke:#333}</style>\n",
      "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"4\" refY=\"4\" markerWidth=\"7\" ",
      "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" style=\"fill:#777\"/>",
      "</marker></defs>\n");
  for (const Node& node : graph.nodes)
    for (const int input : node.inputs) svg += edge_svg(graph.nodes[input], node);
  for (const Node& node : graph.nodes) svg += node_svg(node);
  return svg + "</svg>\n";
}

}  // namespace lectern
