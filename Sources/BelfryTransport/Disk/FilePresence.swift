// SPDX-License-Identifier: Apache-2.0
package import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

extension Disk {
  /// Whether a file exists and is readable; a failure gives the reason why it is not readable.
  package func presence(of path: String) async -> Result<Bool, TransportFailure> {
    await run(on: path) {
      do throws(SystemError) {
        var status = stat()
        _ = try SystemError.check { stat(path, &status) }
        try SystemError.requireRegularFile(status)
        _ = try SystemError.check { access(path, R_OK) }
        return .success(true)
      } catch {
        return error.code == ENOENT ? .success(false) : .failure(error.failure(at: path))
      }
    }
  }
}
