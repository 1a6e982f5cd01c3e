// Chapter 11: teacher forcing; a layer of the decoder; cross entropy with
// smoothing; Adam's first steps and the warm-up; a small Transformer is
// trained. Draws teacher.svg, steps.svg, schedule.svg, learning.svg and
// looks.svg into the folder where it is started. --without mask, warm_up,
// smoothing; --with sentence="Das Kind isst." translates that.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>

#include "lectern.h"
#include "settings.h"
#include "tasks/metrics/bleu.h"
#include "tasks/report/pictures.h"
#include "tasks/text/batches.h"
#include "tasks/text/word_tokenizer.h"
#include "tasks/translation/toy_corpus.h"

using namespace lectern;

namespace {

const SentencePair ours{"Heute hat sie dem großen Pferd geholfen.",
                        "Today she helped the big horse."};

double largest_difference(const Tensor& a, const Tensor& b) {
  return max_last(absolute(a - b).reshape({-1})).item();
}

void teacher() {
  std::cout << "== What it reads, and what it is to say ==\n";
  // [teacher]
  const std::vector<std::string> words = split_words(ours.target);
  std::vector<std::string> reads{"<s>"}, says = words;
  reads.insert(reads.end(), words.begin(), words.end());
  says.push_back("</s>");
  // [teacher]
  std::printf("%-8s%s\n", "reads", "is to say");
  for (std::size_t i = 0; i < reads.size(); ++i)
    std::printf("%-8s%s\n", reads[i].c_str(), says[i].c_str());
  // [who-sees]
  const Tensor scores = zeros({1, 1, 8, 8});  // [batch, head, query, key]
  const Tensor weights = softmax(mask_scores(scores, causal_mask()));
  // [who-sees]
  Tensor sees = zeros({8, 8});  // [query, key]
  for (std::int64_t query = 0; query < 8; ++query)
    for (std::int64_t key = 0; key < 8; ++key)
      sees.set({query, key}, weights.at({0, 0, query, key}) > 0 ? 1 : 0);
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < reads.size(); ++i)
    rows.push_back(reads[i] + " → " + says[i]);
  std::printf("questions in one pass: %d\n", static_cast<int>(rows.size()));
  write_picture("teacher.svg", heat_map(sees, {.title = "Who may look at whom",
                                               .rows = rows,
                                               .columns = reads}));
}

// [decoder-layer]
using Weights = std::map<std::string, Variable>;

/// \param x     [batch, target, d_model]
/// \param mask  which words of the target may look at which: causal_mask()
Variable decoder_layer(const Weights& w, const std::string& layer,
                       const Variable& x, const EncoderOutput& memory,
                       const Mask& mask) {
  const auto project = [&](const Variable& y, const std::string& name) {
    return linear(y, w.at(layer + name + ".weight"),
                  w.at(layer + name + ".bias"));
  };
  const auto norm = [&](const Variable& y, const std::string& name) {
    return layer_norm(y, w.at(layer + name + ".weight"),
                      w.at(layer + name + ".bias"));
  };
  const auto attention = [&](const std::string& name, const Variable& looks,
                             const Variable& looked_at, const Mask& rule) {
    const Variable heads = attend(  // [batch, target, d_model]
        project(looks, name + ".query"), project(looked_at, name + ".key"),
        project(looked_at, name + ".value"), {.heads = 4, .mask = rule});
    return project(heads, name + ".output");
  };
  const Variable heard = norm(x + attention("self_attention", x, x, mask),
                              "norm1");  // [batch, target, d_model]
  const Variable seen =
      norm(heard + attention("cross_attention", heard, memory.states,
                             padding_mask(memory.lengths)),
           "norm2");  // [batch, target, d_model]
  const Variable hidden = relu(project(seen, "feed_forward.linear1"));
  return norm(seen + project(hidden, "feed_forward.linear2"), "norm3");
}
// [decoder-layer]

constexpr std::int64_t d_model = 64;

// [decoder]
/// What the decoder makes of the words read: [batch, target, d_model].
Variable decoder(const Transformer& model, const Weights& w,
                 const Tensor& target, const EncoderOutput& memory,
                 const Mask& mask) {
  const Variable words =  // [batch, target, d_model]
      embedding(w.at("target_embedding.weight"), target) * std::sqrt(d_model);
  Variable x = (*model.positions())(words);
  for (int i = 0; i < model.options().num_decoder_layers; ++i)
    x = decoder_layer(w, "decoder.layers." + std::to_string(i) + ".", x, memory,
                      mask);
  return x;
}
// [decoder]

