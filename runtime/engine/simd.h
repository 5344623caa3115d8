/* simd.h - the wasm_* vector intrinsics: clang's own in the engine, plain C for tests that run the interpreter natively. */
#ifndef SIMD_H
#define SIMD_H

#ifdef __wasm__
#include <wasm_simd128.h>
#else
#include "native_simd.h"
#endif

#endif
