#include "tasks/report/step_tree.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <map>

#include "tasks/report/colours.h"
#include "tasks/report/markup.h"

namespace lectern {
namespace {

/// What a row of the tree says of one operation or of a part with all that is in it.
struct Sums {
  int calls = 0;
  std::int64_t operations = 0, kept = 0;
  double forward = 0, backward = 0;

  void add(const Sums& other) {
    calls += other.calls;
    operations += other.operations;
    kept += other.kept;
    forward += other.forward;
    backward += other.backward;
  }
};

Sums sums_of(const ProfiledOp& op) {
  return {.calls = 1,
          .operations = op.forward_operations + op.backward_operations,
          .kept = op.kept,
          .forward = op.forward,
          .backward = op.backward};
}

/// Calls of one line in one part that give one shape.
struct Row {
  const ProfiledOp* op;
  Sums sums{};
  double squares = 0;  // of the gradients' norms
};

/// A part of the model. `order` holds rows (from 0 on) and parts inside (from -1 down) as they ran.
struct Node {
  std::string name;
  Sums sums{};
  double squares = 0;  // of its own parameters' gradients
  bool learns = false;
  std::deque<Row> rows{};
  std::deque<Node> parts{};
  std::vector<int> order{};

  Node& part(const std::string& wanted) {
    const auto known = std::ranges::find(parts, wanted, &Node::name);
    if (known != parts.end()) return *known;
    parts.push_back({.name = wanted});
    order.push_back(-static_cast<int>(parts.size()));
    return parts.back();
  }

  void add(const ProfiledOp& op) {
    const auto known = std::ranges::find_if(rows, [&](const Row& row) {
      return row.op->name == op.name && row.op->where == op.where && row.op->shape == op.shape &&
             row.op->again == op.again;
    });
    if (known == rows.end()) {
      order.push_back(static_cast<int>(rows.size()));
      rows.push_back({.op = &op});
    }
    Row& row = known == rows.end() ? rows.back() : *known;
    row.sums.add(sums_of(op));
    row.squares += op.gradient_norm * op.gradient_norm;
  }
};

/// Calls `visit` with the node of every part on the way down a path of names.
template <class Visit>
void walk(Node& root, std::string_view path, const Visit& visit) {
  Node* node = &root;
  visit(*node);
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    node = &node->part(std::string(path.substr(0, dot)));
    visit(*node);
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
}

Node tree_of(const StepProfile& profile) {
  Node root{.name = "the step"};
  for (const ProfiledOp& op : profile.ops) {
    Node* last = nullptr;
    walk(root, op.part, [&](Node& node) {
      node.sums.add(sums_of(op));
      last = &node;
    });
    last->add(op);
  }
  for (const ProfiledParameter& parameter : profile.parameters) {
    if (std::isnan(parameter.gradient_norm)) continue;
    const std::size_t dot = parameter.name.rfind('.');
    walk(root, dot == std::string::npos ? "" : parameter.name.substr(0, dot), [&](Node& node) {
      node.squares += parameter.gradient_norm * parameter.gradient_norm;
      node.learns = true;
    });
  }
  return root;
}

std::string cell(std::string_view label, const std::string& value, double share = 0) {
  const std::string shade = share > 0.004 ? " " + heat_class(std::sqrt(share)) : "";
  return element("span", {{"class", "n" + shade}, {"data-n", label}}, escape(value));
}

class Tree {
 public:
  explicit Tree(const StepProfile& profile) : step_(sum_of_times(profile)) {}

  std::string part(const Node& node, int depth) const {
    std::string inside;
    for (const int place : node.order)
      inside += place < 0 ? part(node.parts[static_cast<std::size_t>(-place - 1)], depth + 1)
                          : row(node.rows[static_cast<std::size_t>(place)], depth + 1);
    const std::string calls = node.sums.calls == 1 ? "1 call" : text(node.sums.calls, " calls");
    const std::string title =
        element("b", {}, escape(node.name)) + " " + element("small", {}, escape(calls));
    const std::string head =
        element("summary", {{"class", "r"}, {"style", indent(depth)}},
                element("span", {{"class", "what"}}, title) +
                    numbers(node.sums, node.learns ? std::sqrt(node.squares) : std::nan("")));
    return joined({"<details", depth < 1 ? " open" : "", ">", head, inside, "</details>\n"});
  }

  std::string row(const Row& row, int depth) const {
    std::string what = escape(row.op->name);
    if (row.sums.calls > 1) what += escape(text(" × ", row.sums.calls));
    if (row.op->again) what += " " + element("em", {}, "again");
    what += " " + element("small", {}, escape(text(row.op->shape))) + " " +
            element("code", {}, escape(row.op->where));
    return element("div", {{"class", "r op"}, {"style", indent(depth)}},
                   element("span", {{"class", "what"}}, what) +
                       numbers(row.sums, std::sqrt(row.squares))) +
           "\n";
  }

  /// What is no operation: the update.
  std::string update(double seconds) const {
    return element("div", {{"class", "r op"}, {"style", indent(1)}},
                   element("span", {{"class", "what"}},
                           "update <code>gradient norm, optimiser, clearing</code>") +
                       numbers({.backward = seconds}, std::nan(""))) +
           "\n";
  }

 private:
  static std::string indent(int depth) { return text("--d:", depth); }

  std::string numbers(const Sums& sums, double gradient) const {
    return cell("operations", sums.operations > 0 ? readable_count(sums.operations) : "–") +
           cell("kept", sums.kept > 0 ? readable_bytes(sums.kept) : "–") +
           cell("forward ms", milliseconds(sums.forward), sums.forward / step_) +
           cell("backward ms", milliseconds(sums.backward), sums.backward / step_) +
           cell("gradient", readable(gradient, 3));
  }

