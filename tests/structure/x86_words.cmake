# Fails when a file that is not named for x86 speaks of instructions that only x86-64 processors have:
# elsewhere it would not compile, or not be found. Run by `cmake -DHOUSE=folder -P`.

set(words "immintrin\\.h|cpuid\\.h|[^a-z]_mm[0-9]*_|__m(128|256|512)|__mmask|__(AVX|SSE|FMA|BMI)|xgetbv|__builtin_(ia32|cpu)_|%r(sp|bp|[a-d]x|[sd]i|[0-9])")
set(mistakes "")
set(checked 0)
foreach(floor tensor autograd nn attention reversible models tasks tutorials bench tests)
  file(GLOB_RECURSE files RELATIVE ${HOUSE}
       ${HOUSE}/${floor}/*.h ${HOUSE}/${floor}/*.cpp ${HOUSE}/${floor}/*.cu)
  list(FILTER files EXCLUDE REGEX "_x86\\.(h|cpp)$|^tests/structure/upside_down/")
  foreach(file IN LISTS files)
    math(EXPR checked "${checked} + 1")
    file(STRINGS ${HOUSE}/${file} lines REGEX "${words}")
    if(lines)
      string(STRIP "${lines}" lines)
      list(APPEND mistakes "${file}: ${lines}")
    endif()
  endforeach()
endforeach()

if(checked EQUAL 0)
  message(FATAL_ERROR "${HOUSE} holds no floor; try -DHOUSE=the repository's root")
endif()
if(mistakes)
  list(JOIN mistakes "\n  " mistakes)
  message(FATAL_ERROR "Words of x86 belong into a file whose name ends in _x86:\n  ${mistakes}")
endif()
message(STATUS "${checked} files know no instruction of x86")