Weights weights_of(Module& model) {
  Weights weights;
  for (const NamedParameter& each : parameters(model))
    weights[each.name] = each.variable;
  return weights;
}

TransformerOptions small(std::int64_t source_vocab, std::int64_t target_vocab) {
  return {.source_vocab = source_vocab,
          .target_vocab = target_vocab,
          .d_model = d_model,
          .nhead = 4,
          .num_encoder_layers = 2,
          .num_decoder_layers = 2,
          .dim_feedforward = 128,
          .dropout = 0,
          .attention_dropout = 0,
          .norm_first = false,  // as in the paper
          .max_length = 32};
}

void a_layer() {
  std::cout << "\n== The decoder ==\n";
  Initializer init(1);
  Transformer model(small(20, 20), init);
  const Weights weights = weights_of(model);
  // [equal]
  const Tokens source{ids({{4, 5, 6, 7, 2}}), ids({5})};
  const Tensor target = ids({{1, 8, 9, 10, 11}});  // [batch, target]
  const EncoderOutput memory = model.encode(source);
  const Variable defined =  // [batch, target, d_model]
      decoder(model, weights, target, memory, causal_mask());
  const Variable library = model.decode_states(target, memory);
  // [equal]
  std::cout << "by definition and in the library, the same: "
            << (largest_difference(defined.value(), library.value()) < 1e-5
                    ? "yes"
                    : "no")
            << "\n";
  // [last-word]
  const Tensor other = ids({{1, 8, 9, 10, 15}});  // another last word
  const auto moved = [&](const Mask& mask) {
    const Variable before = decoder(model, weights, target, memory, mask);
    const Variable after = decoder(model, weights, other, memory, mask);
    return largest_difference(slice(before.value(), 1, 0, 4),
                              slice(after.value(), 1, 0, 4));
  };
  // [last-word]
  std::printf(
      "another last word moves those before it, with the mask     %.4f\n",
      moved(causal_mask()));
  std::printf("another last word moves those before it, without the mask  %s\n",
              moved(no_mask()) > 0.01 ? "more than 0.01" : "hardly");
}

void surprise() {
  std::cout << "\n== Surprise by hand ==\n";
  // [surprise]
  const double logits[3] = {2, 1, 0.1};
  const double sum = std::exp(2) + std::exp(1) + std::exp(0.1);
  double p[3], q[3], loss = 0, plain = 0;
  for (int i = 0; i < 3; ++i) {
    p[i] = std::exp(logits[i]) / sum;
    q[i] = (i == 0 ? 0.9 : 0) + 0.1 / 3;  // smoothed by 0.1; the first is right
    loss -= q[i] * std::log(p[i]);
  }
  plain = -std::log(p[0]);
  // [surprise]
  std::printf("%-24s%8s%8s%8s\n", "", "helped", "hit", "horse");
  std::printf("%-24s%8.4f%8.4f%8.4f\n", "p, the network's", p[0], p[1], p[2]);
  std::printf("%-24s%8.4f%8.4f%8.4f\n", "q, smoothed", q[0], q[1], q[2]);
  std::printf("%-24s%8.4f%8.4f%8.4f\n", "p - q", p[0] - q[0], p[1] - q[1],
              p[2] - q[2]);
  // [surprise-library]
  const Variable s = Variable::parameter(matrix({{2, 1, 0.1}}));
  const Variable library = cross_entropy(s, ids({0}), {.label_smoothing = 0.1});
  backward(library);
  // [surprise-library]
  // [surprise-definition]
  const Variable t = Variable::parameter(matrix({{2, 1, 0.1}}));
  const Tensor wanted = 0.9 * one_hot(ids({0}), 3) + 0.1 / 3;  // [row, vocab]
  const Variable defined = -sum_axis(Variable(wanted) * log(softmax(t)), -1);
  // [surprise-definition]
  std::printf("%-24s%8.4f%8.4f%8.4f\n", "the library's gradient",
              s.gradient().at({0, 0}), s.gradient().at({0, 1}),
              s.gradient().at({0, 2}));
  std::printf("loss by hand %.4f, by definition %.4f, library %.4f\n", loss,
              defined.value().item(), library.value().item());
  std::printf("without smoothing %.4f\n", plain);
  std::cout << "\n== The least loss, smoothed by 0.1 ==\n";
  // [least]
  for (const int vocab : {3, 318}) {
    const double share = 0.1 / vocab, right = 0.9 + share;
    const double least = -right * std::log(right) -
                         (vocab - 1) * share * std::log(share);  // p = q
    std::printf("%3d words: loss %.4f, of which surprise %.4f\n", vocab, least,
                -std::log(right));
  }
  // [least]
}