  double step_;
};

std::string with_one_decimal(double number) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.1f", number);
  return digits;
}

/// A bar that is `share` of its cell wide.
std::string bar(double share) {
  return element("i", {{"class", "bar"}, {"style", text("--w:", coordinate(100 * share), "%")}});
}

}  // namespace

std::string readable_bytes(std::int64_t bytes) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 1000 && unit + 1 < std::size(units)) amount /= 1024, ++unit;
  char digits[32];
  std::snprintf(digits, sizeof digits,
                unit == 0     ? "%.0f %s"
                : amount < 10 ? "%.2f %s"
                              : "%.1f %s",
                amount, units[unit]);
  return digits;
}

std::string readable_count(std::int64_t count) {
  constexpr const char* units[] = {"", " k", " M", " G", " T", " P"};
  auto amount = static_cast<double>(count);
  std::size_t unit = 0;
  while (amount >= 1000 && unit + 1 < std::size(units)) amount /= 1000, ++unit;
  return (unit == 0 ? text(count) : with_one_decimal(amount)) + units[unit];
}

std::string milliseconds(double seconds) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.2f", 1e3 * seconds);
  return digits;
}

std::string step_kinds(const StepProfile& profile) {
  std::map<std::string, Sums> by_name;
  for (const ProfiledOp& op : profile.ops) by_name[op.name].add(sums_of(op));
  by_name["update (no operation)"] = {.backward = profile.update};
  std::vector<std::pair<std::string, Sums>> kinds(by_name.begin(), by_name.end());
  const auto total = [](const auto& kind) { return kind.second.forward + kind.second.backward; };
  std::ranges::stable_sort(kinds, std::ranges::greater(), total);
  std::string rows =
      "<tr><th>operation</th><th>calls</th><th>forward ms</th><th>backward ms</th>"
      "<th>share %</th><th class=\"bars\"></th></tr>\n";
  const double all = sum_of_times(profile), most = kinds.empty() ? 1 : total(kinds[0]);
  for (const auto& kind : kinds) {
    const auto& [name, sums] = kind;
    const auto number = [](const std::string& value) { return element("td", {}, escape(value)); };
    rows += element("tr", {},
                    element("th", {{"scope", "row"}}, escape(name)) +
                        number(sums.calls > 0 ? text(sums.calls) : "–") +
                        number(sums.calls > 0 ? milliseconds(sums.forward) : "–") +
                        number(milliseconds(sums.backward)) +
                        number(with_one_decimal(100 * total(kind) / all)) +
                        element("td", {{"class", "bars"}}, bar(total(kind) / most))) +
            "\n";
  }
  return element("div", {{"class", "broad"}}, element("table", {{"class", "kinds"}}, rows));
}

std::string step_tree(const StepProfile& profile) {
  const Node root = tree_of(profile);
  const Tree tree(profile);
  const std::string head =
      element("div", {{"class", "r head"}, {"aria-hidden", "true"}},
              "<span class=\"what\">part and operation</span><span class=\"n\">operations</span>"
              "<span class=\"n\">kept</span><span class=\"n\">forward ms</span>"
              "<span class=\"n\">backward ms</span><span class=\"n\">gradient</span>");
  return element("div", {{"class", "tree"}},
                 head + "\n" + tree.part(root, 0) + tree.update(profile.update));
}

std::string step_tree_style() {
  return R"css(
.kinds{border-collapse:collapse;font-size:14px;margin:14px 0 6px;font-variant-numeric:tabular-nums}
.kinds th{font-weight:600;font-size:12.5px;color:var(--muted);text-align:right;padding:2px 12px 2px 0}
.kinds th[scope],.kinds th:first-child{text-align:left;color:var(--ink);font-size:14px;font-weight:400}
.kinds td{text-align:right;padding:3px 12px 3px 0;white-space:nowrap}
.kinds .bars{width:220px;padding:0}
.bar{display:block;height:10px;width:var(--w);min-width:1px;background:var(--s1);border-radius:2px}
.tree{font-size:14px;margin-top:14px;border-bottom:1px solid var(--rule)}
.r{display:grid;grid-template-columns:minmax(0,1fr) 92px 92px 92px 100px 84px;gap:0 3px;
 align-items:center;border-top:1px solid var(--grid);padding:3px 0 3px calc(var(--d,0)*16px)}
.r.head{color:var(--muted);font-size:12.5px;font-weight:600;border:0}
summary.r{cursor:pointer;list-style:none}
summary.r::-webkit-details-marker{display:none}
summary.r .what::before{content:"▸";display:inline-block;width:16px;color:var(--accent)}
details[open]>summary.r .what::before{content:"▾"}
summary.r:focus-visible{outline:2px solid var(--accent);outline-offset:-2px}
.what{overflow-wrap:anywhere}.what small{color:var(--muted);font-size:12.5px}
.what em{color:var(--warn);font-style:normal;font-size:12.5px}
.op .what{padding-left:16px}.op code{display:block;color:var(--muted);font-size:12px}
.n{text-align:right;font-variant-numeric:tabular-nums;padding:2px 6px;border-radius:3px;
 background:var(--level,transparent);color:var(--on,inherit);white-space:nowrap}
.tree-tools{display:none;gap:8px;margin:10px 0 0}
.scripted .tree-tools{display:flex}
@media screen and (max-width:760px){
 .r{grid-template-columns:repeat(3,minmax(0,1fr));padding-left:calc(var(--d,0)*8px)}
 .r .what{grid-column:1/-1}.r.head{display:none}
 .r .n{text-align:left;font-size:13px;padding:1px 5px}
 .r .n::before{content:attr(data-n);display:block;font-size:11px;opacity:.75;line-height:1.3}}
)css";
}

}  // namespace lectern
