// Chapter 21: kernels, stepped through without a GPU: blocks, barriers, warps,
// memory, and attention three times. Draws its pictures into the folder where it
// is started. --without barrier.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <regex>
#include <set>

#include "lectern.h"
#include "tasks/report/pictures.h"
#include "tensor/cuda/emulated_numbers.h"
#include "tensor/cuda/loops.h"

using namespace lectern;

namespace {

const char* yes(bool it_is) { return it_is ? "yes" : "no"; }

EmulatedNumbers on_device(const Tensor& x) {
  return EmulatedNumbers(x.to_vector<float>());
}

double farthest_apart(const Tensor& a, const Tensor& b) {
  const std::vector<float> first = a.to_vector<float>(),
                           second = b.to_vector<float>();
  double most = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const double apart = std::abs(double{first[i]} - second[i]);
    if (!(apart <= most)) most = apart;  // NaN as well
  }
  return most;
}

// [add]
__global__ void add(const float* a, const float* b, float* sum, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) sum[i] = a[i] + b[i];
}
// [add]

// [say]
__global__ void say(const float* a, const float* b, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  std::printf("block %u, thread %u: number %d, ", blockIdx.x, threadIdx.x, i);
  if (i < count)
    std::printf("%.0f + %.0f = %.0f\n", a[i], b[i], a[i] + b[i]);
  else
    std::printf("nothing to do\n");
}
// [say]

void four_threads() {
  std::cout << "== Four threads ==\n";
  // [launch]
  const EmulatedNumbers a({1, 2, 3}), b({10, 20, 30});
  launch_kernel<say>(Cuda{}, {.blocks = 2, .threads = 2}, a.get(), b.get(), 3);
  // [launch]
}

void a_thousand_numbers() {
  std::cout << "\n== Three times the same ==\n";
  const Tensor a = random_normal({1000}, 1, {.seed = 1});
  const Tensor b = random_normal({1000}, 1, {.seed = 2});
  Tensor by_hand = zeros({1000});
  for (int i = 0; i < 1000; ++i)
    by_hand.set({i}, double{a.at<float>({i}) + b.at<float>({i})});
  const EmulatedNumbers first = on_device(a), second = on_device(b),
                        sums = on_device(zeros({1000}));
  // [blocks]
  const LaunchShape shape{.blocks = divide_up(1000, 256), .threads = 256};
  launch_kernel<add>(Cuda{}, shape, first.get(), second.get(), sums.get(),
                     1000);
  // [blocks]
  const Tensor kernel = tensor_of<float>({1000}, sums.read());
  std::printf("blocks: %u, threads: %u\n", shape.blocks.x,
              shape.blocks.x * shape.threads.x);
  std::printf("the kernel as the loop: %s, as the library's a + b: %s\n",
              yes(farthest_apart(kernel, by_hand) == 0),
              yes(farthest_apart(kernel, a + b) == 0));
}

/// Which barriers a kernel has.
enum class Barriers { all, first, none };

// [tree]
/// \param number  which number each thread takes, as if the threads began in
///                another order
/// \param seen    [step, cell], what lies in shared memory after each step
template <Barriers barriers>
__global__ void sum_up(const float* in, const float* number, float* out,
                       float* seen) {
  SHARED(float, cell, [8]);
  const int me = static_cast<int>(number[threadIdx.x]);
  cell[me] = in[me];
  if (barriers != Barriers::none) __syncthreads();
  seen[me] = cell[me];
  for (int half = 4, step = 1; half > 0; half /= 2, ++step) {
    if (me < half) cell[me] += cell[me + half];
    if (barriers == Barriers::all) __syncthreads();
    seen[step * 8 + me] = cell[me];
  }
  if (me == 0) *out = cell[0];
}
// [tree]

struct Summed {
  double sum;
  Tensor seen;  // [step, cell]
};

template <Barriers barriers>
Summed summed(const std::vector<float>& order) {
  const EmulatedNumbers in({1, 2, 3, 4, 5, 6, 7, 8}), number(order), out({0}),
      seen(std::vector<float>(32));
  launch_kernel<sum_up<barriers>>(Cuda{}, {.blocks = 1, .threads = 8}, in.get(),
                                  number.get(), out.get(), seen.get());
  return {out.read()[0], tensor_of<float>({4, 8}, seen.read())};
}