void first_steps() {
  std::cout << "\n== Adam's first steps ==\n";
  // [adam-by-hand]
  const double beta1 = 0.9, beta2 = 0.98;
  for (const double g : {100.0, 0.01}) {
    const double m = (1 - beta1) * g, v = (1 - beta2) * g * g;
    const double step = (m / (1 - beta1)) / std::sqrt(v / (1 - beta2));
    std::printf("gradient %6.2f   first step %.3f times the rate\n", g, step);
  }
  // [adam-by-hand]
  // [noise]
  Variable w = Variable::parameter(zeros({10000}));
  Adam adam({{"w", w}}, {.beta2 = 0.98});
  Series size{.name = "with gradients of noise"};
  for (std::uint32_t t = 1; t <= 200; ++t) {
    const Tensor before = w.value().clone();
    w.set_gradient(random_normal({10000}, 1, {.seed = 4, .step = t}));
    adam.step({.learning_rate = 1});
    const Tensor moved = w.value() - before;
    size.y.push_back(std::sqrt(mean(moved * moved).item()));
  }
  // [noise]
  std::printf("\n%-24s", "step");
  for (const int t : {1, 2, 5, 20, 200}) std::printf("%8d", t);
  std::printf("\n%-24s", "its size, from noise");
  for (const std::size_t t : {0, 1, 4, 19, 199})
    std::printf("%8.2f", size.y[t]);
  std::printf("\n");
  write_picture("steps.svg",
                line_chart({size}, {.title = "How far Adam goes on nothing but "
                                             "noise, in learning rates",
                                    .x = {.label = "step"},
                                    .y = {.label = "size of a step",
                                          .scale = AxisScale::from_zero}}));
}

void warm_up() {
  std::cout << "\n== Warm-up by hand ==\n";
  // [noam]
  const auto paper = [](double step, double warmup) {
    return std::pow(512, -0.5) *
           std::min(std::pow(step, -0.5), step * std::pow(warmup, -1.5));
  };
  const Schedule schedule{.kind = Schedule::Kind::noam,
                          .peak = std::pow(512 * 4000.0, -0.5),
                          .warmup_steps = 4000};
  // [noam]
  std::printf("%8s%14s%14s\n", "step", "equation 3", "library");
  for (const int step : {1, 1000, 4000, 16000, 100000})
    std::printf("%8d%14.7f%14.7f\n", step, paper(step, 4000),
                schedule.learning_rate(step));
  std::vector<Series> curves;
  for (const double warmup : {4000.0, 8000.0}) {
    Series curve{.name =
                     "warm-up of " + std::to_string(static_cast<int>(warmup))};
    for (double step = 100; step <= 40000; step += 100) {
      curve.x.push_back(step);
      curve.y.push_back(1000 * paper(step, warmup));
    }
    curves.push_back(curve);
  }
  write_picture("schedule.svg",
                line_chart(curves, {.title = "The paper's learning rate",
                                    .x = {.label = "step"},
                                    .y = {.label = "rate · 1000",
                                          .scale = AxisScale::from_zero}}));
}

struct Recipe {
  std::string name = "with everything";
  bool warm_up = true, smoothing = true, mask = true;
  // [schedule]
  Schedule schedule{.peak = 0.005, .warmup_steps = 80};
  // [schedule]
};

/// The toy corpus as tokens, which are whole words.
struct Data {
  std::unique_ptr<Tokenizer> german, english;
  std::vector<TokenPair> train{}, valid{};
  std::vector<SentencePair> test{};
};

Data make_data() {
  // [data]
  const ToyCorpus corpus = make_toy_corpus();
  std::vector<SentencePair> train;
  for (const SentencePair& pair : corpus.train)
    if (pair.source != ours.source) train.push_back(pair);  // not ours
  std::vector<std::string> german, english;
  for (const SentencePair& pair : train) {
    german.push_back(pair.source);
    english.push_back(pair.target);
  }
  const TokenizerOptions words{.kind = TokenizerKind::word};
  Data data{train_tokenizer(german, words), train_tokenizer(english, words)};
  // [data]
  const auto tokens = [&](const std::vector<SentencePair>& pairs) {
    return encode_corpus(pairs, *data.german, *data.english, 30).pairs;
  };
  data.train = tokens(train);
  data.valid = tokens({corpus.valid.begin(), corpus.valid.begin() + 100});
  data.test = {corpus.test.begin(), corpus.test.begin() + 100};
  return data;
}

