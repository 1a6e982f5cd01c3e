#include "tasks/training/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tasks/failure.h"
#include "tasks/training/crc32c.h"
#include "tasks/training/safe_file.h"
#include "tensor/launch.h"

namespace lectern {
namespace {

using Json = nlohmann::ordered_json;

/// A run of bytes in the file.
struct Entry {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  const void* bytes = nullptr;  // to be written
  std::int64_t begin = 0, end = 0;
};

const char* dtype_name(DType dtype) {
  switch (dtype) {
    case DType::f64: return "F64";
    case DType::i32: return "I32";
    case DType::bf16: return "BF16";
    default: return "F32";
  }
}

DType dtype_from(const std::string& name, const std::string& where) {
  for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::bf16})
    if (name == dtype_name(dtype)) return dtype;
  throw Failure(ExitCode::checkpoint, text(where, ": dtype ", name, " is not supported"));
}

void* bytes_of(Tensor& tensor) {
  void* bytes = nullptr;
  launch_any(tensor, [&](auto, auto zero) { bytes = tensor.data<decltype(zero)>(); });
  return bytes;
}

std::vector<Entry> entries_of(const Checkpoint& checkpoint) {
  std::vector<Entry> entries;
  std::int64_t offset = 0;
  const auto add = [&](Entry entry, std::int64_t size) {
    entry.begin = offset;
    entry.end = offset += size;
    entries.push_back(std::move(entry));
  };
  for (const auto& [name, tensor] : checkpoint.tensors) {
    Tensor handle = tensor;
    add({name,
         dtype_name(tensor.dtype()),
         {tensor.shape().begin(), tensor.shape().end()},
         bytes_of(handle)},
        tensor.size() * size_of(tensor.dtype()));
  }
  for (const auto& [name, bytes] : checkpoint.blobs) {
    const auto size = static_cast<std::int64_t>(bytes.size());
    add({name, "U8", {size}, bytes.data()}, size);
  }
  return entries;
}

/// Filled up with spaces, so that the numbers behind it are aligned.
std::string padded(std::string json) {
  json.resize((json.size() + 7) / 8 * 8, ' ');
  return json;
}

std::string header_of(const Checkpoint& checkpoint, const std::vector<Entry>& entries) {
  Json metadata = Json::object(), header = Json::object();
  std::map<std::string, std::string> facts = checkpoint.metadata;
  facts["format_version"] = std::to_string(Checkpoint::format_version);
  for (const auto& [key, value] : facts) metadata[key] = value;
  for (const Entry& entry : entries) {
    header[entry.name] = {
        {"dtype", entry.dtype}, {"shape", entry.shape}, {"data_offsets", {entry.begin, entry.end}}};
    metadata["crc32c." + entry.name] =
        std::to_string(crc32c(entry.bytes, static_cast<std::size_t>(entry.end - entry.begin)));
  }
  const std::string checked = metadata.dump();
  metadata["crc32c"] = std::to_string(crc32c(checked.data(), checked.size()));
  header["__metadata__"] = std::move(metadata);
  return padded(header.dump());
}

