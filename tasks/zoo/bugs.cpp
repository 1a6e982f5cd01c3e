#include "tasks/zoo/bugs.h"

#include "tensor/check.h"

namespace lectern {

const std::array<BugNotes, 10> bug_notes = {{
    {.bug = Bug::leaky_mask,
     .title = "A leaky mask",
     .mistake = "The decoder's self-attention has no causal mask: while it learns, a word sees the "
                "words behind it, the one that it is to say among them.",
     .curve =
         "Both losses fall far below the healthy ones, since the answer stands in the input. "
         "When it writes, nothing stands there, and it has learned nothing else: BLEU stays at "
         "zero.",
     .mend = "`causal_mask()` in `attention/mask.h`. Change the last word that the decoder "
             "reads: the logits before it must not move.",
     .sign = Sign::looks_ahead,
     .instrument = "another last word moves the logits before it by at most"},
    {.bug = Bug::missing_scale,
     .title = "A missing scale",
     .mistake = "The scores are not divided by √d_head before the softmax.",
     .curve = "Learning is slow from the first steps on: the softmax begins nearly decided, "
              "where its derivative is next to nothing, and each word looks at one other "
              "that chance chose.",
     .mend =
         "Equation 1 of Vaswani et al. 2017; attention/scaled_dot_product.h. Look at the weights "
         "of a model that has learned nothing: they should be nearly even.",
     .sign = Sign::entropy,
     .instrument = "entropy of the first attention before training, of the most that it can be"},
    {.bug = Bug::xavier_embeddings,
     .title = "Xavier embeddings",
     .mistake = "The tables of word vectors begin as Xavier's matrices do, by a loop over all that "
                "has two axes, instead of as N(0, 1/d).",
     .curve = "Beside 400 pieces and a width of 64 the vectors are too small by a factor of "
              "1.9, and some steps of Adam make up for that. The factor is `√((vocab + d) / "
              "2d)`: beside 32,000 pieces and a width of 512 it is 5.6, and the positions "
              "drown the words.",
     .mend = "`EmbeddingInit` in `nn/embedding.h`. Compare the size of a scaled word "
             "vector's numbers with the positions', which is 0.71.",
     .sign = Sign::word_size,
     .instrument = "size of a scaled word vector's numbers before training"},
    {.bug = Bug::no_warm_up,
     .title = "No warm-up",
     .mistake = "The learning rate has its full size in the first step.",
     .curve = "Adam's first steps are as large as the rate, whatever the gradient; with the "
              "norms behind the sums, the first ones throw the weights where they come back "
              "from slowly or not at all.",
     .mend = "`Schedule::warmup_steps` in `nn/optim/schedule.h`, or norms in front of the "
             "sublayers.",
     .sign = Sign::first_step,
     .instrument = "the first step moves the weights by, of their size"},
    {.bug = Bug::shifted_target,
     .title = "A target that is not shifted",
     .mistake = "The decoder reads the sentence that it is to say, in the same places, instead of "
                "<s> and the sentence one place later.",
     .curve = "To copy a word from input to output is learned in some dozens of steps; the "
              "loss is next to nothing at once, earlier and lower than with any other "
              "mistake. BLEU is zero: when it writes, it copies the <s> that it reads, again "
              "and again, and no word comes.",
     .mend = "`make_batch` in `tasks/text/batches.h` gives the two as `target_input` and "
             "`target_output`. Print both, one above the other.",
     .sign = Sign::reads_the_answer,
     .instrument = "places where the decoder reads the very word that it is to say"},
    {.bug = Bug::padding_in_the_loss,
     .title = "Padding in the loss",
     .mistake = "The mean of the loss counts the padding behind short sentences.",
     .curve = "Padding is easy to foresee, so the reported loss is lower than the healthy "
              "one from the first points on, by about the share of padding; the translations "
              "are not better for it.",
     .mend = "`CrossEntropyOptions::ignore` in `tensor/ops/cross_entropy.h`. The loss of a "
             "batch must not change when a column of padding is added.",
     .sign = Sign::counted_padding,
     .instrument = "padding among what the loss counts"},
    {.bug = Bug::bleu_on_subwords,
     .title = "BLEU on subwords",
     .mistake = "BLEU is counted on the pieces that the model writes, not on words.",
     .curve = "The losses are those of the healthy training with the same seed, to the last "
              "digit, since training is untouched. Only BLEU differs, by two points with "
              "each of the three seeds, and another seed makes four. The score counts other "
              "things: a word in two pieces is two words, and right or wrong twice.",
     .mend = "Join the pieces (`Tokenizer::decode`) and let the scorer cut words: `bleu()` "
             "in `tasks/metrics/bleu.h`, sacreBLEU elsewhere. Two scores are comparable "
             "only with one way of cutting.",
     .sign = Sign::counted_words,
     .instrument = "what BLEU counts as words, of a reference"},
    {.bug = Bug::dropout_at_evaluation,
     .title = "Dropout at evaluation",
     .mistake =
         "The model is not switched to evaluation: a tenth of every layer's numbers is missing "
         "while it is scored and while it translates.",
     .curve =
         "The loss in training is the healthy one to the last digit; the loss on new sentences "
         "is higher and BLEU is lower.",
     .mend =
         "evaluate(model) in nn/module.h before, train(model, key) after. Score one batch twice: "
         "the numbers must be the same.",
     .sign = Sign::unsteadiness,
     .instrument = "two evaluations of one batch are apart by at most"},
    {.bug = Bug::stale_randomness,
     .title = "Stale randomness in a reversible layer",
     .mistake =
         "A reversible layer runs each function again in the backward pass, and dropout draws "
         "another mask there than it did on the way up.",
     .curve =
         "The encoder takes another amount away than it added: what it rebuilds are not its "
         "inputs, and the gradients belong to a network that never ran. It learns all the same, "
         "because most of the gradient comes from the decoder; slower, if at all visibly.",
     .mend = "A mask that is a function of (seed, step, site, element), `tensor/random.h`, "
             "or a generator's state that is saved and put back. Compare the gradients with "
             "those of ordinary sums: `reversible_stack_by_definition` in "
             "`reversible/stack.h`.",
     .sign = Sign::gradient_error,
     .instrument = "the encoder's gradients are off those of ordinary sums by, of their size"},
    {.bug = Bug::tied_weights_counted_twice,
     .title = "Tied weights counted twice",
     .mistake = "The embedding and the output layer share one table, and the list of parameters "
                "names it under both names: the optimiser changes it twice a step.",
     .curve = "The table moves twice as fast as everything else. Here, where the learning "
              "rate has room upwards, that makes the losses lower than the healthy ones, and "
              "nobody looks for a mistake there.",
     .mend = "`parameters()` in `nn/module.h` lists a shared parameter once. Count the "
             "numbers in the list, and the different ones.",
     .sign = Sign::counted_twice,
     .instrument = "numbers that a step changes twice"},
}};

const BugNotes& notes_of(Bug bug) {
  for (const BugNotes& notes : bug_notes)
    if (notes.bug == bug) return notes;
  fail(text("there are no notes on '", name_of(bug), "'"));
}

}  // namespace lectern
