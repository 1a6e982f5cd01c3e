#include "tensor/safetensors.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "tensor/launch.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t largest_header = 100'000'000;
constexpr const char* metadata_key = "__metadata__";

/// What the header says of one tensor.
struct Entry {
  std::string name;
  std::optional<DType> dtype = {};  // none: U8
  Shape shape = {};
  std::int64_t begin = 0, end = 0;
};

const char* format_name(std::optional<DType> dtype) {
  if (!dtype) return "U8";
  switch (*dtype) {
    case DType::f32: return "F32";
    case DType::f64: return "F64";
    case DType::i32: return "I32";
    case DType::bf16: return "BF16";
  }
  fail("a dtype that the format does not know");
}

void* bytes_of(Tensor& tensor) {
  void* bytes = nullptr;
  launch_any(tensor, [&](auto, auto zero) { bytes = tensor.data<decltype(zero)>(); });
  return bytes;
}

/// Follows the JSON of a header, event by event; every event but the expected one is refused.
class HeaderReader {
 public:
  using Number = std::uint64_t;

  std::vector<Entry> entries;
  Safetensors::Texts metadata;
  std::string problem;     // why it was refused
  bool is_damaged = true;  // or holds a dtype that is not ours

  bool start_object(std::size_t) {
    switch (at_) {
      case At::start: return go(At::header);
      case At::entry_value: return go(At::entry);
      case At::metadata_value: return go(At::metadata);
      default: return unexpected();
    }
  }
  bool key(std::string& name) {
    if (at_ == At::header) return key_of_header(name);
    if (at_ == At::entry) return key_of_entry(name);
    if (at_ != At::metadata) return unexpected();
    metadata.emplace_back(std::move(name), "");
    return go(At::text);
  }
  bool string(std::string& value) {
    if (at_ == At::dtype) return set_dtype(value);
    if (at_ != At::text) return unexpected();
    metadata.back().second = std::move(value);
    return go(At::metadata);
  }
  bool start_array(std::size_t) {
    if (at_ == At::shape_value) return go(At::shape);
    return at_ == At::offsets_value ? go(At::offsets) : unexpected();
  }
  bool number_unsigned(Number number) {
    if (number > INT64_MAX) return refuse(where() + " has a number that is impossibly large");
    if (at_ == At::shape) return add_extent(static_cast<std::int64_t>(number));
    if (at_ != At::offsets || offsets_ == 2) return unexpected();
    (offsets_++ == 0 ? entries.back().begin : entries.back().end) =
        static_cast<std::int64_t>(number);
    return true;
  }
  bool end_array() {
    if (at_ == At::offsets && offsets_ != 2) return unexpected();
    return go(At::entry);
  }
  bool end_object() {
    if (at_ == At::entry && !(has_dtype_ && has_shape_ && has_offsets_))
      return refuse(where() + " is not {dtype, shape, data_offsets}");
    return go(at_ == At::header ? At::end : At::header);
  }

  bool null() { return unexpected(); }
  bool boolean(bool) { return unexpected(); }
  bool number_integer(std::int64_t) { return unexpected(); }
  bool number_float(double, const std::string&) { return unexpected(); }
  bool binary(Json::binary_t&) { return unexpected(); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    return refuse(text("its header is not JSON, at byte ", position));
  }

 private:
  enum class At {
    start,
    header,
    entry_value,
    entry,
    dtype,
    shape_value,
    shape,
    offsets_value,
    offsets,
    metadata_value,
    metadata,
    text,
    end
  };

  bool go(At next) {
    at_ = next;
    return true;
  }
  bool refuse(const std::string& why) {
    problem = why;
    return false;
  }
  std::string where() const {
    return entries.empty() ? "its header" : "the entry \"" + entries.back().name + "\"";
  }
  bool unexpected() {
    if (at_ == At::metadata_value) return refuse("its metadata are not an object");
    if (at_ == At::text)
      return refuse("the metadata \"" + metadata.back().first + "\" are no text");
    if (at_ == At::start) return refuse("its header is not a JSON object");
    return refuse(where() + " is not {dtype, shape, data_offsets}");
  }

