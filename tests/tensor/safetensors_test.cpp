#include "tensor/safetensors.h"

#include "tests/catch.h"
#include "tests/safetensors_bytes.h"
#include "tests/temporary_folder.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return text("\"", name, "\":{\"dtype\":", dtype, ",\"shape\":", shape,
              ",\"data_offsets\":", offsets, "}");
}

const std::string four(4, '\0'), eight(8, '\0');

/// A file with one tensor of four bytes.
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return safetensors(text("{", entry("a", dtype, shape, offsets), "}"), four);
}

std::string repeated(const std::string& word, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += word;
  return all;
}

/// Why the bytes are refused; empty when they are not.
std::string refusal(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", bytes);
  return message_of([&] { read_safetensors(path); });
}

}  // namespace

TEST_CASE("safetensors: what is written comes back", "[safetensors]") {
  const TemporaryFolder folder;
  const Safetensors contents{
      .metadata = {{"z", "\"ä\"\n"}, {"a", ""}},
      .tensors = {{"weight", tensor_of<float>({2, 2}, {1.5f, -2.0f, 3e-30f, 4.0f})},
                  {"none", tensor_of<double>({0, 3}, {})},
                  {"ids", tensor_of<std::int32_t>({2}, {1, -2})}},
      .blobs = {{"bytes", std::string("a\0\xff", 3)}}};
  write_safetensors(folder.file("a"), contents);
  const Safetensors read = read_safetensors(folder.file("a"));
  CHECK(read.metadata == contents.metadata);
  CHECK(read.blobs == contents.blobs);
  REQUIRE(read.tensors.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(read.tensors[i].first == contents.tensors[i].first);
    CHECK(same_bits(read.tensors[i].second, contents.tensors[i].second));
  }
  CHECK(contains(message_of([&] {
                   write_safetensors(folder.file("b"), {.metadata = {},
                                                        .tensors = {contents.tensors[0]},
                                                        .blobs = {{"weight", ""}}});
                 }),
                 "\"weight\" occurs twice"));
}

TEST_CASE("safetensors: seven headers that the format allows are taken", "[safetensors]") {
  const std::vector<std::string> good = {
      safetensors("{}", ""), safetensors("{}      ", ""),
      safetensors(R"({"__metadata__":{"made by":"another"}})", ""), one("\"F32\"", "[1]", "[0,4]"),
      one("\"F32\"", "[]", "[0, 4]"),
      safetensors(text("{", entry("b", "\"F32\"", "[1]", "[4,8]"), ",",
                       entry("a", "\"I32\"", "[1]", "[0,4]"), "}"),
                  eight),
      // An empty tensor that comes later in the header than in the file.
      safetensors(text("{", entry("b", "\"F32\"", "[1]", "[0,4]"), ",",
                       entry("a", "\"F32\"", "[0,3]", "[0,0]"), "}"),
                  four)};
  for (const std::string& bytes : good) CHECK(refusal(bytes) == "");
}

TEST_CASE("safetensors: twenty-six malformed headers are refused", "[safetensors]") {
  const std::uint64_t huge = 1ull << 62, above = 100'000'001;
  const std::string a = entry("a", "\"F32\"", "[1]", "[0,4]");
  const std::vector<std::string> bad = {
      "short", text(std::string(reinterpret_cast<const char*>(&huge), 8), "{}"),
      text(std::string(reinterpret_cast<const char*>(&above), 8), "{}", std::string(above, ' ')),
      safetensors("", ""), safetensors("[]", ""), safetensors(" {}", ""), safetensors("{", ""),
      safetensors("{}x", ""), safetensors(std::string("{}\0x", 4), ""),
      safetensors("{\"a\":\"\xff\"}", ""), safetensors(R"({"__metadata__":{"a":1}})", ""),
      one("\"F32\"", "[2]", "[0,4]"), one("\"F32\"", "[1]", "[0,8]"),
      one("\"F32\"", "[1]", "[4,0]"), one("\"F32\"", "[1]", "[0,4,4]"),
      one("\"F32\"", "[-1]", "[0,4]"), one("\"F32\"", "[1.0]", "[0,4]"),
      one("\"F32\"", "[4294967296,4294967296]", "[0,4]"),
      one("\"F32\"", "[18446744073709551615]", "[0,4]"), one("\"F8\"", "[4]", "[0,4]"),
      one("32", "[1]", "[0,4]"),
      safetensors(
          text("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],", "\"more\":1}}"),
          four),
      // Two tensors: overlapping, with a hole, twice the same name; and bytes left over.
      safetensors(text("{", a, ",", entry("b", "\"F32\"", "[1]", "[0,4]"), "}"), four),
      safetensors(text("{", entry("a", "\"F32\"", "[1]", "[4,8]"), "}"), eight),
      safetensors(text("{", a, ",", a, "}"), four), safetensors(text("{", a, "}"), eight)};
  for (std::size_t i = 0; i < bad.size(); ++i) {
    INFO("header " << i);
    CHECK(contains(refusal(bad[i]), "/file: "));
  }
  CHECK(bad.size() == 26);
}

