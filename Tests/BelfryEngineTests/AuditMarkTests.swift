// SPDX-License-Identifier: Apache-2.0
internal import BelfryAudit
import BelfryEngine
import BelfryTestKit
import Foundation
import Testing

@Suite("A reader of the audit log that continues from a mark")
struct AuditMarkTests {
  /// A folder with a log that the test writes.
  private final class Log: Sendable {
    let folder: TemporaryFolder
    var path: String { folder.path("audit.jsonl") }

    init() throws { folder = try TemporaryFolder() }

    func append(_ text: String) throws { try folder.extend("audit.jsonl", with: text) }

    func rotate(to day: String) throws {
      try FileManager.default.moveItem(atPath: path, toPath: folder.path("audit.\(day).jsonl"))
    }
  }

  /// The rows that a reader finds when it starts from the mark's text, as after a restart.
  private func restart(_ log: Log, _ reader: inout AuditReader) async throws -> [String] {
    let text = try #require(reader.mark).description
    let mark: AuditPosition = try #require(AuditPosition(text))
    reader = AuditReader(path: log.path, after: mark)
    return try await rest(&reader)
  }

  private func rest(_ reader: inout AuditReader) async throws -> [String] {
    var lines: [String] = []
    while let piece = try await reader.readPiece() { lines += piece.lines.map { String(decoding: $0, as: UTF8.self) } }
    return lines
  }

  @Test("reads no row twice, and none in halves, over a restart at a torn line")
  func tornLine() async throws {
    let log = try Log()
    try log.append("one\ntw")
    var reader = AuditReader(path: log.path)
    #expect(try await rest(&reader) == ["one"])
    #expect(try await restart(log, &reader) == [])
    try log.append("o\nthree\n")
    #expect(try await restart(log, &reader) == ["two", "three"])
    #expect(try await restart(log, &reader) == [])
  }

  @Test("finishes a file rotated while nobody read, then reads the next")
  func rotation() async throws {
    let log = try Log()
    try log.append("one\n")
    var reader = AuditReader(path: log.path)
    #expect(try await rest(&reader) == ["one"])
    try log.append("two\n")
    try log.rotate(to: "2026-11-23")
    try log.append("three\n")
    try log.rotate(to: "2026-11-24")
    try log.append("four\n")
    #expect(try await restart(log, &reader) == ["two", "three", "four"])
  }

  @Test("starts again if the log was truncated to less than was read")
  func truncation() async throws {
    let log = try Log()
    try log.append("one\ntwo\n")
    var reader = AuditReader(path: log.path)
    #expect(try await rest(&reader) == ["one", "two"])
    let handle = try FileHandle(forWritingTo: URL(filePath: log.path))
    try handle.truncate(atOffset: 0)
    try handle.close()
    try log.append("new\n")
    #expect(try await restart(log, &reader) == ["new"])
  }

  @Test("at the end of a log knows nothing of earlier rows in any file")
  func end() async throws {
    let log = try Log()
    try log.append("old\n")
    try log.rotate(to: "2026-11-23")
    var between = try await AuditReader.atEnd(of: log.path)
    try log.append("one\ntw")
    #expect(try await rest(&between) == ["one"])
    var reader = try await AuditReader.atEnd(of: log.path)
    #expect(try await rest(&reader) == [])
    try log.append("o\n")
    #expect(try await restart(log, &reader) == ["two"])
  }

  @Test("at the end of a missing log reads it from its first row")
  func noLog() async throws {
    let log = try Log()
    var reader = try await AuditReader.atEnd(of: log.path)
    #expect(reader.mark == nil)
    try log.append("one\n")
    #expect(try await rest(&reader) == ["one"])
  }

  @Test(
    "reads a mark only from a text that a mark wrote",
    arguments: ["", "1:2", "1:2:", "1:2:-3", "1:2:3:4", "a:2:3"]
  )
  func noMark(_ text: String) { #expect(AuditPosition(text) == nil) }
}
