// The main of every test program, for Catch2 2 and 3: the tests make their tensors on the device that
// the environment variable LECTERN_TEST_DEVICE names, cpu or cuda.

#include <cstdlib>
#include <iostream>
#include <string>

#define CATCH_CONFIG_RUNNER
#include "tensor/check.h"
#include "tensor/device.h"
#include "tests/catch.h"

int main(int argument_count, char** arguments) try {
  const char* words = std::getenv("LECTERN_TEST_DEVICE");
  const std::string device = words == nullptr ? "cpu" : words;
  if (device == "cuda")
    lectern::set_default_device({lectern::Device::Kind::cuda});
  else
    lectern::check(device == "cpu",
                   "LECTERN_TEST_DEVICE is '" + device + "', expected cpu or cuda");
  return Catch::Session().run(argument_count, arguments);
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 2;
}
