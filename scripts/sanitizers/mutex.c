// SPDX-License-Identifier: Apache-2.0
// Describes the contended half of Swift's Mutex to the thread sanitizer.
//
// A Mutex that is free is taken by an atomic instruction in our own code, which the sanitizer sees. One that is taken is
// waited for in libswiftSynchronization, which is not built with it, by a futex that the kernel hands over: so it would
// report a race in every withLock that ever waited. Loaded before that library, these two stand in for its functions, call
// them, and say what they did. A race beside a Mutex is found as before.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

extern void __tsan_acquire(void *);
extern void __tsan_release(void *);

typedef SWIFT void (*Lock)(uint32_t, SELF);
typedef SWIFT void (*Unlock)(SELF);

static Lock lock;
static Unlock unlock;

__attribute__((constructor)) static void find(void) {
  lock = (Lock)dlsym(RTLD_NEXT, LOCK);
  unlock = (Unlock)dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void lockSlow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void lockSlow(uint32_t thread, SELF) {
  lock(thread, self);
  __tsan_acquire(self);
}

SWIFT void unlockSlow(SELF) __asm__(UNLOCK);
SWIFT void unlockSlow(SELF) {
  __tsan_release(self);
  unlock(self);
}