  bool key_of_header(std::string& name) {
    if (name == metadata_key) {
      if (has_metadata_) return refuse("it has two sets of metadata");
      has_metadata_ = true;
      return go(At::metadata_value);
    }
    entries.push_back({.name = std::move(name)});
    has_dtype_ = has_shape_ = has_offsets_ = false;
    offsets_ = 0;
    return go(At::entry_value);
  }
  bool key_of_entry(const std::string& name) {
    const auto once = [&](bool& had, At next) {
      return had ? unexpected() : (had = true, go(next));
    };
    if (name == "dtype") return once(has_dtype_, At::dtype);
    if (name == "shape") return once(has_shape_, At::shape_value);
    if (name == "data_offsets") return once(has_offsets_, At::offsets_value);
    return unexpected();
  }
  bool set_dtype(const std::string& name) {
    for (const std::optional<DType> dtype :
         {std::optional<DType>(), std::optional(DType::f32), std::optional(DType::f64),
          std::optional(DType::i32), std::optional(DType::bf16)}) {
      if (name != format_name(dtype)) continue;
      entries.back().dtype = dtype;
      return go(At::entry);
    }
    is_damaged = false;
    return refuse(where() + " holds " + name + ", which is none of F32, F64, I32, BF16 and U8");
  }
  bool add_extent(std::int64_t extent) {
    Shape& shape = entries.back().shape;
    if (shape.rank() == Shape::max_rank) return refuse(where() + " has too many axes");
    shape.append(extent);
    return true;
  }

  At at_ = At::start;
  bool has_metadata_ = false, has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
  int offsets_ = 0;
};

/// A name that occurs twice: two readers could see two different files. Empty: there is none.
std::string repeated_in(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end() ? "" : "the name \"" + *twice + "\" occurs twice";
}

/// Checks what the header says against itself and against the size of the data.
class Checker {
 public:
  Checker(const std::string& path, std::int64_t data_size) : path_(path), data_size_(data_size) {}

  void check_names(const HeaderReader& header) const {
    std::vector<std::string> names, keys;
    for (const Entry& entry : header.entries) names.push_back(entry.name);
    for (const auto& [key, value] : header.metadata) keys.push_back(key);
    for (const std::string& problem : {repeated_in(names), repeated_in(keys)})
      expect(problem.empty(), [&] { return problem; });
  }

  void check_sizes(const std::vector<Entry>& entries) const {
    for (const Entry& entry : entries) {
      const auto where = [&] { return "the entry \"" + entry.name + "\""; };
      std::int64_t bytes = entry.dtype ? size_of(*entry.dtype) : 1;
      for (const std::int64_t extent : entry.shape)
        expect(!__builtin_mul_overflow(bytes, extent, &bytes),
               [&] { return where() + " is impossibly large"; });
      expect(entry.begin <= entry.end && entry.end <= data_size_,
             [&] { return where() + " lies outside the file"; });
      expect(entry.end - entry.begin == bytes,
             [&] { return where() + " has a size that is not that of its shape"; });
    }
  }

  void check_order(std::vector<Entry> entries) const {
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);  // an empty one comes first
    });
    std::int64_t end = 0;
    for (const Entry& entry : entries) {
      expect(entry.begin == end,
             [&] { return "the data of \"" + entry.name + "\" overlap or leave a hole"; });
      end = entry.end;
    }
    expect(end == data_size_, [&] {
      return text("it holds ", data_size_, " bytes of numbers, its header speaks of ", end);
    });
  }

 private:
  template <class Problem>
  void expect(bool condition, const Problem& problem) const {
    if (!condition) throw DamagedFile(path_, problem());
  }
  const std::string& path_;
  const std::int64_t data_size_;
};

HeaderReader parse_header(const std::string& path, const std::string& header) {
  HeaderReader reader;
  // The parser takes a NUL for the end, and a byte order mark for nothing.
  if (!header.starts_with('{') || header.find('\0') != std::string::npos)
    throw DamagedFile(path, "its header is not JSON");
  if (!Json::sax_parse(header, &reader)) {
    if (reader.is_damaged) throw DamagedFile(path, reader.problem);
    throw FileError(path, reader.problem);
  }
  return reader;
}

