#include "tasks/commands/lectern_main.h"
#include "tensor/collective_mpi.h"
#include "tensor/collective_nccl.h"

int main(int argc, char** argv) {
  lectern::add_group_engine(lectern::mpi_engine());
  lectern::add_group_engine(lectern::nccl_engine(lectern::mpi_engine()));
  return lectern::end_mpi(lectern::lectern_main(argc, argv));
}
