#include "tasks/commands/lectern_main.h"
#include "tensor/collective_mpi.h"

int main(int argc, char** argv) {
  lectern::add_group_engine(lectern::mpi_engine());
  return lectern::end_mpi(lectern::lectern_main(argc, argv));
}
