// SPDX-License-Identifier: Apache-2.0
#include "CRE2.h"

#include <re2/re2.h>

#include <new>

// No exception may leave a function here: its caller is not C++. Only a lack of memory throws.

namespace {
RE2::Options options(int64_t memory) {
  RE2::Options options(RE2::Quiet);
  options.set_never_capture(true);
  options.set_max_mem(memory);
  return options;
}
}  // namespace

struct belfry_re2 {
  RE2 regex;
  belfry_re2(const char *pattern, size_t length, int64_t memory)
      : regex(re2::StringPiece(pattern, length), options(memory)) {}
};

belfry_re2 *belfry_re2_new(const char *pattern, size_t length, int64_t memory) {
  try {
    return new belfry_re2(pattern, length, memory);
  } catch (...) {
    return nullptr;
  }
}

bool belfry_re2_ok(const belfry_re2 *regex) { return regex->regex.ok(); }

const char *belfry_re2_error(const belfry_re2 *regex) { return regex->regex.error().c_str(); }

int belfry_re2_size(const belfry_re2 *regex) { return regex->regex.ProgramSize(); }

bool belfry_re2_match(const belfry_re2 *regex, const char *text, size_t length, bool whole) {
  const RE2::Anchor anchor = whole ? RE2::ANCHOR_BOTH : RE2::UNANCHORED;
  try {
    return regex->regex.Match(re2::StringPiece(text, length), 0, length, anchor, nullptr, 0);
  } catch (...) {
    return false;
  }
}

void belfry_re2_free(belfry_re2 *regex) { delete regex; }
