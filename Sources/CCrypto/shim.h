// SPDX-License-Identifier: Apache-2.0
// The parts of OpenSSL's libcrypto that Belfry uses: SHA-256, HMAC, signing keys, and constant-time comparison.
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
