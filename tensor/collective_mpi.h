#pragma once

#include "tensor/collective.h"

namespace lectern {

/// Ranks that `mpirun` or `srun` has started, on one host or many, by way of MPI: "mpi". Only a program
/// that is linked with MPI has it (LECTERN_MPI).
///
/// While a rank waits it looks often at first and then sleeps between two looks, so that ranks may
/// share a core. A rank that has not answered for GroupOptions::patience counts as lost. A partner at
/// distance d is given five seconds more for every doubling of d: whoever waits for the lost rank itself
/// speaks before those who wait for the one who waits.
GroupEngine mpi_engine();

/// What a program that has the engine does last: a process that has joined and fails with an exit code
/// ends all ranks with it.
/// \return  the code
int end_mpi(int exit_code);

}  // namespace lectern
