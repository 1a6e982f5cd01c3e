#include <cstring>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "tasks/training/average.h"
#include "tasks/training/checkpoint.h"
#include "tasks/training/crc32c.h"
#include "tests/safetensors_bytes.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;
using Json = nlohmann::ordered_json;

namespace {

std::uint32_t crc_of(const std::string& bytes) { return crc32c(bytes.data(), bytes.size()); }

Checkpoint example() {
  Checkpoint checkpoint;
  checkpoint.metadata = {{"task", "translation"}, {"config", "[model]\nd_model = 2 # \"ä\"\n"}};
  checkpoint.tensors = {
      {"weight", tensor_of<float>({2, 3}, {1.5f, -2.0f, 3e-30f, 4.0f, 5.0f, 6.0f})},
      {"double", tensor_of<double>({2}, {0.1, -1e300})},
      {"tokens", tensor_of<std::int32_t>({3}, {1, -2, 1 << 30})},
      {"half", tensor_of<bfloat16>({1, 2}, {bfloat16(1.0f), bfloat16(-3.0f)})},
      {"scalar", tensor_of<float>({}, {7.0f})}};
  checkpoint.blobs = {{"tokenizer", std::string("bytes\0\n\xff", 8)}, {"nothing", ""}};
  return checkpoint;
}

bool is_refused(const std::string& path) {
  const std::string message = failure_of(ExitCode::checkpoint, [&] { load_checkpoint(path); });
  return mentions(message, path);
}

}  // namespace

TEST_CASE("CRC-32C gives the published values", "[checkpoint]") {
  CHECK(crc_of("123456789") == 0xe3069283u);
  CHECK(crc_of("") == 0u);
  // RFC 3720, appendix B.4
  CHECK(crc_of(std::string(32, '\0')) == 0x8a9136aau);
  CHECK(crc_of(std::string(32, '\xff')) == 0x62a8ab43u);
  std::string rising, falling;
  for (int i = 0; i < 32; ++i) {
    rising += static_cast<char>(i);
    falling += static_cast<char>(31 - i);
  }
  CHECK(crc_of(rising) == 0x46dd794eu);
  CHECK(crc_of(falling) == 0x113fdb5cu);
}

TEST_CASE("a checksum can be continued anywhere", "[checkpoint]") {
  const std::string bytes = "The quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
    CHECK(crc32c(bytes.data() + cut, bytes.size() - cut, crc32c(bytes.data(), cut)) ==
          crc_of(bytes));
}

TEST_CASE("a checkpoint comes back as it was saved", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  save_checkpoint(path, example());
  const Checkpoint loaded = load_checkpoint(path), expected = example();
  CHECK(loaded.path == path);
  CHECK(loaded.text_of("task") == "translation");
  CHECK(loaded.text_of("config") == expected.text_of("config"));
  REQUIRE(loaded.tensors.size() == expected.tensors.size());
  for (const auto& [name, tensor] : expected.tensors) {
    INFO(name);
    CHECK(loaded.tensor(name).shape() == tensor.shape());
    CHECK(loaded.tensor(name).dtype() == tensor.dtype());
  }
  CHECK(loaded.tensor("weight").to_vector<float>() == expected.tensor("weight").to_vector<float>());
  CHECK(loaded.tensor("double").to_vector<double>() == std::vector<double>{0.1, -1e300});
  CHECK(loaded.tensor("tokens").to_vector<std::int32_t>() ==
        std::vector<std::int32_t>{1, -2, 1 << 30});
  CHECK(loaded.tensor("half").to_vector<bfloat16>()[1].bits == bfloat16(-3.0f).bits);
  CHECK(loaded.tensor("scalar").item<float>() == 7.0f);
  CHECK(loaded.blobs == expected.blobs);
  save_checkpoint(folder.file("b.safetensors"), loaded);
  CHECK(read_file(path) == read_file(folder.file("b.safetensors")));
}

TEST_CASE("what a checkpoint lacks is named", "[checkpoint]") {
  const Checkpoint checkpoint = example();
  CHECK(checkpoint.has_tensor("weight"));
  CHECK_FALSE(checkpoint.has_tensor("bias"));
  CHECK(mentions(failure_of(ExitCode::checkpoint, [&] { checkpoint.tensor("bias"); }), "\"bias\""));
  CHECK(mentions(failure_of(ExitCode::checkpoint, [&] { checkpoint.blob("x"); }), "\"x\""));
  CHECK(mentions(failure_of(ExitCode::checkpoint, [&] { checkpoint.text_of("y"); }), "\"y\""));
}

