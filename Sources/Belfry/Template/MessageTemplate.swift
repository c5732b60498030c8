// SPDX-License-Identifier: Apache-2.0

/// The key `template` of a channel or a route: texts instead of the built-in ones.
public struct MessageTemplate: FieldRecord, Hashable {
  package static let note = "Texts with placeholders instead of the built-in ones."

  private var title: TemplateSource?
  private var body: TemplateSource?
  private var fields: TemplateFields?
  private var note = ""

  /// Creates a template that changes nothing.
  public init() {}

  /// Every key of the object.
  public static let fields: [Field<MessageTemplate>] = [
    .optional(
      "title",
      \.title,
      "The title and the subject, one line.",
      otherwise: "the built-in one",
      example: "[{{ status|upper }}] {{ title }}"
    ),
    .optional(
      "body",
      \.body,
      "The text under the title: one text, or a list of lines.",
      otherwise: "the built-in one",
      example: "{% for a in alerts %}{{ a.title }}\n{% endfor %}"
    ),
    .optional(
      "fields",
      \.fields,
      "Facts by name, each a text; an empty one is left out.",
      otherwise: "the built-in ones"
    ),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

  /// Checks that it changes something, and makes the text for a sample of every kind of message.
  public mutating func check(_ node: JSONNode, _ report: inout Report) {
    guard title != nil || body != nil || fields != nil else {
      report.error(
        "the template is empty.",
        at: node.offset,
        remedy: "Add \"title\", \"body\" or \"fields\", or remove it."
      )
      return
    }
    if let title, let part = node["title"] {
      report.within("title") { title.checkSamples(at: part.offset, isTitle: true, &$0) }
    }
    if let body, let part = node["body"] { report.within("body") { body.checkSamples(at: part.offset, &$0) } }
    for field in fields?.entries ?? [] {
      guard let part = node["fields"]?[field.name] else { continue }
      report.within("fields") { report in
        report.within(field.name) { field.source.checkSamples(at: part.offset, &$0) }
      }
    }
  }

  /// Nothing to show.
  public var shown: String { "a template" }
}

extension MessageTemplate {
  /// The text for a notice: if a template reaches a limit, the built-in text with the reason.
  package func text(for notice: Notice, within limits: TemplateLimits = .standard) -> CustomText {
    let data = NoticeData(notice)
    var custom = CustomText()
    var part = ""
    do throws(TemplateFault) {
      part = "title"
      custom.title = try title?.template.render(data, within: limits)
      part = "body"
      custom.body = try body?.template.render(data, within: limits)
      part = "fields"
      if let fields {
        custom.fields = []
        for field in fields.entries {
          let value = try field.source.template.render(data, within: limits)
          custom.fields?.append(NoticeText.Fact(name: field.name, value: value))
        }
      }
    } catch {
      return CustomText(trouble: "`\(part)` of the template cannot be used: \(error.description)")
    }
    if let title = custom.title, title.oneLine.isEmpty {
      return CustomText(trouble: "`title` of the template cannot be used: it is empty")
    }
    return custom
  }
}

/// The text of a template in `channels.json`, and its parsed form.
struct TemplateSource: FieldValue, Hashable {
  let template: Template

  static var shape: FieldShape {
    .said("a text with placeholders such as \"{{ title }}\"", .oneOf([.string("a text"), .list(.string("a line"))]))
  }

  static func read(_ node: JSONNode, _ report: inout Report) -> TemplateSource? {
    let lines = node.elements ?? [node]
    let errors = report.errorCount
    let texts = lines.compactMap { line -> String? in
      guard line.substitution == nil else {
        report.error(
          "a template cannot contain a variable, because its value would be in every message.",
          at: line.offset,
          remedy: "Write the text itself."
        )
        return nil
      }
      return String.read(line, &report)
    }
    guard report.errorCount == errors else { return nil }
    do throws(TemplateProblem) {
      return TemplateSource(template: try Template(texts.joined(separator: "\n"), for: NoticeData.shape))
    } catch {
      let place = node.elements == nil ? node : lines[min(error.line, lines.count) - 1]
      report.error(error.description, at: place.offset, remedy: error.remedy)
      return nil
    }
  }

  /// Warns of the first sample for which the built-in text would be sent.
  fileprivate func checkSamples(at offset: Int, isTitle: Bool = false, _ report: inout Report) {
    for sample in NoticeSample.checked {
      let fault: (text: String, remedy: String)
      do throws(TemplateFault) {
        guard isTitle, try template.render(sample.data).oneLine.isEmpty else {
          if !isTitle { _ = try template.render(sample.data) }
          continue
        }
        fault = ("the title is empty", "Write another value for that, such as {{ annotations.x|default:title }}.")
      } catch {
        fault = (error.description, "Use fewer alerts, such as alerts|top:20.")
      }
      report.warning("for \(sample.name), the built-in text is sent: \(fault.text).", at: offset, remedy: fault.remedy)
      return
    }
  }

  var shown: String { "a template" }
}

/// Facts by name, in the order of the file.
struct TemplateFields: FieldValue, Hashable {
  struct Entry: Sendable, Hashable {
    var name: String
    var source: TemplateSource
  }

  private(set) var entries: [Entry] = []

  static var shape: FieldShape { .said("an object of names, each with a text", .named(TemplateSource.shape)) }

  static func read(_ node: JSONNode, _ report: inout Report) -> TemplateFields? {
    var fields = TemplateFields()
    // An empty object leaves out the built-in facts.
    if node.members?.isEmpty == true { return fields }
    let isValid = report.readMembers(of: node, expecting: shape) { member, report in
      if let source = TemplateSource.read(member.node, &report) {
        fields.entries.append(Entry(name: member.name, source: source))
      }
    }
    return isValid ? fields : nil
  }

  var shown: String { "\(entries.count) fields" }
}