const std::vector<float> forwards{0, 1, 2, 3, 4, 5, 6, 7},
    backwards{7, 6, 5, 4, 3, 2, 1, 0}, mixed{4, 5, 6, 7, 2, 0, 3, 1};

std::string number_or_nan(double x) { return std::isnan(x) ? "NaN" : text(x); }

template <Barriers barriers>
void print_sums(const char* name) {
  std::printf("%-14s", name);
  for (const auto& order : {forwards, backwards, mixed})
    std::printf("%11s", number_or_nan(summed<barriers>(order).sum).c_str());
  std::printf("\n");
}

void head_of_sums() {
  std::printf("%-14s%11s%11s%11s\n", "threads begin", "forwards", "backwards",
              "mixed");
}

void a_tree() {
  std::cout << "\n== Eight numbers in three steps ==\n";
  const Summed result = summed<Barriers::all>(forwards);
  std::cout << text_of(result.seen,
                       {.digits = 3,
                        .edge = 8,
                        .rows = {"loaded", "step 1", "step 2", "step 3"}});
  std::cout << "\n\n";
  head_of_sums();
  print_sums<Barriers::all>("all barriers");
  write_picture(
      "tree.svg",
      heat_map(result.seen,
               {.title = "Shared memory of a block that adds up 1 to 8",
                .rows = {"loaded", "step 1", "step 2", "step 3"},
                .columns = {"0", "1", "2", "3", "4", "5", "6", "7"}}));
}

// [warp]
__global__ void sum_lanes(const float* in, float* out) {
  float x = in[threadIdx.x];
  for (int bit = 16; bit > 0; bit /= 2) x += __shfl_xor_sync(~0u, x, bit);
  out[threadIdx.x] = x;
}
// [warp]

// [four-lanes]
/// \param seen  [step, lane]
__global__ void four_lanes(const float* in, float* seen) {
  float x = in[threadIdx.x];
  seen[threadIdx.x] = x;
  for (int bit = 2, step = 1; bit > 0; bit /= 2, ++step) {
    x += __shfl_xor_sync(0xf, x, bit);
    seen[step * 4 + threadIdx.x] = x;
  }
}
// [four-lanes]

/// The library's, across a block.
__global__ void sum_of_block(const float* in, float* out) {
  SHARED(float, slots, [warp_size]);
  const float sum = block_join(in[threadIdx.x], 0.0f, slots, Add{});
  if (threadIdx.x == 0) *out = sum;
}

void lanes() {
  std::cout << "\n== Four lanes ==\n";
  const EmulatedNumbers four({1, 2, 3, 4}), seen(std::vector<float>(12));
  launch_kernel<four_lanes>(Cuda{}, {.blocks = 1, .threads = 4}, four.get(),
                            seen.get());
  std::cout << text_of(tensor_of<float>({3, 4}, seen.read()),
                       {.rows = {"lane has", "bit 2", "bit 1"},
                        .columns = {"0", "1", "2", "3"}})
            << "\n";
  const Tensor x = random_normal({256}, 1, {.seed = 3});
  const Tensor lane_numbers = slice(x, 0, 0, 32);
  const EmulatedNumbers all = on_device(x), warp(std::vector<float>(32)),
                        block({0});
  launch_kernel<sum_lanes>(Cuda{}, {.blocks = 1, .threads = 32}, all.get(),
                           warp.get());
  launch_kernel<sum_of_block>(Cuda{}, {.blocks = 1, .threads = 256}, all.get(),
                              block.get());
  const std::vector<float> sums = warp.read();
  const auto [least, most] = std::minmax_element(sums.begin(), sums.end());
  std::printf("32 lanes, as the library's sum: %s; all have it: %s\n",
              yes(std::abs(sums[0] - sum(lane_numbers).item()) < 1e-5),
              yes(*least == *most));
  std::printf("256 threads, by block_join:     %s\n",
              yes(std::abs(block.read()[0] - sum(x).item()) < 1e-4));
}

// [two-ways]
/// \param group  how many neighbours go the same way
__global__ void two_ways(int group, float* passes) {
  const bool left = threadIdx.x / group % 2 == 0;
  const unsigned those = __ballot_sync(~0u, left);  // a bit for each lane
  if (threadIdx.x % 32 == 0)
    passes[threadIdx.x / 32] = (those != 0) + (those != ~0u);
}
// [two-ways]

