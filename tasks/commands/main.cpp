#include "tasks/commands/lectern_main.h"

int main(int argc, char** argv) { return lectern::lectern_main(argc, argv); }
