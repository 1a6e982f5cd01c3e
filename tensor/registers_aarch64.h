#pragma once

#include <arm_neon.h>

#include "tensor/registers.h"

// Steps of registers.h for which 64-bit Arm processors have one instruction.

namespace lectern::registers {

inline FloatRegister multiply_add(FloatRegister a, FloatRegister b, FloatRegister c) {
  return vfmaq_f32(c, a, b);
}
inline DoubleRegister multiply_add(DoubleRegister a, DoubleRegister b, DoubleRegister c) {
  return vfmaq_f64(c, a, b);
}

}  // namespace lectern::registers