void divergence() {
  std::cout << "\n== Two ways ==\n";
  std::printf("%-30s%s\n", "neighbours that go together",
              "passes of each warp");
  for (const int group : {1, 8, 16, 32, 64}) {
    const EmulatedNumbers passes(std::vector<float>(4));
    launch_kernel<two_ways>(Cuda{}, {.blocks = 1, .threads = 128}, group,
                            passes.get());
    std::printf("%-30d", group);
    for (const float each : passes.read()) std::printf("%2.0f", each);
    std::printf("\n");
  }
}

// [traffic]
/// What a launch asks of global memory. A request is the k-th access of all lanes
/// of a warp, taken together; memory answers in sectors of 32 bytes.
struct Traffic {
  std::map<std::array<unsigned, 2>, unsigned> accesses{};  // block, thread
  std::map<std::array<unsigned, 3>, std::set<std::size_t>>
      requests{};  // block, warp, k
  long long words = 0, products = 0, exponentials = 0;

  void note(const float* address) {
    const unsigned k = accesses[{blockIdx.x, threadIdx.x}]++;
    requests[{blockIdx.x, threadIdx.x / 32, k}].insert(
        reinterpret_cast<std::size_t>(address) / 32);
    ++words;
  }
  long long sectors() const {
    long long all = 0;
    for (const auto& [request, touched] : requests)
      all += static_cast<long long>(touched.size());
    return all;
  }
};
Traffic traffic;

/// Numbers in global memory whose accesses are counted. CUDA writes x[i].
struct Global {
  float* numbers;
  float read(int i) const {
    traffic.note(numbers + i);
    return numbers[i];
  }
  void write(int i, float x) const {
    traffic.note(numbers + i);
    numbers[i] = x;
  }
};
// [traffic]

// [stride]
__global__ void read_with_stride(Global x, int stride, float* out) {
  out[threadIdx.x] = x.read(static_cast<int>(threadIdx.x) * stride);
}
// [stride]

void sectors() {
  std::cout << "\n== Sectors ==\n";
  std::printf("%8s%10s%14s%14s\n", "stride", "sectors", "bytes moved",
              "bytes used");
  const EmulatedNumbers x(std::vector<float>(1024)),
      out(std::vector<float>(32));
  Series moved{.name = "moved"}, used{.name = "used", .stroke = Stroke::dashed};
  for (const int stride : {0, 1, 2, 3, 4, 6, 8, 16, 32}) {
    traffic = {};
    launch_kernel<read_with_stride>(Cuda{}, {.blocks = 1, .threads = 32},
                                    Global{x.get()}, stride, out.get());
    const auto bytes = static_cast<double>(32 * traffic.sectors());
    std::printf("%8d%10lld%14.0f%14d\n", stride, traffic.sectors(), bytes,
                stride == 0 ? 4 : 128);
    if (stride == 0 || stride > 16) continue;
    moved.x.push_back(stride), used.x.push_back(stride);
    moved.y.push_back(bytes), used.y.push_back(128);
  }
  write_picture(
      "sectors.svg",
      line_chart({moved, used},
                 {.title = "A warp reads 32 numbers that lie apart",
                  .x = {.label = "distance from one to the next",
                        .ticks = {1, 2, 4, 8, 16}},
                  .y = {.label = "bytes", .scale = AxisScale::from_zero}}));
}

// Attention three times, for one head. q, k, v and y are [length, width].
constexpr int width = 16, tile = 32;
const float root = std::sqrt(static_cast<float>(width));

float exponential(float x) {
  ++traffic.exponentials;
  return std::exp(x);
}

// [naive]
/// One thread a query. \param score  [query, key], in global memory
__global__ void attend_naive(Global q, Global k, Global v, Global score,
                             Global y, int length) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  float highest = -INFINITY, sum = 0;
  for (int j = 0; j < length; ++j) {
    float fit = 0;
    for (int c = 0; c < width; ++c)
      fit += q.read(i * width + c) * k.read(j * width + c);
    score.write(i * length + j, fit / root);
    highest = std::max(highest, fit / root);
  }
  for (int j = 0; j < length; ++j) {
    const float weight = exponential(score.read(i * length + j) - highest);
    score.write(i * length + j, weight);
    sum += weight;
  }
  for (int c = 0; c < width; ++c) {
    float answer = 0;
    for (int j = 0; j < length; ++j)
      answer += score.read(i * length + j) * v.read(j * width + c);
    y.write(i * width + c, answer / sum);
  }
  traffic.products += 2 * length * width;
}
// [naive]