TEST_CASE("every flipped bit is detected", "[checkpoint]") {
  const TemporaryFolder folder;
  save_checkpoint(folder.file("whole"), example());
  const std::string whole = read_file(folder.file("whole"));
  std::size_t detected = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    const std::string path = folder.write("damaged", damaged);
    INFO("bit " << bit % 8 << " of byte " << bit / 8);
    try {
      load_checkpoint(path);
      FAIL_CHECK("not detected");
    } catch (const Failure& failure) {
      detected += failure.code == ExitCode::checkpoint && mentions(failure.what(), path);
    }
  }
  CHECK(detected == whole.size() * 8);
}

TEST_CASE("a checkpoint cut off anywhere is refused", "[checkpoint]") {
  const TemporaryFolder folder;
  save_checkpoint(folder.file("whole"), example());
  const std::string whole = read_file(folder.file("whole"));
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size)
    refused += is_refused(folder.write("cut", whole.substr(0, size)));
  CHECK(refused == whole.size());
  CHECK(is_refused(folder.write("longer", whole + "x")));
}

TEST_CASE("a checkpoint of a newer version is refused as such", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path =
      folder.write("new", safetensors(R"({"__metadata__":{"format_version":"2"}})", ""));
  const std::string message = failure_of(ExitCode::checkpoint, [&] { load_checkpoint(path); });
  CHECK(mentions(message, "written by a newer version of lectern"));
}

TEST_CASE("files of other programs have no checksums", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string header = R"({"__metadata__":{"made by":"another"},"a":{"dtype":"F32",)"
                             R"("shape":[1],"data_offsets":[0,4]}})";
  const Checkpoint other =
      load_checkpoint(folder.write("other", safetensors(header, std::string(4, '\0'))));
  CHECK_FALSE(other.has_checksums);
  CHECK(other.text_of("made by") == "another");
  save_checkpoint(folder.file("ours"), other);
  CHECK(load_checkpoint(folder.file("ours")).has_checksums);
}

namespace {

/// The file as another program may save it after reading: everything in another order, with blanks.
std::string saved_again(const std::string& bytes, const std::function<void(Json&)>& change = {}) {
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), 8);
  const Json header = Json::parse(bytes.substr(8, size));
  Json again = Json::object();
  std::string data;
  std::vector<std::pair<std::string, Json>> entries;
  for (const auto& [name, value] : header.items()) entries.emplace_back(name, value);
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (entry->first == "__metadata__") {
      std::vector<std::pair<std::string, Json>> texts;
      for (const auto& [key, value] : entry->second.items()) texts.emplace_back(key, value);
      for (auto text = texts.rbegin(); text != texts.rend(); ++text)
        again["__metadata__"][text->first] = text->second;
      continue;
    }
    const std::size_t begin = entry->second["data_offsets"][0],
                      end = entry->second["data_offsets"][1];
    entry->second["data_offsets"] = {data.size(), data.size() + end - begin};
    data += bytes.substr(8 + size + begin, end - begin);
    again[entry->first] = entry->second;
  }
  if (change) change(again);
  return safetensors(again.dump(1), data);
}

}  // namespace

TEST_CASE("a checkpoint that another program saved again is verified all the same",
          "[checkpoint]") {
  const TemporaryFolder folder;
  save_checkpoint(folder.file("ours"), example());
  const std::string ours = read_file(folder.file("ours"));
  const Checkpoint again = load_checkpoint(folder.write("again", saved_again(ours)));
  CHECK(again.has_checksums);
  CHECK(again.metadata == example().metadata);
  CHECK(again.tensor("weight").to_vector<float>() == example().tensor("weight").to_vector<float>());

  const auto refused = [&](const std::string& why, const std::function<void(Json&)>& change) {
    const std::string path = folder.write("changed", saved_again(ours, change));
    CHECK(mentions(failure_of(ExitCode::checkpoint, [&] { load_checkpoint(path); }), why));
  };
  refused("the checksum of its metadata does not match",
          [](Json& header) { header["__metadata__"]["task"] = "copy"; });
  refused("checksums of tensors that are missing", [](Json& header) { header.erase("nothing"); });
  refused("the checksum of its metadata is missing",
          [](Json& header) { header["__metadata__"].erase("crc32c"); });
  refused("the checksum of \"more\" is missing", [](Json& header) {
    header["more"] = {{"dtype", "F32"}, {"shape", {0}}, {"data_offsets", {0, 0}}};
  });
}

