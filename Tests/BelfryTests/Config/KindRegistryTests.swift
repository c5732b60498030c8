// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import Synchronization
import Testing

@Suite("The registries of kinds")
struct KindRegistryTests {
  @Test("describe the settings of a channel when they are asked for, not at the start or when a file is read")
  func channels() throws {
    let registry = ChannelRegistry([BellChannel.self])
    let entry = try #require(registry[BellChannel.kind])
    let node = try #require(JSONNode(json: Array(#"{"pitch": {"note": "a"}}"#.utf8)))
    var report = Report(source: SourceText(name: "channels.json", bytes: []), folder: "")
    #expect(entry.make("door", node, [], &report) != nil, "\(report.findings)")
    #expect(BellPitch.descriptions.withLock { $0 } == 0)
    #expect(entry.settings.map(\.shape) == [.record(BellPitch.fields.map(\.summary))])
    #expect(BellPitch.descriptions.withLock { $0 } > 0)
  }

  @Test("describe the settings of a source when they are asked for, not at the start")
  func sources() throws {
    let registry = SourceRegistry([RainSource.self])
    let entry = try #require(registry[RainSource.kind])
    #expect(RainSource.Amount.descriptions.withLock { $0 } == 0)
    #expect(entry.settings.map(\.shape) == [.bool])
    #expect(RainSource.Amount.descriptions.withLock { $0 } == 1)
  }
}

/// An object in a channel's settings that counts how often it is described.
private struct BellPitch: FieldRecord {
  static let descriptions = Mutex(0)
  var note = ""
  var shown: String { note }

  static let fields: [Field<Self>] = [.required("note", \.note, "A note.")]

  static var shape: FieldShape {
    descriptions.withLock { $0 += 1 }
    return .record(fields.map(\.summary))
  }
}

private struct BellChannel: NotificationChannel {
  struct Settings: ChannelSettings {
    var pitch: BellPitch?
    static let fields: [Field<Self>] = [.optional("pitch", \.pitch, "How it sounds.")]
  }

  static let kind: ChannelKind = "bell"

  init(name: ChannelName, settings: Settings) {}

  func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    throw Uncomposable("never", "It is only read.")
  }

  func interpret(_ reply: Reply) -> Verdict { .delivered(Receipt()) }
}

private struct RainSource: AlertSource {
  /// A value that counts how often it is described.
  struct Amount: FieldValue {
    static let descriptions = Mutex(0)

    static var shape: FieldShape {
      descriptions.withLock { $0 += 1 }
      return .bool
    }

    static func read(_ node: JSONNode, _ report: inout Report) -> Self? { Self() }
    var shown: String { "" }
  }

  struct Settings: SourceSettings {
    var amount = Amount()
    static let fields: [Field<Self>] = [.optional("amount", \.amount, "How much.")]
  }

  static let kind: SourceKind = "rain"

  init(name: SourceName, settings: Settings) {}

  func poll(_ context: PollContext) async -> Observation { .failed("never") }
}
