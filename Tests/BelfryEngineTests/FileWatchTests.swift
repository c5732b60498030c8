// SPDX-License-Identifier: Apache-2.0
import BelfryEngine
import BelfryTestKit
import BelfryTesting
import Foundation
import Synchronization
import Testing

@Suite("The watch over files", .endsIfItHangs)
struct FileWatchTests {
  enum Change: CaseIterable, Sendable {
    case writtenInPlace, replaced, emptied, removed, linkedElsewhere

    /// Applies it to the file `token`, a link to `..data/token` as in a mounted secret of Kubernetes.
    func apply(in folder: TemporaryFolder) throws {
      switch self {
      case .writtenInPlace: try folder.write("another", to: "..1/token")
      case .replaced:
        try folder.write("first", to: "..1/new")
        #expect(rename(folder.path("..1/new"), folder.path("..1/token")) == 0)
      case .emptied: try folder.write("", to: "..1/token")
      case .removed: try FileManager.default.removeItem(atPath: folder.path("token"))
      case .linkedElsewhere:
        try folder.write("first", to: "..2/token")
        try folder.link("..new", to: "..2")
        #expect(rename(folder.path("..new"), folder.path("..data")) == 0)
      }
    }
  }

  @Test("reports each change of a file once, however it is made", arguments: Change.allCases)
  func change(_ change: Change) async throws {
    let folder = try TemporaryFolder(["..1/token": "first", "other": "x"])
    try folder.link("..data", to: "..1")
    try folder.link("token", to: "..data/token")
    try await watch([folder.path("token"), folder.path("other")]) { time, count in
      await second(time)
      #expect(count.value == 0)
      try change.apply(in: folder)
      await second(time)
      #expect(count.value == 1)
      await second(time)
      #expect(count.value == 1)
    }
  }

  @Test("asks again while a change could not be used")
  func again() async throws {
    let folder = try TemporaryFolder(["token": "first"])
    try await watch([folder.path("token")], answers: [false, false, true]) { time, count in
      try Change.removed.apply(in: folder)
      for _ in 1...4 { await second(time) }
      #expect(count.value == 3)
    }
  }

  @Test("also reports a file that joins the others, because it may have changed since it was read")
  func joins() async throws {
    let folder = try TemporaryFolder(["first": "1", "second": "2"])
    let paths = Paths([folder.path("first")])
    try await watch({ paths.all }) { time, count in
      paths.add(folder.path("second"))
      await second(time)
      #expect(count.value == 1)
      try folder.write("longer", to: "second")
      await second(time)
      #expect(count.value == 2)
    }
  }

  private func second(_ time: VirtualTime) async {
    time.advance(by: .seconds(1))
    await time.whenAsleep(1)
  }

  private func watch(
    _ paths: Set<String>,
    answers: [Bool] = [],
    _ body: (VirtualTime, Count) async throws -> Void
  ) async throws {
    try await watch({ paths }, answers: answers, body)
  }

  private func watch(
    _ paths: @escaping @Sendable () -> Set<String>,
    answers: [Bool] = [],
    _ body: (VirtualTime, Count) async throws -> Void
  ) async throws {
    let time = VirtualTime(startingAt: TestEnvironment.start)
    let count = Count()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        await FileWatch({ paths() }, time: time).run {
          let index = count.next()
          return index < answers.count ? answers[index] : true
        }
      }
      await time.whenAsleep(1)
      try await body(time, count)
      group.cancelAll()
    }
  }
}

/// How often a change was reported.
private final class Count: Sendable {
  private let state = Mutex(0)
  var value: Int { state.withLock { $0 } }
  /// Counts one more; returns how many there were before.
  func next() -> Int {
    state.withLock { count in
      defer { count += 1 }
      return count
    }
  }
}

/// The watched paths.
private final class Paths: Sendable {
  private let state: Mutex<Set<String>>
  init(_ paths: Set<String>) { state = Mutex(paths) }
  var all: Set<String> { state.withLock { $0 } }
  func add(_ path: String) { state.withLock { _ = $0.insert(path) } }
}