/// Reads a file that may be damaged in any way.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) throw Failure(ExitCode::checkpoint, path + ": no such checkpoint, or not readable");
    file_.seekg(0, std::ios::end);
    const auto size = static_cast<std::int64_t>(file_.tellg());
    file_.seekg(0);
    std::uint64_t header_size = 0;
    expect(size >= 8, "it is too short to be a checkpoint");
    file_.read(reinterpret_cast<char*>(&header_size), 8);
    constexpr std::uint64_t largest_header = 100'000'000;
    expect(header_size <= largest_header && static_cast<std::int64_t>(header_size) <= size - 8,
           "it is cut off, or not a safetensors file");
    header_text_.resize(header_size);
    file_.read(header_text_.data(), static_cast<std::streamsize>(header_size));
    data_begin_ = 8 + static_cast<std::int64_t>(header_size);
    data_size_ = size - data_begin_;
  }

  Checkpoint read() {
    const Json header = parse_header();
    Checkpoint checkpoint;
    checkpoint.path = path_;
    read_metadata(header, checkpoint);
    for (const Entry& entry : read_entries(header)) {
      file_.seekg(data_begin_ + entry.begin);
      if (entry.dtype == "U8") {
        std::string bytes(static_cast<std::size_t>(entry.end - entry.begin), '\0');
        read_bytes(entry, bytes.data(), checkpoint);
        checkpoint.blobs.emplace_back(entry.name, std::move(bytes));
      } else {
        checkpoint.tensors.emplace_back(entry.name, read_tensor(entry, checkpoint));
      }
    }
    // They belong to this file; whoever saves these contents again computes them anew.
    std::erase_if(checkpoint.metadata, [](const auto& entry) {
      return entry.first.starts_with("crc32c") || entry.first == "format_version";
    });
    return checkpoint;
  }

 private:
  void expect(bool condition, const std::string& problem) const {
    if (!condition)
      throw Failure(ExitCode::checkpoint,
                    text(path_, ": the checkpoint is damaged: ", problem,
                         "; use an earlier one from the run's folder checkpoints/"));
  }

  Json parse_header() {
    // A name that occurs twice would let two readers see two different files.
    std::size_t names = 0;
    const Json::parser_callback_t count = [&](int depth, Json::parse_event_t event, Json&) {
      if (event == Json::parse_event_t::key && depth == 1) ++names;
      return true;
    };
    expect(header_text_.starts_with('{'), "its header is not JSON");
    const Json header = Json::parse(header_text_, count, /*allow_exceptions=*/false);
    expect(header.is_object() && header.size() == names,
           "its header is not a JSON object with unique names");
    return header;
  }

  void read_metadata(const Json& header, Checkpoint& checkpoint) const {
    const auto metadata = header.find("__metadata__");
    if (metadata == header.end()) return;
    expect(metadata->is_object(), "its metadata are not an object");
    for (const auto& [key, value] : metadata->items()) {
      expect(value.is_string(), "the metadata \"" + key + "\" are not a text");
      checkpoint.metadata[key] = value.get<std::string>();
    }
    const auto version = checkpoint.metadata.find("format_version");
    if (version == checkpoint.metadata.end()) {
      expect(!checkpoint.metadata.contains("crc32c"), "its format version is missing");
      return;  // a file of another program
    }
    if (std::atoi(version->second.c_str()) > Checkpoint::format_version)
      throw Failure(
          ExitCode::checkpoint,
          text(path_, ": written by a newer version of lectern (format ", version->second,
               ", this one reads up to ", Checkpoint::format_version, "); update lectern"));
    const auto sum = checkpoint.metadata.find("crc32c");
    expect(sum != checkpoint.metadata.end(), "the checksum of its metadata is missing");
    Json without_sum = *metadata;
    without_sum.erase("crc32c");
    const std::string dumped = without_sum.dump();
    expect(std::to_string(crc32c(dumped.data(), dumped.size())) == sum->second,
           "the checksum of its metadata does not match");
    expect(padded(header.dump()) == header_text_, "its header is not as it was written");
  }

  std::vector<Entry> read_entries(const Json& header) const {
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items())
      if (name != "__metadata__") entries.push_back(read_entry(name, value));
    std::vector<Entry> by_offset = entries;
    std::sort(by_offset.begin(), by_offset.end(),
              [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
    std::int64_t end = 0;
    for (const Entry& entry : by_offset) {
      expect(entry.begin == end, "the data of \"" + entry.name + "\" overlap or leave a hole");
      end = entry.end;
    }
    expect(end == data_size_,
           text("it holds ", data_size_, " bytes of numbers, its header speaks of ", end));
    return entries;
  }

  Entry read_entry(const std::string& name, const Json& value) const {
    const std::string where = "the entry \"" + name + "\"";
    expect(value.is_object() && value.size() == 3 && value.contains("dtype") &&
               value.contains("shape") && value.contains("data_offsets") &&
               value["dtype"].is_string() && value["shape"].is_array() &&
               value["data_offsets"].is_array() && value["data_offsets"].size() == 2,
           where + " is not {dtype, shape, data_offsets}");
    Entry entry{.name = name, .dtype = value["dtype"].get<std::string>(), .shape = {}};
    const std::int64_t width =
        entry.dtype == "U8" ? 1 : size_of(dtype_from(entry.dtype, text(path_, ": ", where)));
    std::int64_t bytes = width;
    expect(value["shape"].size() <= Shape::max_rank, where + " has too many axes");
    for (const Json& extent : value["shape"]) {
      expect(extent.is_number_unsigned(), where + " has an extent that is no number");
      entry.shape.push_back(extent.get<std::int64_t>());
      expect(entry.shape.back() >= 0 && !__builtin_mul_overflow(bytes, entry.shape.back(), &bytes),
             where + " is impossibly large");
    }
    for (const Json& offset : value["data_offsets"])
      expect(offset.is_number_unsigned(), where + " has an offset that is no number");
    entry.begin = value["data_offsets"][0].get<std::int64_t>();
    entry.end = value["data_offsets"][1].get<std::int64_t>();
    expect(0 <= entry.begin && entry.begin <= entry.end && entry.end <= data_size_,
           where + " lies outside the file");
    expect(entry.end - entry.begin == bytes, where + " has a size that is not that of its shape");
    return entry;
  }

  Tensor read_tensor(const Entry& entry, const Checkpoint& checkpoint) {
    Shape shape;
    for (const std::int64_t extent : entry.shape) shape.append(extent);
    Tensor tensor(shape, dtype_from(entry.dtype, path_), cpu);
    read_bytes(entry, static_cast<char*>(bytes_of(tensor)), checkpoint);
    return tensor;
  }

  void read_bytes(const Entry& entry, char* bytes, const Checkpoint& checkpoint) {
    const std::int64_t size = entry.end - entry.begin;
    file_.read(bytes, size);
    expect(file_.gcount() == size, "it is cut off");
    const auto sum = checkpoint.metadata.find("crc32c." + entry.name);
    if (sum == checkpoint.metadata.end()) {
      expect(!checkpoint.metadata.contains("format_version"),
             "the checksum of \"" + entry.name + "\" is missing");
      return;  // a file of another program, without checksums
    }
    expect(std::to_string(crc32c(bytes, static_cast<std::size_t>(size))) == sum->second,
           "the checksum of \"" + entry.name + "\" does not match");
  }

  std::string path_;
  std::ifstream file_;
  std::string header_text_;
  std::int64_t data_begin_ = 0, data_size_ = 0;
};

