// SPDX-License-Identifier: Apache-2.0
#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// The number of files and connections that this process may have open.
package enum OpenFiles {
  /// Raises the limit to `count` open files, as far as the system's hard limit allows.
  ///
  /// The existing limit usually suffices and is then left unchanged: started programs inherit it, and some are slow
  /// with a high one.
  ///
  /// - Returns: the limit now in effect.
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
