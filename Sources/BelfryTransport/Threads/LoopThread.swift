// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import CSpawn

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Starts a detached thread that runs `body` once and ends with it.
///
/// - Returns: false if the system provides no thread; `body` then never runs.
func startThread(name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
  let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
  #if canImport(Darwin)
  var thread: pthread_t?
  #else
  var thread = pthread_t()
  #endif
  let result = pthread_create(&thread, &attributes, threadMain, start.toOpaque())
  if result != 0 { start.release() }
  return result == 0
}

private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void
  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

#if canImport(Darwin)
private func threadMain(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? { runThread(context) }
#else
private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  context.flatMap(runThread)
}
#endif

private func runThread(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
  let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
  // No signal is handled here. This matters most for SIGPIPE: OpenSSL may write to a connection that the peer has
  // closed.
  var signals = sigset_t()
  sigfillset(&signals)
  pthread_sigmask(SIG_BLOCK, &signals, nil)
  ccurl_name_thread(start.name)
  start.body()
  return nil
}