// [row]
/// One block a query, one thread a key; scores in shared memory.
/// \param apart  x from a column of k to the next, y from a key to the next
__global__ void attend_row(Global q, Global k, Global v, Global y, int2 apart) {
  SHARED(float, query, [width]);
  SHARED(float, weight, [128]);
  SHARED(float, slots, [2][warp_size]);
  const int i = static_cast<int>(blockIdx.x);
  const int j = static_cast<int>(threadIdx.x);
  if (j < width) query[j] = q.read(i * width + j);
  __syncthreads();
  float fit = 0;
  for (int c = 0; c < width; ++c)
    fit += query[c] * k.read(c * apart.x + j * apart.y);
  fit /= root;
  const float highest = block_join(fit, -INFINITY, slots[0], Larger{});
  weight[j] = exponential(fit - highest);
  const float sum = block_join(weight[j], 0.0f, slots[1], Add{});
  __syncthreads();
  if (j < width) {
    float answer = 0;
    for (unsigned key = 0; key < blockDim.x; ++key)
      answer += weight[key] * v.read(static_cast<int>(key) * width + j);
    y.write(i * width + j, answer / sum);
  }
  traffic.products += 2 * width;
}
// [row]

template <Barriers barriers>
void meet() {
  if (barriers == Barriers::all) __syncthreads();
}

// [load]
/// A tile of rows into shared memory, neighbours by neighbours.
__device__ void load(float* shared, Global x, int begin) {
  for (int n = static_cast<int>(threadIdx.x); n < tile * width; n += tile)
    shared[n] = x.read(begin * width + n);
}
// [load]

// [tiled]
/// One thread a query, tiles of keys in shared memory, chapter 15's three numbers.
template <Barriers barriers>
__global__ void attend_tiled(Global q, Global k, Global v, Global y,
                             int length) {
  SHARED(float, keys, [tile * width]);
  SHARED(float, values, [tile * width]);
  const int me = static_cast<int>(threadIdx.x) * width;
  const int first = static_cast<int>(blockIdx.x) * tile;
  float query[width], answer[width] = {}, highest = -INFINITY, sum = 0;
  load(keys, q, first);
  meet<barriers>();
  for (int c = 0; c < width; ++c) query[c] = keys[me + c];
  for (int begin = 0; begin < length; begin += tile) {
    meet<barriers>();  // nobody still reads what is overwritten now
    load(keys, k, begin);
    load(values, v, begin);
    meet<barriers>();
    for (int j = 0; j < tile; ++j) {
      float fit = 0;
      for (int c = 0; c < width; ++c) fit += query[c] * keys[j * width + c];
      const float higher = std::max(highest, fit / root);
      const float shrink = exponential(highest - higher);
      const float weight = exponential(fit / root - higher);
      sum = sum * shrink + weight;
      for (int c = 0; c < width; ++c)
        answer[c] = answer[c] * shrink + weight * values[j * width + c];
      highest = higher;
    }
  }
  meet<barriers>();
  for (int c = 0; c < width; ++c) keys[me + c] = answer[c] / sum;
  meet<barriers>();
  for (int n = static_cast<int>(threadIdx.x); n < tile * width; n += tile)
    y.write(first * width + n, keys[n]);
  traffic.products += 2 * length * width;
}
// [tiled]

/// One head's tokens, in the library and on the device.
struct Head {
  int length;
  Tensor q, k, v;  // [batch, length, d_head]
  EmulatedNumbers on_q, on_k, on_v, on_y;

