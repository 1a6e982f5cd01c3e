#include "tensor/safe_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "tests/catch.h"
#include "tests/temporary_folder.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("a write that fails keeps the old file and leaves nothing behind", "[safe_file]") {
  const TemporaryFolder folder;
  const std::string path = folder.write("precious", "old");
  const std::string message = message_of([&] {
    replace_file(path, [&](int descriptor) {
      write_all(descriptor, "ne", 2, path);
      errno = ENOSPC;
      write_all(-1, "w", 1, path);
    });
  });
  CHECK(contains(message, path));
  CHECK(contains(message, "the previous file"));
  CHECK(read_file(path) == "old");
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path()))
    ++files;
  CHECK(files == 1);

  CHECK(contains(message_of([&] { replace_file(folder.file("absent/file"), [](int) {}); }),
                 "absent/file"));
}

TEST_CASE("links are followed, and devices are not replaced", "[safe_file]") {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "old"), link = folder.file("link");
  std::filesystem::create_symlink("file", link);
  replace_file(link, [&](int descriptor) { write_all(descriptor, "new", 3, link); });
  CHECK(std::filesystem::is_symlink(link));
  CHECK(read_file(path) == "new");

  replace_file("/dev/null", [](int descriptor) { write_all(descriptor, "x", 1, "/dev/null"); });
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK(contains(message_of([] {
                   replace_file("/dev/full",
                                [](int descriptor) { write_all(descriptor, "x", 1, "/dev/full"); });
                 }),
                 "free some space"));
  CHECK(std::filesystem::is_character_file("/dev/full"));
}

TEST_CASE("a temporary file that is there already is somebody else's", "[safe_file]") {
  const TemporaryFolder folder;
  const std::string name = text("file.", ::getpid(), ".tmp");
  folder.write(name, "notes");
  replace_file(folder.file("file"),
               [&](int descriptor) { write_all(descriptor, "new", 3, "file"); });
  CHECK(read_file(folder.file("file")) == "new");
  CHECK(read_file(folder.file(name)) == "notes");
}

TEST_CASE("what is read may be shorter than wished, or absent", "[safe_file]") {
  const TemporaryFolder folder;
  OpenFile file(folder.write("four", "four"), O_RDONLY);
  char bytes[4] = {};
  CHECK(file.size() == 4);
  CHECK(file.read(bytes, 3, 1));
  CHECK(std::string(bytes, 3) == "our");
  CHECK_FALSE(file.read(bytes, 3, 2));
  CHECK(contains(message_of([&] { OpenFile absent(folder.file("absent"), O_RDONLY); }),
                 "absent: cannot open: No such file"));
}

TEST_CASE("names in a folder: all of them, none where there is no folder", "[safe_file]") {
  const TemporaryFolder folder;
  const std::string path = folder.write("a", "1");
  folder.write(".hidden", "2");
  const std::string place = path.substr(0, path.rfind('/'));
  std::vector<std::string> names = names_in(place);
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{".hidden", "a"});
  CHECK(names_in(place + "/nowhere").empty());
  CHECK(names_in(path).empty());
}
