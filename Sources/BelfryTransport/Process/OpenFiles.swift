// SPDX-License-Identifier: Apache-2.0
#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// How many files and connections the system lets this process have open.
package enum OpenFiles {
  /// Sees to it that so many can be open, as far as the system's hard limit allows.
  ///
  /// What is there suffices as a rule, and is left as it is: programs that are started inherit it, and there are some that
  /// take long with a high one.
  /// - Returns: how many can be open now.
  package static func makeRoom(for count: Int) -> Int {
    var limits = rlimit()
    guard getrlimit(resource, &limits) == 0 else { return count }
    if limits.rlim_cur < rlim_t(count) {
      var raised = limits
      raised.rlim_cur = min(rlim_t(count), limits.rlim_max)
      if setrlimit(resource, &raised) == 0 { limits = raised }
    }
    return Int(clamping: limits.rlim_cur)
  }

  #if canImport(Glibc)
  private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
  private static let resource = RLIMIT_NOFILE
  #endif
}