TEST_CASE("checkpoints are averaged number by number", "[checkpoint]") {
  const TemporaryFolder folder;
  const auto save = [&](const std::string& name, std::initializer_list<float> numbers) {
    Checkpoint checkpoint;
    checkpoint.metadata["config"] = name;
    checkpoint.tensors = {{"w", tensor_of<float>({2}, numbers)},
                          {"optimizer.w", tensor_of<float>({2}, numbers)}};
    save_checkpoint(folder.file(name), checkpoint);
    return folder.file(name);
  };
  const std::string a = save("a", {1.0f, 2.0f}), b = save("b", {3.0f, 6.0f});
  const Checkpoint average = average_checkpoints({a, b});
  CHECK(average.tensor("w").to_vector<float>() == std::vector<float>{2.0f, 4.0f});
  CHECK_FALSE(average.has_tensor("optimizer.w"));
  CHECK(average.text_of("config") == "a");

  Checkpoint other;
  other.tensors = {{"w", tensor_of<float>({3}, {1.0f, 2.0f, 3.0f})}};
  save_checkpoint(folder.file("c"), other);
  const std::string message = failure_of(ExitCode::checkpoint, [&] {
    average_checkpoints({a, folder.file("c")});
  });
  CHECK(mentions(message, "w is f32 [3], but f32 [2] in " + a));
}

TEST_CASE("checkpoints of different models are not averaged", "[checkpoint]") {
  const TemporaryFolder folder;
  const auto save = [&](const std::string& name, const Checkpoint& checkpoint) {
    save_checkpoint(folder.file(name), checkpoint);
    return folder.file(name);
  };
  Checkpoint shallow, deep, other_words;
  shallow.tensors = {{"w", tensor_of<float>({1}, {1.0f})}};
  shallow.blobs = {{"tokenizer", "ein\nzwei\n"}};
  deep = other_words = shallow;
  deep.tensors.emplace_back("w2", tensor_of<float>({1}, {1.0f}));
  other_words.blobs[0].second = "zwei\nein\n";
  const std::string a = save("a", shallow), b = save("b", deep), c = save("c", other_words);
  const auto refusal = [](const std::vector<std::string>& paths) {
    return failure_of(ExitCode::checkpoint, [&] { average_checkpoints(paths); });
  };
  CHECK(mentions(refusal({a, b}), "/b: it has w2 [1], which"));
  CHECK(mentions(refusal({b, a}), "/a: it has no w2, which"));
  CHECK(mentions(refusal({a, c}), "/c: its vocabulary is not that of"));
}

TEST_CASE("a weight that is no number is named with its place", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto refusal = [&](const Tensor& tensor) {
    Checkpoint checkpoint = example();
    checkpoint.tensors.emplace_back("broken", tensor);
    save_checkpoint(path, checkpoint);
    return failure_of(ExitCode::checkpoint, [&] { load_checkpoint(path); });
  };
  CHECK(mentions(refusal(tensor_of<float>({2, 3}, {0, 1, 2, 3, 4, nan})),
                 path + ": the weight \"broken\" [2, 3] is nan at [1, 2]"));
  CHECK(mentions(refusal(tensor_of<double>({2}, {-infinity, infinity})), "is -inf at [0]"));
  CHECK(mentions(refusal(tensor_of<float>({}, {nan})), "[] is nan at []"));
  CHECK(mentions(refusal(tensor_of<bfloat16>({2}, {bfloat16(1.0f), bfloat16(nan)})), "at [1]"));
  Checkpoint overflown = example();  // an infinite second moment holds its weight still
  overflown.tensors.emplace_back("optimizer.second", tensor_of<float>({1}, {float(infinity)}));
  save_checkpoint(path, overflown);
  CHECK_NOTHROW(load_checkpoint(path));
}

TEST_CASE("a mean that no number holds is refused", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  Checkpoint large;
  large.tensors = {{"w", tensor_of<double>({1}, {1.7e308})}};
  save_checkpoint(path, large);
  CHECK(mentions(failure_of(ExitCode::diverged,
                            [&] {
                              average_checkpoints({path, path});
                            }),
                 "the mean of 2 checkpoints: \"w\" [1] is inf at [0]"));
  CHECK_NOTHROW(average_checkpoints({path}));
}
