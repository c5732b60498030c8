// SPDX-License-Identifier: Apache-2.0
// What Belfry uses of zlib: reading bodies of requests that are compressed with gzip.
#include <zlib.h>
