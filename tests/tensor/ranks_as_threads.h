#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "tensor/collective.h"
#include "tests/catch.h"

namespace lectern {

/// Ranks as threads of one process, and what is on its way between them. They take turns, since they
/// share what processes have for themselves (the emulated GPU, for one): a rank runs until it waits.
class Post {
 public:
  std::unique_lock<std::mutex> take_turn() { return std::unique_lock(turn_); }
  void send(int from, int to, std::string letter) {
    letters_[{from, to}].push(std::move(letter));
    arrived_.notify_all();
  }
  std::string receive(int from, int to, std::unique_lock<std::mutex>& turn) {
    std::queue<std::string>& letters = letters_[{from, to}];
    if (!arrived_.wait_for(turn, std::chrono::seconds(10), [&] { return !letters.empty(); }))
      throw RankLost(text("rank ", from, " has not answered"));
    std::string first = std::move(letters.front());
    letters.pop();
    return first;
  }

 private:
  std::mutex turn_;
  std::condition_variable arrived_;
  std::map<std::pair<int, int>, std::queue<std::string>> letters_;
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
  void send_and_receive(int partner, std::span<const char> out, std::span<char> in) override {
    post_.send(rank(), partner, {out.begin(), out.end()});
    const std::string letter = post_.receive(partner, rank(), turn_);
    check(letter.size() == in.size(), [&] {
      return text(letter.size(), " bytes from rank ", partner, " where ", in.size(), " belong");
    });
    std::ranges::copy(letter, in.begin());
    bytes_sent_ += out.size();
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