std::string translate(const Transformer& model, const Data& data,
                      const std::string& sentence) {
  // [translate]
  const Batch batch = make_source_batch({data.german->encode(sentence)}, {0});
  Decoder decoder(model, {batch.source, batch.source_lengths});
  const auto found =
      beam_search(decoder, {.beam_size = 1, .max_lengths = {20}});
  return data.english->decode(found[0][0].tokens);
  // [translate]
}

struct Learned {
  Series train, valid;
  std::string title;
  double bleu = 0;
  std::string translation{};
};

Learned learn(const Recipe& recipe, const Data& data, Transformer& model) {
  Weights w = weights_of(model);
  const Mask mask = recipe.mask ? causal_mask() : no_mask();
  const auto loss_of = [&](const Batch& batch, double smoothing) {
    // [loss]
    const EncoderOutput memory =
        model.encode({batch.source, batch.source_lengths});
    const Variable states =  // [batch, target, d_model]
        decoder(model, w, batch.target_input, memory, mask);
    return cross_entropy(
        model.logits(states), batch.target_output,
        {.label_smoothing = smoothing, .ignore = Tokenizer::pad});
    // [loss]
  };
  std::vector<std::int64_t> all(data.valid.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<std::int64_t>(i);
  const Batch valid = make_batch(data.valid, all);

  Learned learned{.train = {.name = "in training"},
                  .valid = {.name = "new sentences"},
                  .title = "Training, " + recipe.name};
  // [training]
  const Schedule& schedule = recipe.schedule;
  Adam adam(parameters(model), {.beta2 = 0.98, .epsilon = 1e-9});
  std::int64_t step = 0;
  for (std::uint32_t epoch = 0; step < 600; ++epoch)
    for (const auto& which :
         plan_epoch(data.train, {.batch_tokens = 1024}, 1, epoch)) {
      if (++step > 600) break;
      const std::int64_t at =
          recipe.warm_up ? step : std::max(step, schedule.warmup_steps);
      const Variable loss =
          loss_of(make_batch(data.train, which), recipe.smoothing ? 0.1 : 0);
      minimise(loss, adam, schedule.learning_rate(at));
      // [training]
      if (step % 20 != 0) continue;
      const NoGradient no_gradient;
      for (Series* series : {&learned.train, &learned.valid})
        series->x.push_back(static_cast<double>(step));
      learned.train.y.push_back(loss.value().item());
      learned.valid.y.push_back(loss_of(valid, 0).value().item());
    }
  Lines said, references;
  for (const SentencePair& pair : data.test) {
    said.push_back(translate(model, data, pair.source));
    references.push_back(pair.target);
  }
  learned.bleu = bleu(said, {references}).score;
  learned.translation = translate(model, data, ours.source);
  return learned;
}

/// How many words of our sentence come out right, in their places.
int right_words(const std::string& said) {
  const std::vector<std::string> ours_said = split_words(said);
  const std::vector<std::string> wanted = split_words(ours.target);
  int right = 0;
  for (std::size_t i = 0; i < std::min(ours_said.size(), wanted.size()); ++i)
    right += ours_said[i] == wanted[i];
  return right;
}

void print(const Learned& learned) {
  std::cout << "== Training ==\n";
  std::printf("%-28s%8s%8s%8s%8s\n", "step", "100", "200", "400", "600");
  std::printf("%-28s", "loss in training");
  for (const std::size_t i : {4, 9, 19, 29})
    std::printf("%8.2f", learned.train.y[i]);
  std::printf("\n%-28s", "surprise on new sentences");
  for (const std::size_t i : {4, 9, 19, 29})
    std::printf("%8.2f", learned.valid.y[i]);
  std::printf("\nBLEU of 100 new sentences %.0f\n", learned.bleu);
  std::printf("words of our sentence right %d of 7\n",
              right_words(learned.translation));
}

void draw(const Learned& learned, const std::string& name) {
  write_picture(
      name,
      line_chart({learned.train, learned.valid},
                 {.title = learned.title,
                  .x = {.label = "step"},
                  .y = {.label = "loss", .scale = AxisScale::from_zero}}));
}

void who_looked_at_whom(Transformer& model, const Data& data,
                        const SentencePair& pair) {
  // [watch]
  const Batch batch = make_batch(
      {{data.german->encode(pair.source), data.english->encode(pair.target)}},
      {0});
  AttentionWatch watch(model);
  model({batch.source, batch.source_lengths}, batch.target_input);
  // [watch]
  std::vector<std::string> rows = split_words(pair.target);
  std::vector<std::string> columns = split_words(pair.source);
  rows.push_back("</s>"), columns.push_back("</s>");
  for (const AttentionWatch::Seen& seen : watch.seen())
    if (seen.name == "decoder.layers.1.cross_attention") {
      const Tensor looks =  // [target, source], the mean of four heads
          select(mean_axis(seen.weights[0], 1), 0, 0);
      write_picture(
          "looks.svg",
          heat_map(looks, {.title = "What the decoder looks at before "
                                    "it says a word",
                           .rows = rows,
                           .columns = columns}));
    }
}

/// The words of a sentence that the corpus does not have.
std::vector<std::string> unknown_words(const Data& data,
                                       const std::string& sentence) {
  std::vector<std::string> unknown;
  for (const std::string& word : split_words(sentence))
    if (data.german->encode(word) == std::vector{Tokenizer::unknown})
      unknown.push_back(word);
  return unknown;
}

/// A schedule and a sentence of one's own.
void as_you_like(const Settings& settings) {
  const std::string sentence = settings.text("sentence");
  if (split_words(sentence).size() > 30)
    Settings::refuse("sentence", text(split_words(sentence).size(),
                                      " words came; expected at most 30"));
  std::cout << "== " << settings.line() << " ==" << std::endl;
  const Data data = make_data();
  for (const std::string& word : unknown_words(data, sentence))
    std::cout << "not in the corpus: " << word << "\n";
  Recipe recipe;
  recipe.name = settings.text("learning_rate") + " after " +
                settings.text("warm_up") + " steps";
  recipe.schedule = {.peak = settings.number("learning_rate"),
                     .warmup_steps = settings.whole("warm_up")};
  Initializer init(1);
  Transformer model(small(data.german->size(), data.english->size()), init);
  const Learned learned = learn(recipe, data, model);
  print(learned);
  draw(learned, "learning.svg");
  const std::string said = translate(model, data, sentence);
  std::cout << "\n== Your sentence ==\n" << sentence << "\n" << said << "\n";
  who_looked_at_whom(model, data, {sentence, said});
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings(
      {{.name = "learning_rate",
        .says = "at its highest",
        .book = "0.005",
        .values = {"0.0002", "0.0005", "0.001", "0.002", "0.005", "0.01",
                   "0.02", "0.05"}},
       {.name = "warm_up",
        .says = "steps until it is reached",
        .book = "80",
        .values = {"1", "10", "40", "80", "200", "400"}},
       {.name = "sentence",
        .says = "a German sentence, to be translated",
        .book = ours.source,
        .values = {"Das müde Kind kann eine Tasche wegwerfen.",
                   "Das Kind hat das Zimmer nicht gemalt."},
        .is_text = true}},
      argc, argv);
  if (settings.changed()) return as_you_like(settings), 0;
  const std::string part = argc > 2 ? argv[2] : "";
  Recipe recipe;
  if (part == "warm_up") recipe = {"without warm-up", false, true, true};
  if (part == "smoothing") recipe = {"without smoothing", true, false, true};
  if (part == "mask") recipe = {"without mask", true, true, false};
  if (part.empty()) {
    teacher();
    a_layer();
    surprise();
    first_steps();
    warm_up();
    std::cout << "\n";
  }
  const Data data = make_data();
  if (part.empty())
    std::printf(
        "== The text ==\npairs of sentences %d\nGerman words %d\n"
        "English words %d\n\n",
        static_cast<int>(data.train.size()), data.german->size(),
        data.english->size());
  Initializer init(1);
  Transformer model(small(data.german->size(), data.english->size()), init);
  const Learned learned = learn(recipe, data, model);
  print(learned);
  if (part == "mask" || part == "warm_up")
    draw(learned, "without_" + part + ".svg");
  if (!part.empty()) return 0;
  std::cout << ours.source << "\n" << learned.translation << "\n";
  draw(learned, "learning.svg");
  who_looked_at_whom(model, data, ours);
}
