// SPDX-License-Identifier: Apache-2.0
// The part of zlib that Belfry uses: inflating gzip-compressed request bodies.
#include <zlib.h>
