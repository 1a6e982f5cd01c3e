#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "tensor/collective.h"
#include "tests/catch.h"

namespace lectern {

/// Ranks as threads of one process, and what is on its way between them. They take turns, since they
/// share what processes have for themselves (the emulated GPU, for one): a rank runs until it waits.
class Post {
 public:
  std::unique_lock<std::mutex> take_turn() { return std::unique_lock(turn_); }
  void send(int from, int to, int tag, std::string letter) {
    letters_[{from, to, tag}].push(std::move(letter));
    arrived_.notify_all();
  }
  bool has_come(int from, int to, int tag) { return !letters_[{from, to, tag}].empty(); }
  std::string receive(int from, int to, int tag, std::unique_lock<std::mutex>& turn) {
    std::queue<std::string>& letters = letters_[{from, to, tag}];
    if (!arrived_.wait_for(turn, std::chrono::seconds(10), [&] { return !letters.empty(); }))
      throw RankLost(text("rank ", from, " has not answered"));
    std::string first = std::move(letters.front());
    letters.pop();
    return first;
  }

 private:
  std::mutex turn_;
  std::condition_variable arrived_;
  std::map<std::tuple<int, int, int>, std::queue<std::string>> letters_;  // from, to, tag
};

class ThreadGroup : public ProcessGroup {
 public:
  ThreadGroup(int rank, int size, Post& post, std::unique_lock<std::mutex>& turn)
      : ProcessGroup(rank, size), post_(post), turn_(turn) {
    introduce(rank < 2 ? "left" : "right", "same");
  }
  std::size_t bytes_sent() const { return bytes_sent_; }
  /// Lets others have their turn.
  void pause() {
    turn_.unlock();
    std::this_thread::yield();
    turn_.lock();
  }

 private:
  struct Letter : Exchange {
    Letter(ThreadGroup& group, int partner, int tag, std::span<char> in)
        : group(group), partner(partner), tag(tag), in(in) {}
    bool is_done() override {
      if (!read) group.pause();
      if (!read && group.post_.has_come(partner, group.rank(), tag)) wait();
      return read;
    }
    void wait() override {
      if (read) return;
      const std::string letter = group.post_.receive(partner, group.rank(), tag, group.turn_);
      check(letter.size() == in.size(), [&] {
        return text(letter.size(), " bytes from rank ", partner, " where ", in.size(), " belong");
      });
      std::ranges::copy(letter, in.begin());
      read = true;
    }
    ThreadGroup& group;
    int partner, tag;
    std::span<char> in;
    bool read = false;
  };

  void send_and_receive(int partner, std::span<const char> out, std::span<char> in) override {
    start(partner, 0, out, in)->wait();
  }
  std::unique_ptr<Exchange> start(int partner, int tag, std::span<const char> out,
                                  std::span<char> in) override {
    post_.send(rank(), partner, tag, {out.begin(), out.end()});
    bytes_sent_ += out.size();
    return std::make_unique<Letter>(*this, partner, tag, in);
  }

  Post& post_;
  std::unique_lock<std::mutex>& turn_;
  std::size_t bytes_sent_ = 0;
};

/// Runs `body(group)` in every rank. \return what each has thrown; empty where it has not
template <class Body>
std::vector<std::string> what_ranks_throw(int size, Body body) {
  Post post;
  std::vector<std::string> thrown(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      std::unique_lock<std::mutex> turn = post.take_turn();
      try {
        ThreadGroup group(rank, size, post, turn);
        body(group);
      } catch (const std::exception& error) {
        thrown[static_cast<std::size_t>(rank)] = error.what();
      }
    });
  for (std::thread& thread : threads) thread.join();
  return thrown;
}

/// The same where nobody is to throw, with all tensors on the CPU.
template <class Body>
void in_ranks(int size, Body body) {
  const Device before = default_device();
  set_default_device(cpu);
  const std::vector<std::string> thrown = what_ranks_throw(size, body);
  set_default_device(before);
  CHECK(thrown == std::vector<std::string>(static_cast<std::size_t>(size)));
}

}  // namespace lectern
