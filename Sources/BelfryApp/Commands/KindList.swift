// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration

/// Kinds of channel or source with their settings, as `belfry channels` and `belfry sources` print them.
struct KindList {
  struct Kind {
    var name: String
    /// The settings of the kind, then those of all kinds.
    var settings: [FieldSummary]
  }

  var kinds: [Kind]

  /// For people: each kind with a line per setting.
  var text: String { kinds.map(KindList.text).joined(separator: "\n\n") }

  private static func text(_ kind: Kind) -> String {
    let width = kind.settings.map(\.name.count).max() ?? 0
    let rows = kind.settings.map { setting in
      let name = setting.name + String(repeating: " ", count: width - setting.name.count)
      let state = setting.isRequired ? "required" : "default \(setting.defaultText)"
      return "  \(name)  \(setting.note) (\(setting.shape.text); \(state))"
    }
    return ([kind.name] + rows).joined(separator: "\n")
  }

  /// For programs: a list of objects.
  var json: String {
    var writer = JSONWriter()
    writer.array(kinds) { writer, kind in
      writer.object { writer in
        writer.member("kind", kind.name)
        writer.key("settings")
        writer.array(kind.settings) { writer, setting in
          writer.object {
            $0.member("name", setting.name)
            $0.member("required", setting.isRequired)
            $0.member("type", setting.shape.text)
            if !setting.isRequired { $0.member("default", setting.defaultText) }
            $0.member("note", setting.note)
          }
        }
      }
    }
    return writer.text
  }
}

extension ChannelRegistry {
  /// The kinds of channel with all their settings.
  var list: KindList {
    let common = CommonSettings.fields.map(\.summary).filter { $0.name != "kind" }
    return KindList(kinds: kinds.map { KindList.Kind(name: $0.kind.name, settings: $0.settings + common) })
  }
}

extension SourceRegistry {
  /// The kinds of source with all their settings.
  var list: KindList {
    let common = CommonSourceSettings.fields.map(\.summary).filter { $0.name != "kind" }
    return KindList(kinds: kinds.map { KindList.Kind(name: $0.kind.name, settings: $0.settings + common) })
  }
}