  explicit Head(int tokens)
      : length(tokens),
        q(random_normal({1, tokens, width}, 1, {.seed = 1})),
        k(random_normal({1, tokens, width}, 1, {.seed = 2})),
        v(random_normal({1, tokens, width}, 1, {.seed = 3})),
        on_q(q.to_vector<float>()),
        on_k(k.to_vector<float>()),
        on_v(v.to_vector<float>()),
        on_y(std::vector<float>(q.to_vector<float>().size())) {}
  Global global_q() const { return {on_q.get()}; }
  Global global_k() const { return {on_k.get()}; }
  Global global_v() const { return {on_v.get()}; }
  Global global_y() const { return {on_y.get()}; }
  bool right() const {
    // [library]
    const Tensor library =  // [batch, query, d_model]
        attend(Variable(q), Variable(k), Variable(v), {.heads = 1}).value();
    // [library]
    const Tensor came = tensor_of<float>({1, length, width}, on_y.read());
    return farthest_apart(came, library) < 1e-5;
  }
};

void run_naive(const Head& head) {
  const EmulatedNumbers score(
      std::vector<float>(static_cast<std::size_t>(head.length * head.length)));
  // [launch-naive]
  launch_kernel<attend_naive>(
      Cuda{}, {.blocks = divide_up(head.length, 32), .threads = 32},
      head.global_q(), head.global_k(), head.global_v(), Global{score.get()},
      head.global_y(), head.length);
  // [launch-naive]
}

void launch_row(const Head& head, const EmulatedNumbers& k, int2 apart) {
  const auto length = static_cast<unsigned>(head.length);
  launch_kernel<attend_row>(Cuda{}, {.blocks = length, .threads = length},
                            head.global_q(), Global{k.get()}, head.global_v(),
                            head.global_y(), apart);
}

void run_row(const Head& head) { launch_row(head, head.on_k, {1, width}); }

void run_turned(const Head& head) {
  // [turned]
  const Tensor k =  // [d_head, key]
      transpose(head.k.reshape({head.length, width}));
  launch_row(head, on_device(k), {head.length, 1});
  // [turned]
}

template <Barriers barriers>
void run_tiled(const Head& head) {
  launch_kernel<attend_tiled<barriers>>(
      Cuda{}, {.blocks = divide_up(head.length, tile), .threads = tile},
      head.global_q(), head.global_k(), head.global_v(), head.global_y(),
      head.length);
}

using Run = void (*)(const Head&);
const std::vector<std::pair<const char*, Run>> kernels{
    {"naive", run_naive},
    {"a block a row", run_row},
    {"row, K turned", run_turned},
    {"tiles", run_tiled<Barriers::all>}};

void head_of_attention() {
  std::printf("%-15s%10s%7s%11s%10s%12s%7s\n", "", "products", "exp",
              "asked for", "moved", "products a", "right");
  std::printf("%-15s%17s%11s%10s%12s\n", "", "", "bytes", "bytes", "byte");
}

void attention_line(const char* name, Run run, const Head& head) {
  traffic = {};
  run(head);
  const double moved = 32.0 * static_cast<double>(traffic.sectors());
  std::printf("%-15s%10lld%7lld%11lld%10.0f%12.2f%7s\n", name, traffic.products,
              traffic.exponentials, 4 * traffic.words, moved,
              static_cast<double>(traffic.products) / moved, yes(head.right()));
}

void attention() {
  std::cout << "\n== Attention three times ==\n";
  head_of_attention();
  const Head head(64);
  for (const auto& [name, run] : kernels) attention_line(name, run, head);
  const std::size_t least = 4 * 4 * 64 * width;
  std::printf("%-15s%17s%11zu%10zu\n", "at least", "", least, least);
}

void lengths() {
  std::cout << "\n== Bytes moved ==\n";
  std::vector<Series> lines;
  for (const auto& [name, run] : kernels) lines.push_back({.name = name});
  Series least{.name = "at least", .stroke = Stroke::dashed};
  std::printf("%8s%12s%15s%15s%9s%10s\n", "length", "naive", "a block a row",
              "row, K turned", "tiles", "at least");
  for (const int length : {32, 64, 128}) {
    const Head head(length);
    std::printf("%8d", length);
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      traffic = {};
      kernels[i].second(head);
      lines[i].x.push_back(length);
      lines[i].y.push_back(32.0 * static_cast<double>(traffic.sectors()));
      std::printf("%*.0f", std::array{12, 15, 15, 9}[i], lines[i].y.back());
    }
    least.x.push_back(length), least.y.push_back(16.0 * length * width);
    std::printf("%10.0f\n", least.y.back());
  }
  lines.push_back(least);
  write_picture(
      "lengths.svg",
      line_chart(lines, {.title = "Bytes moved to and from global memory",
                         .x = {.label = "tokens",
                               .scale = AxisScale::log,
                               .ticks = {32, 64, 128}},
                         .y = {.label = "bytes", .scale = AxisScale::log}}));
}

