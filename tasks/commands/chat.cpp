#include <unistd.h>

#include <iostream>

#include "tasks/chatbot/chatbot_kind.h"
#include "tasks/chatbot/conversation.h"
#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/model_command.h"
#include "tasks/commands/train.h"
#include "tasks/task/trained_run.h"
#include "tasks/text/lines.h"
#include "tasks/text/unicode.h"

namespace lectern {
namespace {

constexpr const char* what_can_be_typed =
    "  /reset    forget what was said\n"
    "  /history  show what the model still knows\n"
    "  /help     this list\n"
    "  /quit     end, as Ctrl-D does\n";

/// Somebody at a terminal, or another program, who talks line by line.
class Talk {
 public:
  Talk(Conversation& conversation, bool terminal, bool strict)
      : conversation_(conversation), terminal_(terminal), strict_(strict) {}

  /// Answers one line; false: it was the last.
  bool answer(const std::string& line, std::int64_t number) {
    if (line.starts_with("/")) return obey(line);
    if (is_blank(line)) return begin_anew();
    TextReport report("standard input", strict_);
    const Conversation::Reply reply = conversation_.say({line, number}, report);
    if (reply.forgotten > 0)
      std::cerr << "(the talk has grown too long for the model: it has forgotten the "
                << reply.forgotten << " oldest turns)\n";
    if (!reply.whole)
      report.add(number, {"a reply that does not end", "cut", "try a larger decode.max_length"},
                 text(reply.tokens, " tokens"));
    std::cout << reply.text << std::endl;
    warn(report);
    return true;
  }

 private:
  /// A blank line: between two dialogues, as in the data; at a terminal, a slip.
  bool begin_anew() {
    if (terminal_) return true;
    conversation_.forget();
    std::cout << std::endl;
    return true;
  }

  bool obey(const std::string& command) {
    if (command == "/quit") return false;
    if (command == "/reset") {
      conversation_.forget();
      std::cerr << "(forgotten)\n";
    } else if (command == "/history") {
      for (const Conversation::Turn& turn : conversation_.history())
        std::cout << name_of(turn.speaker) << ": " << turn.text << '\n';
      std::cout << "(" << conversation_.tokens() << " tokens)" << std::endl;
    } else {
      if (command != "/help") std::cerr << "there is no " << command << "; there are\n";
      std::cerr << what_can_be_typed;
    }
    return true;
  }

  Conversation& conversation_;
  bool terminal_, strict_;
};

int run(const Arguments& arguments) {
  use_device(arguments);
  const auto [checkpoint, config] = open_run(arguments.text("RUN"), arguments.overrides());
  set_up_machine(config);
  const auto [model, vocabulary] = load_chatbot(checkpoint, config);
  Conversation conversation(model, vocabulary, config.decode);
  const bool terminal = ::isatty(STDIN_FILENO);
  LineReader reader("-", {.strict = arguments.on("strict")});
  Talk talk(conversation, terminal, arguments.on("strict"));
  if (terminal) std::cerr << "Say something; /help shows what else can be typed.\n";
  const auto ask = [&] {
    if (terminal) std::cerr << "> " << std::flush;
  };
  ask();
  for (std::string line; reader.next(line) && talk.answer(line, reader.lines());) ask();
  warn(reader.report());
  return 0;
}

}  // namespace

Command chat_command() {
  Command command{.name = "chat",
                  .summary = "Talk with a chatbot: a line in, a reply out.",
                  .example = "lectern chat runs/tiny-chat --temperature 0.7 --top-k 40",
                  .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"}},
                  .flags = {strict_flag()},
                  .run = run};
  return model_command(std::move(command), writing_settings());
}

}  // namespace lectern
