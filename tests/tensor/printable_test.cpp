#include "tensor/printable.h"

#include "tests/catch.h"

using namespace lectern;

TEST_CASE("printable: what a terminal would obey is spelled out", "[printable]") {
  CHECK(printable("Hündin ▁ 犬 \xf0\x9f\x90\x95") == "Hündin ▁ 犬 \xf0\x9f\x90\x95");
  CHECK(printable("\x1b[31mred\x1b[0m") == "\\x1b[31mred\\x1b[0m");
  CHECK(printable(std::string("a\0b\x7f\r\b", 6)) == "a\\x00b\\x7f\\x0d\\x08");
  CHECK(printable("two\nlines\t") == "two\\nlines\\t");
  CHECK(printable("two\nlines\t\r", "\n\t") == "two\nlines\t\\x0d");
  // U+009B is the beginning of an escape, too; U+202E and U+2066 turn the writing.
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\u009b31m");
  CHECK(printable("a\xe2\x80\xae"
                  "b\xe2\x81\xa6"
                  "c") == "a\\u202eb\\u2066c");
  CHECK(printable("\xc2\xa0\xe2\x80\xa8\xe2\x80") == "\xc2\xa0\xe2\x80\xa8\xe2\x80");
}
