#include "tasks/training/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "tasks/failure.h"
#include "tasks/training/crc32c.h"
#include "tasks/training/finite.h"
#include "tensor/launch.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

using Json = nlohmann::json;

constexpr const char *version_key = "format_version", *sum_key = "crc32c", *sum_prefix = "crc32c.";

std::string sum_of(const void* bytes, std::size_t size) {
  return std::to_string(crc32c(bytes, size));
}
std::string sum_of(const std::string& bytes) { return sum_of(bytes.data(), bytes.size()); }
std::string sum_of(const Tensor& tensor) {
  std::string sum;
  launch_any(tensor, [&](auto, auto zero) {
    sum = sum_of(tensor.data<decltype(zero)>(),
                 static_cast<std::size_t>(tensor.size()) * sizeof zero);
  });
  return sum;
}

/// The checksum of the metadata: of them as JSON without it.
template <class Texts>
std::string sum_of_metadata(const Texts& metadata) {
  std::string json;
  for (const auto& [key, value] : metadata)
    if (key != sum_key)
      json += (json.empty() ? "{" : ",") + Json(key).dump() + ":" + Json(value).dump();
  return sum_of(json + "}");
}

/// Compares the contents of a file with the checksums among its metadata.
class Verifier {
 public:
  Verifier(const std::string& path, const Safetensors& file)
      : path_(path), file_(file), metadata_(file.metadata.begin(), file.metadata.end()) {}

  /// False for a file of another program, which has none.
  bool verify() const {
    const bool has_sum = metadata_.contains(sum_key);
    if (!metadata_.contains(version_key)) {
      expect(!has_sum, "its format version is missing");
      return false;
    }
    expect_known_version(metadata_.at(version_key));
    expect(has_sum, "the checksum of its metadata is missing");
    const std::string& sum = metadata_.at(sum_key);
    // Ours are sorted; another program may have put them into any order, as we did at first.
    expect(sum == sum_of_metadata(metadata_) || sum == sum_of_metadata(file_.metadata),
           "the checksum of its metadata does not match");
    for (const auto& [name, tensor] : file_.tensors) expect_sum(name, sum_of(tensor));
    for (const auto& [name, bytes] : file_.blobs) expect_sum(name, sum_of(bytes));
    expect_nothing_missing();
    return true;
  }

 private:
  void expect(bool condition, const std::string& problem) const {
    if (!condition) throw DamagedFile(path_, problem);
  }

  void expect_known_version(const std::string& digits) const {
    int version = 0;
    const char* end = digits.data() + digits.size();
    const auto [read, error] = std::from_chars(digits.data(), end, version);
    expect(error == std::errc() && read == end && version > 0,
           "its format version is \"" + digits + "\"");
    if (version > Checkpoint::format_version)
      throw Failure(
          ExitCode::checkpoint,
          text(path_, ": written by a newer version of lectern (format ", version,
               ", this one reads up to ", Checkpoint::format_version, "); update lectern"));
  }

  void expect_sum(const std::string& name, const std::string& sum) const {
    const auto expected = metadata_.find(sum_prefix + name);
    expect(expected != metadata_.end(), "the checksum of \"" + name + "\" is missing");
    expect(expected->second == sum, "the checksum of \"" + name + "\" does not match");
  }

  void expect_nothing_missing() const {
    const auto sums = std::count_if(metadata_.begin(), metadata_.end(), [](const auto& entry) {
      return entry.first.starts_with(sum_prefix);
    });
    expect(static_cast<std::size_t>(sums) == file_.tensors.size() + file_.blobs.size(),
           "it has checksums of tensors that are missing");
  }

  const std::string& path_;
  const Safetensors& file_;
  const std::map<std::string, std::string> metadata_;
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
  std::map<std::string, std::string> facts = checkpoint.metadata;
  facts[version_key] = std::to_string(Checkpoint::format_version);
  Safetensors file{.metadata = {}, .tensors = checkpoint.tensors, .blobs = checkpoint.blobs};
  for (auto& [name, tensor] : file.tensors) {
    tensor = tensor.to(cpu);
    facts[sum_prefix + name] = sum_of(tensor);
  }
  for (const auto& [name, bytes] : file.blobs) facts[sum_prefix + name] = sum_of(bytes);
  facts[sum_key] = sum_of_metadata(facts);
  file.metadata.assign(facts.begin(), facts.end());
  write_safetensors(path, file);
}

Checkpoint load_checkpoint(const std::string& path) try {
  Safetensors file = read_safetensors(path);
  Checkpoint checkpoint;
  checkpoint.path = path;
  checkpoint.has_checksums = Verifier(path, file).verify();
  checkpoint.tensors = std::move(file.tensors);
  if (const std::string found = first_not_finite(checkpoint.tensors); !found.empty())
    throw Failure(ExitCode::checkpoint,
                  text(path, ": the weight ", found,
                       ", and weights are finite numbers; use another checkpoint"));
  checkpoint.blobs = std::move(file.blobs);
  // Checksums belong to this file; whoever saves these contents again computes them anew.
  for (auto& [key, value] : file.metadata)
    if (key != version_key && key != sum_key && !key.starts_with(sum_prefix))
      checkpoint.metadata.emplace(std::move(key), std::move(value));
  return checkpoint;
} catch (const DamagedFile& error) {
  throw Failure(ExitCode::checkpoint, text(path, ": the checkpoint is damaged: ", error.problem,
                                           "; use an earlier one from the run's folder "
                                           "checkpoints/"));
} catch (const FileError& error) {
  throw Failure(ExitCode::checkpoint, error.what());
}

}  // namespace lectern
