// The main of a fuzz target where there is no libFuzzer: every file of a folder, and every file cut
// short and with each bit of some of its bytes flipped, is given to the parser once.
//
//   replay_TARGET FOLDER

#include <filesystem>
#include <iostream>

#include "tests/fuzz/fuzz.h"
#include "tests/temporary_folder.h"

namespace {

std::size_t tried = 0;

void give(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  ++tried;
}

void give_damaged(const std::string& bytes) {
  const std::size_t step = bytes.size() / 64 + 1;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    give(bytes.substr(0, at));
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      give(flipped);
    }
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "usage: " << words[0] << " FOLDER\n";
    return 2;
  }
  for (const auto& entry : std::filesystem::directory_iterator(words[1])) {
    const std::string bytes = lectern::read_file(entry.path().string());
    give(bytes);
    give_damaged(bytes);
  }
  std::cout << tried << " inputs\n";
  return tried > 0 ? 0 : 1;
}
