// SPDX-License-Identifier: Apache-2.0
// The part of RE2 that Belfry uses, for a caller that does not speak C++.
#ifndef BELFRY_CRE2_H
#define BELFRY_CRE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled regular expression. It does not change after it was made: any number of threads may match with it.
typedef struct belfry_re2 belfry_re2;

/// Compiles a pattern in UTF-8, without captures and without logging, in at most `memory` bytes.
///
/// Returns NULL when there is no memory at all. Everything else is answered by `belfry_re2_ok` and `belfry_re2_error`.
belfry_re2 *belfry_re2_new(const char *pattern, size_t length, int64_t memory);

/// Whether the pattern could be compiled.
bool belfry_re2_ok(const belfry_re2 *regex);

/// Why it could not be compiled; lives as long as `regex`.
const char *belfry_re2_error(const belfry_re2 *regex);

/// How many instructions the pattern was compiled to: a match takes at most that many steps for each byte of a text.
int belfry_re2_size(const belfry_re2 *regex);

/// Whether the pattern matches the whole text (`whole`), or some part of it.
bool belfry_re2_match(const belfry_re2 *regex, const char *text, size_t length, bool whole);

void belfry_re2_free(belfry_re2 *regex);

#ifdef __cplusplus
}
#endif
#endif
