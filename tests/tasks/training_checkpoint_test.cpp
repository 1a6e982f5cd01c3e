#include <sys/stat.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

#include "tasks/training/average.h"
#include "tasks/training/checkpoint.h"
#include "tasks/training/crc32c.h"
#include "tasks/training/safe_file.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;

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

/// A safetensors file with this header, as any program may have written it.
std::string file_with(const std::string& header, const std::string& data) {
  const std::uint64_t size = header.size();
  return text(std::string(reinterpret_cast<const char*>(&size), 8), header, data);
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return text("\"", name, "\":{\"dtype\":", dtype, ",\"shape\":", shape,
              ",\"data_offsets\":", offsets, "}");
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
      folder.write("new", file_with(R"({"__metadata__":{"format_version":"2"}})", ""));
  const std::string message = failure_of(ExitCode::checkpoint, [&] { load_checkpoint(path); });
  CHECK(mentions(message, "written by a newer version of lectern"));
}

TEST_CASE("files of other programs are taken, if they are whole", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string four(4, '\0'), eight(8, '\0');
  const std::vector<std::string> good = {
      file_with("{}", ""),
      file_with("{}      ", ""),
      file_with(R"({"__metadata__":{"made by":"another"}})", ""),
      file_with(text("{", entry("a", "\"F32\"", "[1]", "[0,4]"), "}"), four),
      file_with(text("{", entry("a", "\"F32\"", "[]", "[0, 4]"), "}"), four),
      file_with(text("{", entry("a", "\"F32\"", "[0,3]", "[0,0]"), "}"), ""),
      file_with(text("{", entry("b", "\"F32\"", "[1]", "[4,8]"), ",",
                     entry("a", "\"I32\"", "[1]", "[0,4]"), "}"),
                eight)};
  for (const std::string& bytes : good) CHECK_NOTHROW(load_checkpoint(folder.write("good", bytes)));
}

TEST_CASE("malformed headers are refused", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string four(4, '\0'), eight(8, '\0');
  const auto one = [&](const std::string& dtype, const std::string& shape,
                       const std::string& offsets) {
    return file_with(text("{", entry("a", dtype, shape, offsets), "}"), four);
  };
  const std::uint64_t huge = 1ull << 62, above = 100'000'001;
  std::string deep = "{\"a\":";
  for (int i = 0; i < 100000; ++i) deep += "[";
  const std::vector<std::string> bad = {
      "", "short", std::string(8, '\0'),
      text(std::string(reinterpret_cast<const char*>(&huge), 8), "{}"),
      text(std::string(reinterpret_cast<const char*>(&above), 8), "{}"), file_with("", ""),
      file_with("[]", ""), file_with("null", ""), file_with(" {}", ""), file_with("{", ""),
      file_with("{\"a\":\"\xff\"}", ""), file_with(deep, ""), file_with("{\"a\":1}", ""),
      file_with("{\"a\":{}}", ""), file_with(R"({"__metadata__":1})", ""),
      file_with(R"({"__metadata__":{"a":1}})", ""), one("\"F32\"", "[2]", "[0,4]"),
      one("\"F32\"", "[1]", "[0,8]"), one("\"F32\"", "[1]", "[4,0]"), one("\"F32\"", "[1]", "[0]"),
      one("\"F32\"", "[1]", "[0,4,4]"), one("\"F32\"", "[-1]", "[0,4]"),
      one("\"F32\"", "[1.0]", "[0,4]"), one("\"F32\"", "[1]", "[-4,0]"),
      one("\"F32\"", "1", "[0,4]"), one("\"F32\"", "[4294967296,4294967296]", "[0,4]"),
      one("\"F32\"", "[18446744073709551615]", "[0,4]"), one("\"F32\"", "[1,1,1,1,1,1,1]", "[0,4]"),
      one("\"F16\"", "[2]", "[0,4]"), one("\"f32\"", "[1]", "[0,4]"), one("32", "[1]", "[0,4]"),
      // Two tensors: overlapping, with a hole, twice the same name, bytes left over.
      file_with(text("{", entry("a", "\"F32\"", "[1]", "[0,4]"), ",",
                     entry("b", "\"F32\"", "[1]", "[0,4]"), "}"),
                four),
      file_with(text("{", entry("a", "\"F32\"", "[1]", "[4,8]"), "}"), eight),
      file_with(text("{", entry("a", "\"F32\"", "[1]", "[0,4]"), ",",
                     entry("a", "\"F32\"", "[1]", "[0,4]"), "}"),
                four),
      file_with(text("{", entry("a", "\"F32\"", "[1]", "[0,4]"), "}"), eight)};
  std::size_t refused = 0;
  for (std::size_t i = 0; i < bad.size(); ++i) {
    INFO("header " << i);
    refused += is_refused(folder.write("bad", bad[i]));
  }
  CHECK(refused == bad.size());
  CHECK(is_refused(folder.file("absent")));
  CHECK(is_refused(folder.path()));
}

TEST_CASE("a write that fails keeps the old file and leaves nothing behind", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder.write("precious", "old");
  const std::string message = failure_of(ExitCode::io, [&] {
    replace_file(path, [&](int descriptor) {
      write_all(descriptor, "ne", 2, path);
      errno = ENOSPC;
      write_all(-1, "w", 1, path);
    });
  });
  CHECK(mentions(message, path));
  CHECK(mentions(message, "the previous file"));
  CHECK(read_file(path) == "old");
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path()))
    ++files;
  CHECK(files == 1);

  CHECK(mentions(
      failure_of(ExitCode::io, [&] { replace_file(folder.file("absent/file"), [](int) {}); }),
      "absent/file"));
}

TEST_CASE("links are followed, and devices are not replaced", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "old"), link = folder.file("link");
  std::filesystem::create_symlink("file", link);
  replace_file(link, [&](int descriptor) { write_all(descriptor, "new", 3, link); });
  CHECK(std::filesystem::is_symlink(link));
  CHECK(read_file(path) == "new");

  replace_file("/dev/null", [](int descriptor) { write_all(descriptor, "x", 1, "/dev/null"); });
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK(mentions(failure_of(ExitCode::io,
                            [] {
                              replace_file("/dev/full", [](int descriptor) {
                                write_all(descriptor, "x", 1, "/dev/full");
                              });
                            }),
                 "free some space"));
  CHECK(std::filesystem::is_character_file("/dev/full"));
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
  CHECK(mentions(message, "w is [3], but [2] in " + a));
}
