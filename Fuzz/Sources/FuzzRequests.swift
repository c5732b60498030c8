// SPDX-License-Identifier: Apache-2.0
internal import Belfry
@testable import BelfryServer

/// Fuzzes the parts of a request that the server reads itself: form, query, host, session, and compressed body.
@Sendable func fuzzRequests(_ bytes: [UInt8]) {
  var input = FuzzBytes(bytes)
  checkForm(&input)
  checkQuery(input.text())
  checkHost(input.text())
  let sessions = Sessions()
  expect(sessions.name(in: input.text(), at: Instant(seconds: 0)) == nil, "nobody makes a session without the key")
  checkGzip(input.remaining())
}

private func checkForm(_ input: inout FuzzBytes) {
  let (flags, target) = (input.byte(), input.text())
  func values(_ shift: UInt8) -> [String] { (0..<(flags >> shift & 3)).map { _ in input.text() } }
  let form = RequestForm(
    isHTTP11: flags & 1 == 1,
    target: target,
    hosts: values(1),
    codings: values(3),
    lengths: values(5)
  )
  let path = form.path
  guard form.fault == nil else { return }
  expect(path.utf8.first == UInt8(ascii: "/"), "\(path.debugDescription) is a path")
  expect(form.hosts.count <= 1, "one host")
  expect(form.lengths.count + form.codings.count <= 1 || form.lengths.isEmpty, "one way to say the length")
  let again = RequestForm(isHTTP11: form.isHTTP11, target: path, hosts: form.hosts, codings: [], lengths: [])
  expect(again.fault == nil && again.path == path, "\(path.debugDescription) is itself the path of a target")
}

private func checkQuery(_ text: String) {
  let percents = Array(text.utf8).map { String($0, radix: 16) }.map { "%" + ($0.count < 2 ? "0" : "") + $0 }.joined()
  expect(Query.decoded(percents) == text, "\(text.debugDescription) is read as it was written")
  let plain = text.replacing("%", with: "")
  expect(Query.decoded(plain).utf8.count == plain.utf8.count, "without a percent sign nothing is decoded")
  expect(Query("\(percents)=\(percents)").all(text) == (text.isEmpty ? [""] : [text]), "a value is found by its name")
  _ = Query(text).all("filter")
}

private func checkHost(_ text: String) {
  guard let host = HostHeader(text) else { return }
  expect(!host.name.isEmpty, "a host has a name")
  let name = host.name.contains(":") ? "[\(host.name)]" : host.name
  let written = name + (host.port.map { ":\($0)" } ?? "")
  expect(HostHeader(written) == host, "\(written.debugDescription) is read back")
}

private func checkGzip(_ bytes: [UInt8]) {
  guard let size = inflatedSize(bytes) else { return }
  expect(inflatedSize(bytes.dropLast()) == nil, "a body without its last byte is refused")
  expect(inflatedSize(bytes + bytes) == 2 * size, "two members are one body")
}

/// The inflated size; nil if it is refused or larger than a megabyte.
private func inflatedSize(_ bytes: [UInt8]) -> Int? {
  struct TooLarge: Error {}
  var size = 0
  do {
    try GzipReader().inflate(bytes) { piece in
      expect(!piece.isEmpty && piece.count <= 64 << 10, "a piece of \(piece.count) bytes")
      size += piece.count
      if size > 1 << 20 { throw TooLarge() }
    }
    return size
  } catch {
    expect(error is GzipReader.Fault || error is TooLarge, "\(error)")
    return nil
  }
}