template <class List>
auto find(const List& list, const std::string& name) {
  return std::find_if(list.begin(), list.end(),
                      [&](const auto& entry) { return entry.first == name; });
}

[[noreturn]] void fail_missing(const std::string& path, const std::string& what) {
  throw Failure(ExitCode::checkpoint, text(path, ": the checkpoint has no ", what));
}

}  // namespace

bool Checkpoint::has_tensor(const std::string& name) const {
  return find(tensors, name) != tensors.end();
}

const Tensor& Checkpoint::tensor(const std::string& name) const {
  const auto found = find(tensors, name);
  if (found == tensors.end()) fail_missing(path, "tensor \"" + name + "\"");
  return found->second;
}

const std::string& Checkpoint::blob(const std::string& name) const {
  const auto found = find(blobs, name);
  if (found == blobs.end()) fail_missing(path, "entry \"" + name + "\"");
  return found->second;
}

const std::string& Checkpoint::text_of(const std::string& key) const {
  const auto found = metadata.find(key);
  if (found == metadata.end()) fail_missing(path, "metadata \"" + key + "\"");
  return found->second;
}

void save_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  Checkpoint here = checkpoint;
  for (auto& [name, tensor] : here.tensors) tensor = tensor.to(cpu);
  const std::vector<Entry> entries = entries_of(here);
  const std::string header = header_of(here, entries);
  replace_file(path, [&](int descriptor) {
    const std::uint64_t header_size = header.size();
    write_all(descriptor, &header_size, 8, path);
    write_all(descriptor, header.data(), header.size(), path);
    for (const Entry& entry : entries)
      write_all(descriptor, entry.bytes, static_cast<std::size_t>(entry.end - entry.begin), path);
  });
}

Checkpoint load_checkpoint(const std::string& path) { return Reader(path).read(); }

}  // namespace lectern
