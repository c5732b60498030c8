// SPDX-License-Identifier: Apache-2.0
// The part of RE2 that Belfry uses, as a C interface.
#ifndef BELFRY_CRE2_H
#define BELFRY_CRE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled regular expression. It is immutable: any number of threads may match with it.
typedef struct belfry_re2 belfry_re2;

/// Compiles a pattern in UTF-8, without captures and without logging, in at most `memory` bytes.
///
/// Returns NULL if there is no memory at all. Other errors are reported by `belfry_re2_ok` and `belfry_re2_error`.
belfry_re2 *belfry_re2_new(const char *pattern, size_t length, int64_t memory);

/// Whether the pattern was compiled.
bool belfry_re2_ok(const belfry_re2 *regex);

/// Why it was not compiled; valid as long as `regex`.
const char *belfry_re2_error(const belfry_re2 *regex);

/// The number of compiled instructions: a match takes at most that many steps per byte of text.
int belfry_re2_size(const belfry_re2 *regex);

/// Whether the pattern matches the whole text (`whole`), or any part of it.
bool belfry_re2_match(const belfry_re2 *regex, const char *text, size_t length, bool whole);

void belfry_re2_free(belfry_re2 *regex);

#ifdef __cplusplus
}
#endif
#endif