TEST_CASE("safetensors: more that is no header of a file", "[safetensors]") {
  const std::string a = entry("a", "\"F32\"", "[1]", "[0,4]"), m = "\"__metadata__\":{}";
  const std::vector<std::string> bad = {
      "",
      std::string(8, '\0'),
      safetensors("null", ""),
      safetensors("\xef\xbb\xbf{}", ""),
      safetensors("{}{}", ""),
      safetensors("{},", ""),
      safetensors(text("{", m, ",", m, "}"), ""),
      safetensors(R"({"__metadata__":{"a":"","a":""}})", ""),
      safetensors(R"({"__metadata__":{"a":{}}})", ""),
      safetensors(R"({"__metadata__":[]})", ""),
      safetensors("{\"a\":{}}", ""),
      safetensors("{\"a\":[]}", ""),
      safetensors(R"({"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}})", ""),
      one("\"F32\"", "[[1]]", "[0,4]"),
      one("\"F32\"", "[1]", "[[0,4]]"),
      one("\"F32\"", "[1]", "[4]"),
      one("\"F32\"", "[1]", "[0,true]"),
      one("null", "[1]", "[0,4]"),
      one("\"F32\"", "null", "[0,4]"),
      one("\"F32\"", "[1e0]", "[0,4]"),
      one("\"F32\"", "[1,1,1,1,1,1,1]", "[0,4]"),
      one("\"F32\"", "[-0]", "[0,0]")};
  for (std::size_t i = 0; i < bad.size(); ++i) {
    INFO("header " << i);
    CHECK(contains(refusal(bad[i]), "/file: the file is damaged: "));
  }
}

TEST_CASE("safetensors: no header can exhaust the stack, the time or the memory", "[safetensors]") {
  const std::string refused = "is not {dtype, shape, data_offsets}";
  const std::size_t many = 300'000;
  CHECK(contains(refusal(safetensors(text("{\"a\":", repeated("[", many)), "")), refused));
  CHECK(contains(refusal(safetensors(text("{\"a\":", repeated("{\"a\":", many)), "")), refused));
  CHECK(
      contains(refusal(safetensors(text("{\"a\":[", repeated("{},", many), "{}]}"), "")), refused));
  CHECK(
      contains(refusal(safetensors(text("{\"a\":[", repeated("[],", many), "[]]}"), "")), refused));
  CHECK(
      contains(refusal(safetensors(text("{\"a\":{\"shape\":[", repeated("1,", many), "1]}}"), "")),
               "has too many axes"));
  std::string keys = "{\"__metadata__\":{", tensors;
  for (std::size_t i = 0; i < many; ++i) {
    keys += text(i ? "," : "", "\"", i, "\":\"\"");
    tensors += text(",", entry(text(i), "\"U8\"", "[0]", "[0,0]"));
  }
  CHECK(refusal(safetensors(text(keys, "}", tensors, "}"), "")) == "");
  const std::string twice = text(keys, ",\"7\":\"\"}", tensors, "}");
  CHECK(contains(refusal(safetensors(twice, "")), "the name \"7\" occurs twice"));
}

TEST_CASE("safetensors: a file that is absent, or a folder, or holds what is not ours",
          "[safetensors]") {
  const TemporaryFolder folder;
  CHECK(contains(message_of([&] { read_safetensors(folder.file("absent")); }),
                 "/absent: cannot open: No such file"));
  CHECK(contains(message_of([&] { read_safetensors(folder.path()); }), "too short"));
  CHECK(contains(refusal(one("\"F16\"", "[2]", "[0,4]")),
                 "the entry \"a\" holds F16, which is none of"));
}
