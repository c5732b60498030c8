// SPDX-License-Identifier: Apache-2.0

// Functions that glibc hides from Swift, which reads its headers without _GNU_SOURCE; some are new in glibc 2.34.
#ifndef BELFRY_CSPAWN_SHIM_H
#define BELFRY_CSPAWN_SHIM_H

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#ifdef __APPLE__
#define CSPAWN_OWN_SESSION POSIX_SPAWN_SETSID
#else
#define CSPAWN_OWN_SESSION 0x80 // POSIX_SPAWN_SETSID
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *folder);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int pipe2(int ends[2], int flags);
#endif

// Opens both ends of a pipe, which started programs do not inherit by default.
static inline int cspawn_pipe(int ends[2]) {
#ifdef __APPLE__
  if (pipe(ends) != 0) return -1;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return 0;
#else
  return pipe2(ends, O_CLOEXEC);
#endif
}

// Starts the program in this folder.
static inline int cspawn_set_folder(posix_spawn_file_actions_t *actions, const char *folder) {
  return posix_spawn_file_actions_addchdir_np(actions, folder);
}

// Closes every descriptor from this one on before the program starts. Does nothing where this is an attribute instead.
static inline int cspawn_close_from(posix_spawn_file_actions_t *actions, int from) {
#ifdef __APPLE__
  (void)actions;
  (void)from;
  return 0;
#else
  return posix_spawn_file_actions_addclosefrom_np(actions, from);
#endif
}

#endif