std::string read_header(OpenFile& file) {
  const std::int64_t size = file.size();
  std::uint64_t header_size = 0;
  if (size < 8 || !file.read(&header_size, 8, 0))
    throw DamagedFile(file.path(), "it is too short to be a safetensors file");
  if (header_size > static_cast<std::uint64_t>(std::min(largest_header, size - 8)))
    throw DamagedFile(file.path(), "it is cut off, or not a safetensors file");
  std::string header(header_size, '\0');
  if (!file.read(header.data(), static_cast<std::int64_t>(header_size), 8))
    throw DamagedFile(file.path(), "it is cut off");
  return header;
}

std::string quoted(const std::string& text) { return Json(text).dump(); }

std::string object_of(const Safetensors::Texts& texts) {
  std::string json;
  for (const auto& [key, value] : texts)
    json += (json.empty() ? "{" : ",") + quoted(key) + ":" + quoted(value);
  return json.empty() ? "{}" : json + "}";
}

}  // namespace

Safetensors read_safetensors(const std::string& path) {
  OpenFile file(path, O_RDONLY);
  const std::string header = read_header(file);
  const std::int64_t data_begin = 8 + static_cast<std::int64_t>(header.size());
  HeaderReader read = parse_header(path, header);
  const Checker checker(path, file.size() - data_begin);
  checker.check_names(read);
  checker.check_sizes(read.entries);
  checker.check_order(read.entries);

  Safetensors contents{.metadata = std::move(read.metadata), .tensors = {}, .blobs = {}};
  const auto fill = [&](const Entry& entry, void* bytes) {
    if (!file.read(bytes, entry.end - entry.begin, data_begin + entry.begin))
      throw DamagedFile(path, "it is cut off");
  };
  for (const Entry& entry : read.entries) {
    if (entry.dtype) {
      contents.tensors.emplace_back(entry.name, Tensor(entry.shape, *entry.dtype, cpu));
      fill(entry, bytes_of(contents.tensors.back().second));
    } else {
      contents.blobs.emplace_back(entry.name, std::string(entry.end - entry.begin, '\0'));
      fill(entry, contents.blobs.back().second.data());
    }
  }
  return contents;
}

void write_safetensors(const std::string& path, const Safetensors& contents) {
  struct Bytes {
    const void* begin;
    std::int64_t size;
  };
  std::vector<Bytes> data;
  std::vector<std::string> names;
  std::int64_t offset = 0;
  std::string header = "{" + quoted(metadata_key) + ":" + object_of(contents.metadata);
  const auto add = [&](const std::string& name, std::optional<DType> dtype,
                       const std::vector<std::int64_t>& shape, Bytes bytes) {
    const Json entry = {{"dtype", format_name(dtype)},
                        {"shape", shape},
                        {"data_offsets", {offset, offset + bytes.size}}};
    header += "," + quoted(name) + ":" + entry.dump();
    offset += bytes.size;
    data.push_back(bytes);
    names.push_back(name);
  };
  NamedTensors here = contents.tensors;
  for (auto& [name, tensor] : here) {
    tensor = tensor.to(cpu);
    add(name, tensor.dtype(), {tensor.shape().begin(), tensor.shape().end()},
        {bytes_of(tensor), tensor.size() * size_of(tensor.dtype())});
  }
  for (const auto& [name, bytes] : contents.blobs) {
    const auto size = static_cast<std::int64_t>(bytes.size());
    add(name, std::nullopt, {size}, {bytes.data(), size});
  }
  header += "}";
  const std::string repeated = repeated_in(names);
  check(repeated.empty(), repeated);
  header.resize((header.size() + 7) / 8 * 8, ' ');  // the numbers behind it are aligned
  replace_file(path, [&](int descriptor) {
    const std::uint64_t size = header.size();
    write_all(descriptor, &size, 8, path);
    write_all(descriptor, header.data(), header.size(), path);
    for (const Bytes& bytes : data)
      write_all(descriptor, bytes.begin, static_cast<std::size_t>(bytes.size), path);
  });
}

}  // namespace lectern