// [wait-in-half]
__global__ void wait_in_half(float* out) {
  if (threadIdx.x < 32) __syncthreads();
  out[threadIdx.x] = 1;
}
// [wait-in-half]

// [absent]
__global__ void ask_the_absent(float* out) {
  out[threadIdx.x] = __shfl_down_sync(~0u, 1.0f, 16);
}
// [absent]

// [elsewhere]
__global__ void meet_elsewhere(float* out) {
  if (threadIdx.x % 2 == 0)
    out[threadIdx.x] = __shfl_xor_sync(~0u, 1.0f, 1);
  else
    out[threadIdx.x] = __shfl_xor_sync(~0u, 2.0f, 1);
}
// [elsewhere]

// [beyond]
__global__ void double_row(float* rows, int columns) {
  float* row = rows + blockIdx.x * columns;
  for (int i = threadIdx.x; i <= columns; i += blockDim.x) row[i] *= 2;
}
// [beyond]

/// What the emulator says, without the folders of this machine and addresses.
void print_answer(const char* name, const std::function<void()>& launch) {
  std::string answer = "nothing";
  try {
    launch();
  } catch (const Error& error) {
    answer = std::regex_replace(error.what(), std::regex("[^ ]*/"), "");
    answer = std::regex_replace(answer, std::regex("0x[0-9a-f]+"), "0x…");
  }
  answer = std::regex_replace(
      answer, std::regex("(,|;) (thread|it may|a block has)"), "$1\n  $2");
  std::cout << name << ": ";
  std::cout << answer << "\n";
}

void what_it_says() {
  std::cout << "\n== What the emulator says ==\n";
  const EmulatedNumbers out(std::vector<float>(64));
  std::vector<float> on_the_host(64);
  print_answer("a barrier in a branch", [&] {
    launch_kernel<wait_in_half>(Cuda{}, {.blocks = 1, .threads = 64},
                                out.get());
  });
  print_answer("a lane that is not there", [&] {
    launch_kernel<ask_the_absent>(Cuda{}, {.blocks = 1, .threads = 20},
                                  out.get());
  });
  print_answer("a meeting in two places", [&] {
    launch_kernel<meet_elsewhere>(Cuda{}, {.blocks = 1, .threads = 32},
                                  out.get());
  });
  print_answer("an address of the host", [&] {
    launch_kernel<wait_in_half>(Cuda{}, {.blocks = 1, .threads = 32},
                                on_the_host.data());
  });
  print_answer("too many threads", [&] {
    launch_kernel<wait_in_half>(Cuda{}, {.blocks = 1, .threads = 2048},
                                out.get());
  });
  const EmulatedNumbers rows(std::vector<float>(12, 1));
  print_answer("an index too far", [&] {
    launch_kernel<double_row>(Cuda{}, {.blocks = 3, .threads = 4}, rows.get(),
                              4);
  });
  std::cout << "\nthree rows of ones, doubled, with the index too far:\n"
            << text_of(tensor_of<float>({3, 4}, rows.read())) << "\n";
}

void without_barriers() {
  std::cout << "== Eight numbers in three steps ==\n";
  head_of_sums();
  print_sums<Barriers::all>("all barriers");
  print_sums<Barriers::first>("none in loop");
  print_sums<Barriers::none>("none at all");
  std::cout << "\nthreads forwards, none in the loop:\n"
            << text_of(summed<Barriers::first>(forwards).seen,
                       {.digits = 3,
                        .edge = 8,
                        .rows = {"loaded", "step 1", "step 2", "step 3"}})
            << "\n== Attention in tiles ==\n";
  head_of_attention();
  const Head head(64);
  attention_line("tiles", run_tiled<Barriers::all>, head);
  attention_line("no barriers", run_tiled<Barriers::none>, head);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && argv[2] == std::string("barrier")) {
    without_barriers();
    return 0;
  }
  four_threads();
  a_thousand_numbers();
  a_tree();
  lanes();
  divergence();
  sectors();
  attention();
  lengths();
  what_it_says();
}
