#include <exception>
#include <iostream>

// What calls a chapter's `main` in a browser, which knows an error that nobody caught as an object without
// words: its sentence is printed here, as the terminal prints it.

extern "C" int chapter_main(int argc, char** argv) __asm__("main");

extern "C" int lectern_main(int argc, char** argv) {
  try {
    return chapter_main(argc, argv);
  } catch (const std::exception& error) {
    std::cout << std::flush;
    std::cerr << "error: " << error.what() << std::endl;
    return 1;
  }
}
