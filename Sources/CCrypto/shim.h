// SPDX-License-Identifier: Apache-2.0
// What Belfry uses of OpenSSL's libcrypto: SHA-256, HMAC, signing keys, and comparing in constant time.
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
